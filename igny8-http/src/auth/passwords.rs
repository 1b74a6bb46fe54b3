//! Passwords by argon2id (19 MiB, two passes, one lane), off the threads that answer, and few at a time.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use igny8_core::{Error, FieldErrors, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// How many passwords are hashed at the same time: each takes 19 MiB and a core.
static TURNS: Semaphore = Semaphore::const_new(4);

/// What the password of somebody who is not there is compared with.
static NOBODY: OnceLock<String> = OnceLock::new();

/// The hash of a new password, as a PHC string; complaints are on `field`.
pub(super) async fn hash(field: &str, password: &SecretString) -> Result<String> {
    let length = password.expose_secret().chars().count();
    if !(8..=256).contains(&length) {
        return Err(FieldErrors::one(field, "must be 8 to 256 characters").into());
    }
    let password = password.clone();
    aside(move || hashed(password.expose_secret())).await
}

/// Whether it is the password. Without a hash it takes as long and is not.
pub(super) async fn verify(password: &SecretString, hash: Option<String>) -> Result<bool> {
    let password = password.clone();
    aside(move || {
        let known = hash.as_deref();
        let compared = known.unwrap_or_else(|| NOBODY.get_or_init(|| hashed("nobody").unwrap_or_default()));
        let matches = PasswordHash::new(compared).is_ok_and(|compared| {
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &compared).is_ok()
        });
        Ok(matches && known.is_some())
    })
    .await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = TURNS.acquire().await.map_err(|error| Error::storage("wait for a turn to hash", error))?;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::storage("hash a password", error))?
}

fn hashed(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| Error::storage("hash a password", error.to_string()))
}
