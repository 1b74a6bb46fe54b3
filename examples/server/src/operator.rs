//! The system account and its owner, through whom this program acts: the developer who may enter every tenant.
//! Whichever command comes first opens it, and says its password once.

use std::io::Write;

use anyhow::{Context, Result};
use igny8_core::ids::AccountId;
use igny8_core::tenancy::{Account, TenantScope, User};
use igny8_core::{Error, Igny8, NewAccount};

use crate::{credentials, secret};

/// The system account's slug.
pub const SLUG: &str = "system";
/// The login of its owner.
pub const EMAIL: &str = "developer@localhost";

/// The system account's owner.
#[derive(Clone)]
pub struct Operator {
    /// The system account.
    pub account: Account,
    /// Its owner.
    pub user: User,
    /// The owner's password, only when the account was opened just now.
    pub password: Option<String>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator")
            .field("account", &self.account.id)
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

impl Operator {
    /// Enters a tenant as a developer.
    ///
    /// # Errors
    /// As [`Igny8::enter`].
    pub async fn enter(&self, igny8: &Igny8, account: AccountId) -> igny8_core::Result<TenantScope> {
        igny8.enter(&self.user, account).await
    }
}

/// The system account's owner; the account is opened when it is not there.
///
/// # Errors
/// The store's.
pub async fn ensure(igny8: &Igny8) -> Result<Operator> {
    let mut password = None;
    if igny8.find_account(SLUG).await?.is_none() {
        let system = NewAccount::named("System").slug(SLUG).plan("unlimited").owner(EMAIL);
        match igny8.open_system_account(system).await {
            Ok(home) => {
                let new = secret::random_text();
                credentials::set_password(igny8, home.owner.id, &new).await?;
                password = Some(new);
            }
            // Another process has just done so, and says the password.
            Err(Error::Conflict { .. }) => {}
            Err(error) => return Err(error).context("open the system account"),
        }
    }
    let (account, user) = igny8.find_account(SLUG).await?.context("the system account is not there")?;
    Ok(Operator { account, user, password })
}

/// Says the login of a system account that was opened just now, on standard error.
pub fn announce(operator: &Operator) {
    if let Some(password) = &operator.password {
        let login = format!("Developer login, shown only this once: {} / {password}", operator.user.email);
        drop(writeln!(std::io::stderr(), "{login}"));
    }
}
