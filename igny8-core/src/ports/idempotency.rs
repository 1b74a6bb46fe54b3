//! Answers that are given again to who asks again.

use std::time::Duration;

use super::port;
use crate::error::Result;
use crate::idempotency::{KeyClaim, StoredResponse};
use crate::tenancy::TenantScope;

port! {
    /// Idempotency keys of requests. A key is the actor's own within the account: two actors' same keys are two.
    pub trait IdempotencyKeys {
        /// Claims a key for a request, told from others by its fingerprint. A fresh claim is held for `lease` and kept for `keep`; past
        /// that the key is free again.
        async fn claim_key(&self, scope: &TenantScope, key: &str, fingerprint: &[u8; 32], lease: Duration, keep: Duration) -> Result<KeyClaim>;
        /// Keeps the answer of a claimed request. The first answer stays; a key that is not claimed (any more) is left alone.
        async fn complete_key(&self, scope: &TenantScope, key: &str, response: StoredResponse) -> Result<()>;
        /// Gives a claim back, so that the request may be made again; an answered key is left alone.
        async fn release_key(&self, scope: &TenantScope, key: &str) -> Result<()>;
    }
}
