//! Who sends a request: the port that a host with users of its own implements.

use async_trait::async_trait;
use axum::http::request::Parts;
use igny8_core::Igny8;
use igny8_core::identity::Admission;
use igny8_core::ids::AccountId;

use crate::ApiError;

/// Tells who sends a request, and lets them into a tenant.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The caller, let into `account` (the header `X-Account-Id`), or into their own where that is `None`. A host finds its
    /// user in the request and calls [`Igny8::admit`](igny8_core::Igny8::admit), which reads role and reach from the store.
    ///
    /// # Errors
    /// [`ApiError::unauthenticated`] for a request that does not say who it is from; the core's, such as `NotFound` for an
    /// account that is not the caller's.
    async fn authenticate(
        &self,
        igny8: &Igny8,
        request: &Parts,
        account: Option<AccountId>,
    ) -> Result<Admission, ApiError>;
}
