//! Who callers are, before a tenant is known: the port, over one file for each of its nouns.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::identity::{ApiKey, Credential, NewSession, Rotation, Standing, TokenHash};
use igny8_core::ids::{AccountId, UserId};
use igny8_core::ports::Identity;
use igny8_core::tenancy::SystemScope;

use super::{Store, admission, api_keys, credentials, sessions, users};

#[async_trait]
impl Identity for Store {
    async fn admission(
        &self,
        system: &SystemScope,
        user: UserId,
        account: Option<AccountId>,
    ) -> Result<Option<Standing>> {
        admission::standing(self, system, user, account).await
    }

    async fn credential(&self, system: &SystemScope, user: UserId) -> Result<Option<Credential>> {
        credentials::find(self, system, user).await
    }

    async fn set_credential(
        &self,
        system: &SystemScope,
        user: UserId,
        password_hash: &str,
    ) -> Result<Credential> {
        credentials::set(self, system, user, password_hash).await
    }

    async fn open_session(&self, system: &SystemScope, session: NewSession) -> Result<()> {
        sessions::open(self, system, session).await
    }

    async fn rotate_session(
        &self,
        system: &SystemScope,
        old: &TokenHash,
        new: TokenHash,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation> {
        sessions::rotate(self, system, old, new, expires_at).await
    }

    async fn close_session(&self, system: &SystemScope, token: &TokenHash) -> Result<()> {
        sessions::close(self, system, token).await
    }

    async fn close_sessions(&self, system: &SystemScope, user: UserId) -> Result<()> {
        sessions::close_of(self, system, user).await
    }

    async fn record_login(&self, system: &SystemScope, user: UserId) -> Result<()> {
        users::record_login(self, system, user).await
    }

    async fn api_key(&self, system: &SystemScope, token: &TokenHash) -> Result<Option<ApiKey>> {
        api_keys::by_token(self, system, token).await
    }
}
