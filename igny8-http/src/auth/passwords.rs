//! Passwords by argon2id (19 MiB, two passes, one lane), off the threads that answer, and few at a time.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use igny8_core::Error;
use igny8_core::error::FieldErrors;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::ApiError;

/// How many passwords are hashed at the same time: each takes 19 MiB and a core.
const AT_ONCE: usize = 4;

/// What the password of somebody who is not there is compared with.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Hashes passwords and compares them.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// The hash of a new password, as a PHC string; complaints are on `field`.
    pub(super) async fn hash(&self, field: &str, password: &SecretString) -> Result<String, ApiError> {
        let length = password.expose_secret().chars().count();
        if !(8..=256).contains(&length) {
            return Err(FieldErrors::one(field, "must be 8 to 256 characters").into());
        }
        let password = password.clone();
        self.aside(move || hashed(password.expose_secret())).await
    }

    /// Whether it is the password. Without a hash it takes as long and is not.
    pub(super) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<String>,
    ) -> Result<bool, ApiError> {
        let password = password.clone();
        self.aside(move || {
            let known = match &hash {
                Some(hash) => hash.as_str(),
                None => match NOBODY.get() {
                    Some(hash) => hash,
                    None => NOBODY.get_or_init(|| hashed("nobody").unwrap_or_default()),
                },
            };
            let matches = PasswordHash::new(known).is_ok_and(|known| {
                Argon2::default().verify_password(password.expose_secret().as_bytes(), &known).is_ok()
            });
            Ok(matches && hash.is_some())
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _turn = self.turns.acquire().await.map_err(|_| ApiError::internal())?;
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| ApiError::internal())??)
    }
}

fn hashed(password: &str) -> Result<String, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| Error::storage("hash a password", error.to_string()))
}
