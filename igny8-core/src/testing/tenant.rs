//! Tenants for tests: accounts opened through the directory, and scopes minted without [`Igny8::enter`](crate::Igny8::enter).
//! The only public way around the gate, and only with the feature `testing`: never enable it in a program.

use crate::error::Result;
use crate::ids::{AccountId, SiteId, UserId};
use crate::ports::{Home, NewTenant, Store};
use crate::tenancy::{
    AccountStatus, Entry, NewSector, NewSite, NewUser, Role, SiteReach, SystemScope, TenantScope,
    seed_industries, seed_plans,
};

/// An account with its owner, first site and first sector, for tests of a store.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// What the directory answered when it was opened.
    pub home: Home,
    /// The owner's scope: all sites, active account.
    pub scope: TenantScope,
}

impl Tenant {
    /// Opens the account `slug` on the plan with this slug (`free`, `starter`, `growth`, `scale`, `unlimited`), after
    /// seeding the catalogue. The owner is `owner@<slug>.example`.
    ///
    /// # Errors
    /// The store's, such as `Conflict` when the slug is taken.
    pub async fn open(store: &dyn Store, slug: &str, plan: &str) -> Result<Self> {
        let system = system_scope();
        store.seed(&system, seed_plans(), seed_industries()).await?;
        let home = store.open_account(&system, new_tenant(slug, plan)?).await?;
        let scope = scope_for(home.account, Some(home.owner.id), Role::Owner, None);
        Ok(Self { home, scope })
    }

    /// A scope of another role over all of the account's sites.
    #[must_use]
    pub fn scope_as(&self, role: Role) -> TenantScope {
        scope_for(self.home.account, Some(self.home.owner.id), role, None)
    }

    /// An editor's scope that reaches these sites only.
    #[must_use]
    pub fn editor_of(&self, sites: &[SiteId]) -> TenantScope {
        scope_for(self.home.account, Some(self.home.owner.id), Role::Editor, Some(sites))
    }
}

/// The account `slug` as [`Tenant::open`] opens it.
pub(super) fn new_tenant(slug: &str, plan: &str) -> Result<NewTenant> {
    Ok(NewTenant {
        name: format!("Account {slug}"),
        slug: slug.to_owned(),
        plan: plan.to_owned(),
        owner: NewUser::new(format!("owner@{slug}.example"), Role::Owner).checked()?,
        site: NewSite::named(format!("Site of {slug}")).checked()?,
        sector: NewSector::named("First").checked()?,
    })
}

/// A scope across tenants, for tests of a store.
#[must_use]
pub fn system_scope() -> SystemScope {
    SystemScope::open("a test of a store")
}

/// A scope into an active account, for tests of a store; `sites` of `None` reaches all of them.
#[must_use]
pub fn scope_for(
    account: AccountId,
    actor: Option<UserId>,
    role: Role,
    sites: Option<&[SiteId]>,
) -> TenantScope {
    let reach = sites.map_or(SiteReach::All, |sites| SiteReach::Only(sites.iter().copied().collect()));
    TenantScope::mint(Entry { account, actor, role, status: AccountStatus::Active, reach })
}
