//! Sessions: refresh tokens that are used once each and replaced, known by their hashes alone.
//! All tokens of one login are a family, which is closed as a whole.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ids::UserId;

/// The SHA-256 hash of a token. Tokens are long and random, so their hash needs no salt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// A hash that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// A session to open: the first token of a new family. Tables `igny8_sessions` and `igny8_tokens`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Who has logged in.
    pub user: UserId,
    /// The token's hash.
    pub token: TokenHash,
    /// When the token is no longer good, by the store's clock.
    pub expires_at: DateTime<Utc>,
}

/// What came of a token that was to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was good and is used up; the new one is good now.
    Rotated {
        /// Whose session it is.
        user: UserId,
    },
    /// It had been used before: somebody has a copy. Its family is closed, the latest token included.
    Reused {
        /// Whose session it was.
        user: UserId,
    },
    /// There is no such token (any more): never made, expired, or of a closed family.
    Unknown,
}
