//! Who callers are, asked before a tenant is known; and an account's own machine keys.

use chrono::{DateTime, Utc};

use super::port;
use crate::error::Result;
use crate::identity::{
    ApiKey, ApiKeyQuery, Credential, NewApiKey, NewSession, Rotation, Standing, TokenHash,
};
use crate::ids::{AccountId, ApiKeyId, UserId};
use crate::paging::Paged;
use crate::tenancy::{SystemScope, TenantScope};

port! {
    /// Credentials, sessions and machine keys before a tenant is known. Times are the store's.
    pub trait Identity {
        /// All that is asked of a user who wants to enter an account (`None` is the user's own), in one round trip. `None` when there is
        /// no such user.
        async fn admission(&self, system: &SystemScope, user: UserId, account: Option<AccountId>) -> Result<Option<Standing>>;
        /// A user's credential; `None` without one, also when there is no such user.
        async fn credential(&self, system: &SystemScope, user: UserId) -> Result<Option<Credential>>;
        /// Sets a user's password hash, raises the token version and closes every session of the user, in one commit. Errors: `NotFound`.
        async fn set_credential(&self, system: &SystemScope, user: UserId, password_hash: &str) -> Result<Credential>;
        /// Opens a session, a family of its own. Errors: `NotFound` for the user; `Conflict` when the token is known already.
        async fn open_session(&self, system: &SystemScope, session: NewSession) -> Result<()>;
        /// Uses a token up and puts a new one of the same family in its place, in one commit. One that was used up before closes its
        /// family. Of several rotations of one token at the same moment exactly one is `Rotated`, and the next is `Reused`: nobody can tell a
        /// second window from a thief, so the family is closed, the token that was just made included; later ones are `Unknown`.
        /// Errors: `Conflict` when the new token is known already: then the old one is as good as before.
        async fn rotate_session(&self, system: &SystemScope, old: &TokenHash, new: TokenHash, expires_at: DateTime<Utc>) -> Result<Rotation>;
        /// Closes the family of a token, used up or not; one that is not there is no error.
        async fn close_session(&self, system: &SystemScope, token: &TokenHash) -> Result<()>;
        /// Closes every session of a user; a user who is not there is no error.
        async fn close_sessions(&self, system: &SystemScope, user: UserId) -> Result<()>;
        /// Notes that a user has logged in now. Errors: `NotFound`.
        async fn record_login(&self, system: &SystemScope, user: UserId) -> Result<()>;
        /// The machine key with this hash, unless it was taken back or has expired. Notes its use at most once a minute.
        async fn api_key(&self, system: &SystemScope, token: &TokenHash) -> Result<Option<ApiKey>>;
    }
}

port! {
    /// Machine keys of the account.
    pub trait ApiKeys {
        /// Creates a key. Errors: `NotFound` when its user is not the account's; `Conflict` when the token is known already.
        async fn create_api_key(&self, scope: &TenantScope, key: NewApiKey) -> Result<ApiKey>;
        /// The account's keys, those taken back included.
        async fn list_api_keys(&self, scope: &TenantScope, query: &ApiKeyQuery) -> Result<Paged<ApiKey>>;
        /// A key. Errors: `NotFound`.
        async fn get_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<ApiKey>;
        /// Takes a key back for good; one that was taken back stays as it is. Errors: `NotFound`.
        async fn revoke_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<ApiKey>;
    }
}
