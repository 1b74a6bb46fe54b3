//! The gate: who is let into which account, as what. The only way to a [`TenantScope`].

use super::Igny8;
use crate::error::{Error, Result};
use crate::identity::{Admission, Caller, Standing};
use crate::ids::AccountId;
use crate::ports::Identity;
use crate::tenancy::{Entry, Role, SiteReach, SystemAccounts, SystemScope, TenantScope, User};

impl Igny8 {
    /// Lets a user into an account: the only way to a [`TenantScope`]. Role, reach and status are read from the store.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an account that is not there or not the user's, and for users who were switched off.
    pub async fn enter(&self, user: &User, account: AccountId) -> Result<TenantScope> {
        let standing = self.standing(Caller { account: Some(account), ..Caller::of(user.id) }).await?;
        let standing = standing.ok_or_else(|| Error::not_found("user", user.id))?;
        if !standing.user.is_active {
            return Err(Error::not_found("account", account));
        }
        let_in(standing, account, None, &self.services.system_accounts)
    }

    /// Lets a caller in whom an adapter knows by a token or a machine key, like [`enter`](Self::enter), asking the store once.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a user who is gone or switched off, and for a token of an earlier credential;
    /// [`Error::NotFound`] for an account that is not there or not the caller's; [`Error::Invalid`] on `role_cap` for
    /// `system_bot`, which nobody can ask for.
    pub async fn admit(&self, caller: Caller) -> Result<Admission> {
        if caller.role_cap == Some(Role::SystemBot) {
            return Err(Error::invalid("role_cap", "`system_bot` is for runs alone"));
        }
        let unknown = |reason| Error::Unauthenticated { reason };
        let standing = self.standing(caller).await?;
        let standing = standing.ok_or_else(|| unknown("the user is not there any more"))?;
        if !standing.user.is_active {
            return Err(unknown("the user was switched off"));
        }
        if caller.token_version.is_some_and(|version| version != standing.token_version) {
            return Err(unknown("the token is from before the password was changed"));
        }
        let user = standing.user.clone();
        let account = caller.account.unwrap_or(user.account);
        let scope = let_in(standing, account, caller.role_cap, &self.services.system_accounts)?;
        Ok(Admission { user, scope })
    }

    async fn standing(&self, caller: Caller) -> Result<Option<Standing>> {
        let system = SystemScope::open_quietly("enter an account");
        let identity: &dyn Identity = self.services.store.as_ref();
        identity.admission(&system, caller.user, caller.account).await
    }
}

/// The scope of an active user in an account, under a cap if there is one.
fn let_in(
    standing: Standing,
    account: AccountId,
    cap: Option<Role>,
    system: &SystemAccounts,
) -> Result<TenantScope> {
    let Standing { user, home_slug, account: found, granted, active, .. } = standing;
    let is_system = system.contains(&home_slug);
    let crosses = user.is_developer() || is_system;
    if user.account != account {
        if !crosses || cap.is_some_and(|cap| cap != Role::Developer) {
            return Err(Error::not_found("account", account));
        }
        tracing::info!(target: "igny8::audit", user = %user.id, %account, "entered another tenant");
    }
    let (_, status) = found.ok_or_else(|| Error::not_found("account", account))?;
    // Those who run the system account work as developers; its editors and viewers keep their own role.
    let role = if is_system && user.is_owner_or_admin() { Role::Developer } else { user.role };
    let reach = match role {
        Role::Owner | Role::Admin | Role::SystemBot => SiteReach::All,
        Role::Editor | Role::Viewer if !crosses => SiteReach::Only(granted.into_iter().collect()),
        Role::Developer | Role::Editor | Role::Viewer => SiteReach::Only(active.into_iter().collect()),
    };
    let role = cap.map_or(role, |cap| role.capped(cap));
    Ok(TenantScope::mint(Entry { account, actor: Some(user.id), role, status, reach }))
}
