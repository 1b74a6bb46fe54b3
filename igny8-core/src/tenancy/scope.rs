//! Scopes: proof that a caller was let into one tenant, and the keys that rows carry.
//! Their fields are private and only this crate makes them, so isolation is a property of the types.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::permission;
use super::{AccountStatus, Action, Role};
use crate::error::{Error, Result};
use crate::ids::{AccountId, SectorId, SiteId, UserId};

/// One account, as one actor may see it. The only ways to one are [`Igny8::enter`](crate::Igny8::enter) and
/// [`Igny8::admit`](crate::Igny8::admit).
///
/// A scope cannot be made, deserialised or defaulted outside this crate:
///
/// ```compile_fail
/// let scope = igny8_core::tenancy::TenantScope::default();
/// ```
/// ```compile_fail
/// let scope: igny8_core::tenancy::TenantScope = serde_json::from_str("{}").unwrap();
/// ```
#[derive(Clone)]
pub struct TenantScope(Arc<Entry>);

/// How an actor came into a tenant.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) account: AccountId,
    pub(crate) actor: Option<UserId>,
    pub(crate) role: Role,
    pub(crate) status: AccountStatus,
    pub(crate) reach: SiteReach,
}

/// Which sites of the account are within reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SiteReach {
    /// All of them, those made later too.
    All,
    /// These and no others.
    Only(BTreeSet<SiteId>),
}

impl TenantScope {
    pub(crate) fn mint(entry: Entry) -> Self {
        Self(Arc::new(entry))
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// Who acts; `None` for a worker.
    #[must_use]
    pub fn actor(&self) -> Option<UserId> {
        self.0.actor
    }

    /// The actor's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Whether the role and the account's status allow the action.
    ///
    /// # Errors
    /// [`Error::Forbidden`] by role, [`Error::AccountInactive`] by status.
    pub fn require(&self, action: Action) -> Result<()> {
        permission::check(self.0.role, action)?;
        if self.0.status.may_write() || action.works_when_inactive() {
            Ok(())
        } else {
            Err(Error::AccountInactive { status: self.0.status })
        }
    }

    /// The sites within reach; `None` means all of the account's.
    #[must_use]
    pub fn sites(&self) -> Option<&BTreeSet<SiteId>> {
        match &self.0.reach {
            SiteReach::All => None,
            SiteReach::Only(sites) => Some(sites),
        }
    }

    /// Whether the site is within reach (it may still belong to another account: keys tell that).
    #[must_use]
    pub fn sees(&self, site: SiteId) -> bool {
        self.sites().is_none_or(|sites| sites.contains(&site))
    }

    /// The key of account-bound rows.
    #[must_use]
    pub fn key(&self) -> TenantKey {
        TenantKey { account: self.0.account }
    }

    /// The key of sector-bound rows. Adapters make it from the columns they read, so a row of a site out of reach cannot be built.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the site is out of reach.
    pub fn place(&self, site: SiteId, sector: SectorId) -> Result<SectorKey> {
        if self.sees(site) {
            Ok(SectorKey { account: self.0.account, site, sector })
        } else {
            Err(Error::not_found("site", site))
        }
    }
}

/// The scope that runs act under: the whole account, as its bot.
pub(crate) fn bot_scope(account: AccountId) -> TenantScope {
    let (role, status) = (Role::SystemBot, AccountStatus::Active);
    TenantScope::mint(Entry { account, actor: None, role, status, reach: SiteReach::All })
}

impl fmt::Debug for TenantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantScope")
            .field("account", &self.0.account)
            .field("actor", &self.0.actor)
            .field("role", &self.0.role)
            .finish_non_exhaustive()
    }
}

/// The tenant a row belongs to. Only a scope gives one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct TenantKey {
    #[serde(skip)]
    account: AccountId,
}

impl TenantKey {
    /// The account.
    #[must_use]
    pub const fn account(self) -> AccountId {
        self.account
    }
}

/// The tenant, site and sector a row belongs to. Only a scope gives one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct SectorKey {
    #[serde(skip)]
    account: AccountId,
    #[serde(rename = "site_id")]
    site: SiteId,
    #[serde(rename = "sector_id")]
    sector: SectorId,
}

impl SectorKey {
    /// The account.
    #[must_use]
    pub const fn account(self) -> AccountId {
        self.account
    }

    /// The site.
    #[must_use]
    pub const fn site(self) -> SiteId {
        self.site
    }

    /// The sector.
    #[must_use]
    pub const fn sector(self) -> SectorId {
        self.sector
    }
}

/// Proof that work crosses tenants on purpose: logins, workers, operators.
/// No tenant method accepts it. [`Igny8::system`](crate::Igny8::system) makes one and traces the reason.
pub struct SystemScope {
    reason: &'static str,
}

impl SystemScope {
    pub(crate) fn open(reason: &'static str) -> Self {
        tracing::info!(target: "igny8::audit", reason, "work across tenants");
        Self { reason }
    }

    /// Like [`open`](Self::open), for what is done at every request or tick, which would drown the audit log.
    pub(crate) fn open_quietly(reason: &'static str) -> Self {
        Self { reason }
    }

    /// Why it was opened.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The key for a row of this account, for adapters that read rows before a tenant is known.
    #[must_use]
    pub fn key(&self, account: AccountId) -> TenantKey {
        TenantKey { account }
    }
}

impl fmt::Debug for SystemScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemScope").field("reason", &self.reason).finish()
    }
}
