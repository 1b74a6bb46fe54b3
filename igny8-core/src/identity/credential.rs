//! What a user logs in with, as far as the core knows it: a hash that the adapter made and can check.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::ids::UserId;

/// A user's credential. Table `igny8_credentials`.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Credential {
    /// Whose it is.
    pub user: UserId,
    /// The password's hash, as a PHC string; whoever made it checks it.
    #[serde(skip)]
    pub password_hash: String,
    /// Raised with every new hash, from 1. Tokens that name an earlier version are no longer good.
    pub token_version: u32,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("user", &self.user)
            .field("token_version", &self.token_version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_shown_nowhere() {
        let credential = Credential {
            user: UserId::new(),
            password_hash: "$argon2id$v=19$tea".to_owned(),
            token_version: 3,
        };
        let words = format!("{credential:?}{}", serde_json::json!(credential));
        assert!(words.contains('3') && !words.contains("argon2id"), "{words}");
    }
}
