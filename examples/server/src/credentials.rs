//! Passwords: the one place of this program that sets any.
//! Random ones have 120 bits.

use anyhow::{Context, Result};
use igny8_core::Igny8;
use igny8_core::ids::UserId;
use igny8_core::ports::Directory;

use crate::secret;

/// Sets a user's password.
///
/// # Errors
/// The store's.
#[allow(clippy::unused_async, reason = "its final body waits for the store")]
pub async fn set_password(igny8: &Igny8, user: UserId, password: &str) -> Result<()> {
    // TEMPORARY, to be replaced when the HTTP adapter's authentication is merged: nothing keeps passwords yet.
    let _ = (igny8, user, password);
    Ok(())
}

/// Gives the user with this address a new random password.
///
/// # Errors
/// When nobody has the address; the store's.
pub async fn give_new_password(igny8: &Igny8, email: &str) -> Result<String> {
    let system = igny8.system("set a user's password");
    let directory: &dyn Directory = igny8.store();
    let user = directory.user_by_email(&system, email).await?;
    let user = user.with_context(|| format!("nobody has the e-mail address {email}"))?;
    let password = secret::random_text();
    set_password(igny8, user.id, &password).await?;
    Ok(password)
}
