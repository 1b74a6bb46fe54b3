//! Passwords: the one place of this program that sets any.
//! Random ones have 120 bits.

use anyhow::{Context, Result};
use igny8_core::Igny8;
use igny8_core::ids::UserId;
use secrecy::SecretString;

use crate::secret;

/// Sets a user's password.
///
/// # Errors
/// The store's.
pub async fn set_password(igny8: &Igny8, user: UserId, password: &str) -> Result<()> {
    igny8_http::auth::set_password(igny8, user, &SecretString::from(password)).await.context("set a password")
}

/// Gives the user with this address a new random password.
///
/// # Errors
/// When nobody has the address; the store's.
pub async fn give_new_password(igny8: &Igny8, email: &str) -> Result<String> {
    let user = igny8.identity().user_by_email(email).await?;
    let user = user.with_context(|| format!("nobody has the e-mail address {email}"))?;
    let password = secret::random_text();
    set_password(igny8, user.id, &password).await?;
    Ok(password)
}
