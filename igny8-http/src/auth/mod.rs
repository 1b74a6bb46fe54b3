//! Accounts of the adapter's own: passwords by argon2id, access tokens as JWT, rotating refresh tokens, API keys.
//! Role and reach are never in a token: they are read from the store with every request.

mod passwords;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use igny8_core::identity::{Admission, ApiKey, ApiKeyRequest, Caller, NewSession, Rotation};
use igny8_core::ids::{AccountId, UserId};
use igny8_core::tenancy::{Role, TenantScope, User};
use igny8_core::{Error, Igny8};
use secrecy::{ExposeSecret, SecretString};

use crate::{ApiError, Authenticator};
use tokens::{AccessTokens, Opaque};

/// The built-in accounts, for [`HttpConfig::accounts`](crate::HttpConfig::accounts). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts(Arc<Shared>);

#[derive(Clone, Debug)]
struct Shared {
    access: AccessTokens,
    refresh_lifetime: Duration,
    registration: bool,
}

/// Sets a user's password. Every token from before is no longer good.
///
/// # Errors
/// `Invalid` on `password`: 8 to 256 characters; `NotFound` for the user.
pub async fn set_password(igny8: &Igny8, user: UserId, password: &SecretString) -> igny8_core::Result<()> {
    let hash = passwords::hash("password", password).await?;
    igny8.identity().set_credential(user, &hash).await.map(drop)
}

/// A password's hash, for an account that is to be opened; complaints are on `field`.
pub(crate) async fn hash_password(field: &str, password: &SecretString) -> igny8_core::Result<String> {
    passwords::hash(field, password).await
}

/// Whether a request is sent by an API key.
pub(crate) fn is_by_api_key(headers: &HeaderMap) -> bool {
    bearer(headers).is_some_and(|token| Opaque::known_api_key(token).is_some())
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// What a login is answered with.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) expires_in: u64,
}

impl Accounts {
    /// Accounts whose access tokens are signed with this secret (HS256). Every server of an installation has the same.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a secret of less than 32 bytes.
    pub fn new(secret: &SecretString) -> igny8_core::Result<Self> {
        if secret.expose_secret().len() < 32 {
            let why = "the secret that signs access tokens must have at least 32 bytes: `openssl rand -hex 32` makes one";
            return Err(Error::Configuration(why.to_owned()));
        }
        Ok(Self(Arc::new(Shared {
            access: AccessTokens::new(secret.expose_secret().as_bytes()),
            refresh_lifetime: Duration::from_secs(14 * 24 * 60 * 60),
            registration: true,
        })))
    }

    fn with(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.0);
        change(&mut shared);
        Self(Arc::new(shared))
    }

    /// Whether anybody may open an account at `auth/register/`; they may by default.
    #[must_use]
    pub fn registration(self, open: bool) -> Self {
        self.with(|shared| shared.registration = open)
    }

    /// How long an access token is good; 15 minutes by default.
    #[must_use]
    pub fn access_lifetime(self, lifetime: Duration) -> Self {
        self.with(|shared| shared.access.lifetime = lifetime)
    }

    /// How long a refresh token is good; 14 days by default, from each refresh on.
    #[must_use]
    pub fn refresh_lifetime(self, lifetime: Duration) -> Self {
        self.with(|shared| shared.refresh_lifetime = lifetime)
    }

    pub(crate) fn registration_is_open(&self) -> bool {
        self.0.registration
    }

    /// The user with this address and password. It takes as long for one who is not there.
    pub(crate) async fn verify(
        &self,
        igny8: &Igny8,
        email: &str,
        password: &SecretString,
    ) -> Result<User, ApiError> {
        let identity = igny8.identity();
        let user = identity.user_by_email(email.trim()).await?;
        let credential = match &user {
            Some(user) => identity.credential(user.id).await?,
            None => None,
        };
        let matches = passwords::verify(password, credential.map(|known| known.password_hash)).await?;
        match user {
            // Who acts for runs has no login.
            Some(user) if matches && user.is_active && user.role != Role::SystemBot => Ok(user),
            _ => Err(ApiError::login_failed()),
        }
    }

    /// Opens a session for a user who has shown who they are.
    pub(crate) async fn open_session(&self, igny8: &Igny8, user: UserId) -> Result<Tokens, ApiError> {
        let refresh = Opaque::refresh()?;
        let session = NewSession { user, token: refresh.hash(), expires_at: self.refresh_until() };
        igny8.identity().open_session(session).await?;
        self.tokens(igny8, user, refresh).await
    }

    /// Replaces a refresh token. One that was used before closes its whole session.
    pub(crate) async fn refresh(&self, igny8: &Igny8, token: &str) -> Result<Tokens, ApiError> {
        let fresh = Opaque::refresh()?;
        let old = Opaque::known(token).hash();
        match igny8.identity().rotate_session(&old, fresh.hash(), self.refresh_until()).await? {
            Rotation::Rotated { user } => self.tokens(igny8, user, fresh).await,
            Rotation::Reused { .. } => Err(ApiError::unauthenticated(
                "the refresh token was used before: its session is closed, log in again",
            )),
            Rotation::Unknown => {
                Err(ApiError::unauthenticated("the refresh token is not valid any more: log in again"))
            }
        }
    }

    /// Closes the session of a refresh token.
    pub(crate) async fn close_session(&self, igny8: &Igny8, token: &str) -> Result<(), ApiError> {
        Ok(igny8.identity().close_session(&Opaque::known(token).hash()).await?)
    }

    /// Makes an API key; its secret is in the answer and nowhere else.
    pub(crate) async fn create_api_key(
        &self,
        igny8: &Igny8,
        scope: &TenantScope,
        name: String,
        role: Role,
        expires_at: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<(ApiKey, String), ApiError> {
        let key = Opaque::api_key()?;
        let request = ApiKeyRequest { name, role, expires_at, prefix: key.prefix(), hash: key.hash() };
        let made = igny8.api_keys(scope).create(request).await?;
        Ok((made, key.into_secret()))
    }

    async fn tokens(&self, igny8: &Igny8, user: UserId, refresh: Opaque) -> Result<Tokens, ApiError> {
        let version = igny8.identity().credential(user).await?.map_or(0, |known| known.token_version);
        Ok(Tokens {
            access: self.0.access.issue(user, version)?,
            refresh: refresh.into_secret(),
            expires_in: self.0.access.lifetime.as_secs(),
        })
    }

    fn refresh_until(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::Utc::now() + self.0.refresh_lifetime
    }
}

#[async_trait]
impl Authenticator for Accounts {
    async fn authenticate(
        &self,
        igny8: &Igny8,
        request: &Parts,
        account: Option<AccountId>,
    ) -> Result<Admission, ApiError> {
        let token = bearer(&request.headers).ok_or_else(|| {
            ApiError::unauthenticated("send `Authorization: Bearer` with an access token or an API key")
        })?;
        let caller = if let Some(key) = Opaque::known_api_key(token) {
            let known = igny8.identity().api_key(&key.hash()).await?;
            let known =
                known.ok_or_else(|| ApiError::unauthenticated("the API key is not valid (any more)"))?;
            Caller { role_cap: Some(known.role), account, ..Caller::of(known.user) }
        } else {
            let claims = self.0.access.read(token)?;
            Caller { token_version: Some(claims.ver), account, ..Caller::of(claims.sub) }
        };
        let admission = igny8.admit(caller).await?;
        if admission.user.role == Role::SystemBot {
            return Err(ApiError::unauthenticated("a system bot acts for runs and has no login"));
        }
        Ok(admission)
    }
}
