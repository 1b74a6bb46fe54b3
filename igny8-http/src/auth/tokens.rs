//! Access tokens, which are signed and short-lived, and opaque ones, of which the store knows the hash only.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use igny8_core::Error;
use igny8_core::identity::TokenHash;
use igny8_core::ids::UserId;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ApiError;

/// Who issues access tokens, and for whom.
const ISSUER: &str = "igny8";
const AUDIENCE: &str = "igny8-api";

/// What an access token says. Neither role nor account is in it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The user.
    pub(super) sub: UserId,
    /// The version of the user's credential: another password makes it worthless.
    pub(super) ver: u32,
}

#[derive(Serialize, Deserialize)]
struct Registered {
    #[serde(flatten)]
    claims: Claims,
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
}

/// Issues and reads access tokens, by HS256 alone.
#[derive(Clone)]
pub(super) struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    pub(super) lifetime: Duration,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl AccessTokens {
    pub(super) fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.leeway = 5;
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            lifetime: Duration::from_secs(15 * 60),
        }
    }

    pub(super) fn issue(&self, user: UserId, version: u32) -> Result<String, ApiError> {
        let iat = jsonwebtoken::get_current_timestamp();
        let registered = Registered {
            claims: Claims { sub: user, ver: version },
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + self.lifetime.as_secs(),
        };
        encode(&Header::new(Algorithm::HS256), &registered, &self.encoding).map_err(|_| ApiError::internal())
    }

    pub(super) fn read(&self, token: &str) -> Result<Claims, ApiError> {
        decode::<Registered>(token, &self.decoding, &self.validation)
            .map(|token| token.claims.claims)
            .map_err(|_| {
                ApiError::unauthenticated("the access token is not valid (any more): refresh it or log in")
            })
    }
}

/// A random token.
pub(super) struct Opaque(String);

const API_KEY: &str = "igk_";
const REFRESH: &str = "igr_";

impl Opaque {
    pub(super) fn refresh() -> Result<Self, ApiError> {
        Self::random(REFRESH)
    }

    pub(super) fn api_key() -> Result<Self, ApiError> {
        Self::random(API_KEY)
    }

    /// A token that a client has sent.
    pub(super) fn known(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// A token that a client has sent, when it looks like an API key.
    pub(super) fn known_api_key(token: &str) -> Option<Self> {
        token.starts_with(API_KEY).then(|| Self::known(token))
    }

    /// 256 random bits behind a prefix that tells secret scanners what they have found.
    fn random(prefix: &str) -> Result<Self, ApiError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::storage("draw a random token", error.to_string()))?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    pub(super) fn hash(&self) -> TokenHash {
        TokenHash::from_bytes(Sha256::digest(self.0.as_bytes()).into())
    }

    /// What it is told by in lists.
    pub(super) fn prefix(&self) -> String {
        self.0.chars().take(10).collect()
    }

    pub(super) fn into_secret(self) -> String {
        self.0
    }
}
