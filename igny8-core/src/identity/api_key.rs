//! Machine keys: tokens that last, each of one user and of no more than one role. They are shown once, when they are made.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::TokenHash;
use crate::error::FieldErrors;
use crate::ids::{ApiKeyId, UserId};
use crate::paging::ListQuery;
use crate::tenancy::{Role, TenantKey, check_name};

/// A machine key. Table `igny8_api_keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiKey {
    /// Identifier.
    pub id: ApiKeyId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantKey,
    /// Who acts by it.
    #[serde(rename = "user_id")]
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// Its first characters, to tell it by.
    pub prefix: String,
    /// The most that it may be, whatever its user is: [`Caller::role_cap`](super::Caller::role_cap).
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it is no longer good; `None` for one that lasts.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A machine key to create, as an adapter made it: [`ApiKeysRoom`](crate::sdk::ApiKeysRoom) adds whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRequest {
    /// What it is for; 1 to 255 characters.
    pub name: String,
    /// The most that it may be.
    pub role: Role,
    /// When it is no longer good; `None` for one that lasts.
    pub expires_at: Option<DateTime<Utc>>,
    /// Its first characters, to tell it by; 1 to 16 characters.
    pub prefix: String,
    /// The whole key's hash.
    pub hash: TokenHash,
}

/// A machine key to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// The most that it may be.
    pub role: Role,
    /// When it is no longer good; `None` for one that lasts.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who acts by it: a user of the account.
    pub user: UserId,
    /// Its first characters.
    pub prefix: String,
    /// The whole key's hash, unique among all tokens.
    pub hash: TokenHash,
}

impl ApiKeyRequest {
    /// The checked key of this user, asked for by somebody of this role.
    ///
    /// # Errors
    /// Complaints on `name`, `prefix`, `role` (more than the asker's own, or a bot's) or `expires_at` (past).
    pub(crate) fn checked(
        self,
        user: UserId,
        asker: Role,
        now: DateTime<Utc>,
    ) -> Result<NewApiKey, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.collect(check_name("name", &self.name)).unwrap_or_default();
        let length = self.prefix.chars().count();
        errors.require((1..=16).contains(&length), "prefix", "must be 1 to 16 characters");
        errors.require(self.role != Role::SystemBot, "role", "`system_bot` is for runs alone");
        errors.require(asker.covers(self.role), "role", "is more than your own role");
        errors.require(
            self.expires_at.is_none_or(|expires_at| expires_at > now),
            "expires_at",
            "must be in the future",
        );
        errors.into_result()?;
        let Self { role, expires_at, prefix, hash, .. } = self;
        Ok(NewApiKey { name, role, expires_at, user, prefix, hash })
    }
}

/// A list of an account's machine keys, newest first; no filters.
pub type ApiKeyQuery = ListQuery<(), ()>;
