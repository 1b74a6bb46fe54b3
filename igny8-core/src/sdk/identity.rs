//! The rooms for an adapter's own login: credentials, sessions and machine keys, and answers to requests made twice.

use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

use super::tenants::room;
use super::{Igny8, Services};
use crate::error::{Error, Result};
use crate::idempotency::{KeyClaim, StoredResponse};
use crate::identity::{ApiKey, ApiKeyQuery, ApiKeyRequest, Credential, NewSession, Rotation, TokenHash};
use crate::ids::{ApiKeyId, UserId};
use crate::paging::Paged;
use crate::tenancy::{Action, SystemScope, TenantScope, User};

/// Credentials, sessions and machine keys before a tenant is known; for adapters that know callers by them.
#[derive(Clone)]
pub struct IdentityRoom {
    services: Arc<Services>,
}

impl std::fmt::Debug for IdentityRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityRoom").finish_non_exhaustive()
    }
}

room! {
    /// Machine keys of the account.
    ApiKeysRoom
}
room! {
    /// Idempotency keys of the actor's requests.
    IdempotencyRoom
}

impl Igny8 {
    /// Credentials, sessions and machine keys, for adapters. Whoever is known by one is let in by [`admit`](Self::admit).
    #[must_use]
    pub fn identity(&self) -> IdentityRoom {
        IdentityRoom { services: self.services.clone() }
    }

    /// Machine keys of the account.
    #[must_use]
    pub fn api_keys(&self, scope: &TenantScope) -> ApiKeysRoom {
        ApiKeysRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Idempotency keys of the actor's requests, for adapters.
    #[must_use]
    pub fn idempotency(&self, scope: &TenantScope) -> IdempotencyRoom {
        IdempotencyRoom { services: self.services.clone(), scope: scope.clone() }
    }
}

impl IdentityRoom {
    /// The user with this e-mail address, compared without case.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let system = SystemScope::open_quietly("find who logs in");
        self.services.store.user_by_email(&system, email).await
    }

    /// A user's credential, to be checked.
    ///
    /// # Errors
    /// The store's.
    pub async fn credential(&self, user: UserId) -> Result<Option<Credential>> {
        let system = SystemScope::open_quietly("check a password");
        self.services.store.credential(&system, user).await
    }

    /// Sets a user's password hash. Every token from before is no longer good, and every session is closed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] on `password_hash` for what is no PHC string, such as a password.
    pub async fn set_credential(&self, user: UserId, password_hash: &str) -> Result<Credential> {
        if !password_hash.starts_with('$') || password_hash.len() > 1_000 {
            return Err(Error::invalid(
                "password_hash",
                "must be a hash as a PHC string, such as `$argon2id$…`",
            ));
        }
        let system = SystemScope::open("set a user's password");
        self.services.store.set_credential(&system, user, password_hash).await
    }

    /// Opens a session for who has just logged in.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the user; [`Error::Conflict`] when the token is known already.
    pub async fn open_session(&self, session: NewSession) -> Result<()> {
        let system = SystemScope::open_quietly("open a session");
        self.services.store.open_session(&system, session).await
    }

    /// Uses a session's token up and puts a new one in its place. One that was used before closes the session.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the new token is known already.
    pub async fn rotate_session(
        &self,
        old: &TokenHash,
        new: TokenHash,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation> {
        let system = SystemScope::open_quietly("renew a session");
        let rotation = self.services.store.rotate_session(&system, old, new, expires_at).await?;
        if let Rotation::Reused { user } = rotation {
            tracing::warn!(target: "igny8::audit", %user, "a session was closed: a token of it was used twice");
        }
        Ok(rotation)
    }

    /// Closes the session of a token; one that is not there is no error.
    ///
    /// # Errors
    /// The store's.
    pub async fn close_session(&self, token: &TokenHash) -> Result<()> {
        let system = SystemScope::open_quietly("close a session");
        self.services.store.close_session(&system, token).await
    }

    /// Closes every session of a user.
    ///
    /// # Errors
    /// The store's.
    pub async fn close_sessions(&self, user: UserId) -> Result<()> {
        let system = SystemScope::open("close a user's sessions");
        self.services.store.close_sessions(&system, user).await
    }

    /// Notes that a user has logged in now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn record_login(&self, user: UserId) -> Result<()> {
        let system = SystemScope::open_quietly("note a login");
        self.services.store.record_login(&system, user).await
    }

    /// The machine key with this hash that is good now. [`ApiKey::user`] and [`ApiKey::role`] make the
    /// [`Caller`](crate::identity::Caller).
    ///
    /// # Errors
    /// The store's.
    pub async fn api_key(&self, token: &TokenHash) -> Result<Option<ApiKey>> {
        let system = SystemScope::open_quietly("find a machine key");
        self.services.store.api_key(&system, token).await
    }
}

impl ApiKeysRoom {
    /// Creates a key by which the acting user acts, as the role asked for at the most.
    ///
    /// # Errors
    /// [`Error::Invalid`], also for a role that is more than the actor's own; [`Error::NotFound`] for an actor from another
    /// account, who makes keys at home; [`Error::Conflict`] when the token is known already; [`Error::Forbidden`].
    pub async fn create(&self, key: ApiKeyRequest) -> Result<ApiKey> {
        self.scope.require(Action::ManageUsers)?;
        let actor = self.scope.actor().ok_or_else(|| Error::invalid("user", "a key is a user's own"))?;
        let key = key.checked(actor, self.scope.role(), self.services.clock.now())?;
        self.services.store.create_api_key(&self.scope, key).await
    }

    /// A key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`].
    pub async fn get(&self, id: ApiKeyId) -> Result<ApiKey> {
        self.scope.require(Action::ManageUsers)?;
        self.services.store.get_api_key(&self.scope, id).await
    }

    /// The account's keys, those taken back included.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, query: &ApiKeyQuery) -> Result<Paged<ApiKey>> {
        self.scope.require(Action::ManageUsers)?;
        self.services.store.list_api_keys(&self.scope, query).await
    }

    /// Takes a key back for good.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`].
    pub async fn revoke(&self, id: ApiKeyId) -> Result<ApiKey> {
        self.scope.require(Action::ManageUsers)?;
        self.services.store.revoke_api_key(&self.scope, id).await
    }
}

impl IdempotencyRoom {
    /// Claims a key for a request, which its fingerprint tells from others. A fresh claim is held for `lease`; the key and its
    /// answer are kept for `keep`.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `key` for one that is empty or longer than 255 characters.
    pub async fn claim(
        &self,
        key: &str,
        fingerprint: &[u8; 32],
        lease: Duration,
        keep: Duration,
    ) -> Result<KeyClaim> {
        if !(1..=255).contains(&key.chars().count()) {
            return Err(Error::invalid("key", "must be 1 to 255 characters"));
        }
        self.services.store.claim_key(&self.scope, key, fingerprint, lease, keep).await
    }

    /// Keeps the answer of a claimed request; the first answer stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn complete(&self, key: &str, response: StoredResponse) -> Result<()> {
        self.services.store.complete_key(&self.scope, key, response).await
    }

    /// Gives a claim back, so that the request may be made again.
    ///
    /// # Errors
    /// The store's.
    pub async fn release(&self, key: &str) -> Result<()> {
        self.services.store.release_key(&self.scope, key).await
    }
}
