//! Opening accounts and entering them, and the rooms for an account's own people, sites and sectors.

use super::Igny8;
use crate::credits::CreditService;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PlanId, SectorId, SiteId, UserId};
use crate::paging::Paged;
use crate::ports::{Directory, Home, NewTenant};
use crate::tenancy::{
    Account, AccountChange, Action, Entry, Industry, IndustrySector, NewSector, NewSite, NewUser, Plan,
    PlanUsage, Role, Sector, SectorChange, Site, SiteAccess, SiteChange, SiteReach, TenantScope, User,
    UserChange, UserQuery, check_name, check_slug, seed_industries, seed_plans, slugify,
};

/// An account to open. Only its name is needed; the rest has defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    name: String,
    slug: Option<String>,
    plan: String,
    owner: Option<NewUser>,
    site: Option<NewSite>,
    sector: NewSector,
}

impl NewAccount {
    /// An account of this name on the plan `free`, with a site of the same name and a sector `General`.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            slug: None,
            plan: "free".to_owned(),
            owner: None,
            site: None,
            sector: NewSector::named("General"),
        }
    }

    /// The account's slug, instead of one made from its name.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = Some(slug.into());
        self
    }

    /// The plan's slug: `free`, `starter`, `growth`, `scale`, `unlimited`, or one of the host's own.
    #[must_use]
    pub fn plan(mut self, slug: impl Into<String>) -> Self {
        self.plan = slug.into();
        self
    }

    /// The owner's e-mail address, instead of `owner@<slug>.invalid`.
    #[must_use]
    pub fn owner(mut self, email: impl Into<String>) -> Self {
        self.owner = Some(NewUser::new(email, Role::Owner));
        self
    }

    /// The first site, by name or domain.
    #[must_use]
    pub fn site(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        let domain = name.contains('.').then(|| format!("https://{name}"));
        self.site = Some(NewSite { domain, ..NewSite::named(name) });
        self
    }

    /// The first sector.
    #[must_use]
    pub fn sector(mut self, name: impl Into<String>) -> Self {
        self.sector = NewSector::named(name);
        self
    }

    fn checked(self) -> Result<NewTenant> {
        let name = check_name("name", &self.name)?;
        let slug = self.slug.unwrap_or_else(|| slugify(&name, "account"));
        check_slug("slug", &slug)?;
        let owner = self.owner.unwrap_or_else(|| NewUser::new(format!("owner@{slug}.invalid"), Role::Owner));
        Ok(NewTenant {
            owner: owner.checked()?,
            site: self.site.unwrap_or_else(|| NewSite::named(&name)).checked()?,
            sector: self.sector.checked()?,
            plan: self.plan,
            name,
            slug,
        })
    }
}

impl Igny8 {
    /// Opens an account with owner, site and sector, and grants the plan's credits for this month.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the slug or the owner's address is taken; [`Error::NotFound`] for the plan;
    /// [`Error::Invalid`] for names.
    pub async fn provision(&self, account: NewAccount) -> Result<Home> {
        let tenant = account.checked()?;
        let system = self.system("open an account");
        self.seed_catalogue().await?;
        let home = self.services.store.open_account(&system, tenant).await?;
        let scope = self.enter(&home.owner, home.account).await?;
        self.credits(&scope).grant_month().await?;
        Ok(home)
    }

    /// Lets a user into an account: the only way to a [`TenantScope`]. Role, reach and status are read from the store.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an account that is not there or not the user's, and for users who were switched off.
    pub async fn enter(&self, user: &User, account: AccountId) -> Result<TenantScope> {
        let system = crate::tenancy::SystemScope::open_quietly("enter an account");
        let directory: &dyn Directory = self.services.store.as_ref();
        let user = directory.user(&system, user.id).await?;
        if !user.is_active {
            return Err(Error::not_found("account", account));
        }
        let home = directory.account(&system, user.account).await?;
        let is_system = user.is_system_account_user(&home, &self.services.system_accounts);
        let crosses = user.is_developer() || is_system;
        let target = if user.account == account {
            home
        } else if crosses {
            tracing::info!(target: "igny8::audit", user = %user.id, %account, "entered another tenant");
            directory.account(&system, account).await?
        } else {
            return Err(Error::not_found("account", account));
        };
        // Those who run the system account work as developers; its editors and viewers keep their own role.
        let role = if is_system && user.is_owner_or_admin() { Role::Developer } else { user.role };
        let reach = match role {
            Role::Owner | Role::Admin | Role::SystemBot => SiteReach::All,
            Role::Editor | Role::Viewer if !crosses => {
                SiteReach::Only(directory.granted_sites(&system, user.id).await?.into_iter().collect())
            }
            Role::Developer | Role::Editor | Role::Viewer => {
                SiteReach::Only(directory.active_sites(&system, account).await?.into_iter().collect())
            }
        };
        Ok(TenantScope::mint(Entry { account, actor: Some(user.id), role, status: target.status, reach }))
    }

    /// The account with this slug and its owner, for programs that come back to their own database.
    ///
    /// # Errors
    /// The store's.
    pub async fn find_account(&self, slug: &str) -> Result<Option<(Account, User)>> {
        let system = self.system("find an account by its slug");
        let directory: &dyn Directory = self.services.store.as_ref();
        let Some(account) = directory.account_by_slug(&system, slug).await? else {
            return Ok(None);
        };
        let owner =
            account.owner.ok_or_else(|| Error::conflict("account", format!("`{slug}` has no owner")))?;
        Ok(Some((account, directory.user(&system, owner).await?)))
    }

    /// Changes name, owner, plan or status of an account: an operator's act.
    ///
    /// # Errors
    /// [`Error::NotFound`] for account, plan or owner.
    pub async fn change_account(&self, account: AccountId, change: AccountChange) -> Result<Account> {
        self.services.store.change_account(&self.system("change an account"), account, change).await
    }

    /// Erases an account but for its anonymised ledger: an operator's act.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while runs are under way.
    pub async fn erase_account(&self, account: AccountId) -> Result<()> {
        self.services.store.erase_account(&self.system("erase an account"), account).await?;
        self.services.blobs.delete_all(&format!("{account}/")).await
    }

    /// The plans on offer.
    ///
    /// # Errors
    /// The store's.
    pub async fn plans(&self) -> Result<Vec<Plan>> {
        self.seed_catalogue().await?;
        self.services.store.plans().await
    }

    /// Creates or replaces a plan: an operator's act.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`] when the slug is another plan's.
    pub async fn save_plan(&self, plan: Plan) -> Result<PlanId> {
        plan.clean()?;
        let id = plan.id;
        self.services.store.save_plan(&self.system("save a plan"), plan).await?;
        Ok(id)
    }

    /// The industries of the catalogue with their sector templates.
    ///
    /// # Errors
    /// The store's.
    pub async fn industries(&self) -> Result<Vec<(Industry, Vec<IndustrySector>)>> {
        self.seed_catalogue().await?;
        let mut all = Vec::new();
        for industry in self.services.store.industries().await? {
            let sectors = self.services.store.industry_sectors(industry.id).await?;
            all.push((industry, sectors));
        }
        Ok(all)
    }

    /// The account itself: plan, usage, site grants.
    #[must_use]
    pub fn account(&self, scope: &TenantScope) -> AccountRoom {
        AccountRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Users of the account.
    #[must_use]
    pub fn users(&self, scope: &TenantScope) -> UsersRoom {
        UsersRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Sites of the account.
    #[must_use]
    pub fn sites(&self, scope: &TenantScope) -> SitesRoom {
        SitesRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Sectors of the account's sites.
    #[must_use]
    pub fn sectors(&self, scope: &TenantScope) -> SectorsRoom {
        SectorsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Credits of the account.
    #[must_use]
    pub fn credits(&self, scope: &TenantScope) -> CreditService {
        let services = &self.services;
        CreditService::new(
            services.store.clone(),
            services.clock.clone(),
            services.pricing.clone(),
            scope.clone(),
        )
    }

    async fn seed_catalogue(&self) -> Result<()> {
        let system = crate::tenancy::SystemScope::open_quietly("seed the catalogue");
        self.services.store.seed(&system, seed_plans(), seed_industries()).await
    }
}

/// Declares a room: the services seen through one scope.
macro_rules! room {
    ($(#[$doc:meta])* $room:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $room {
            pub(in crate::sdk) services: std::sync::Arc<$crate::sdk::Services>,
            pub(in crate::sdk) scope: $crate::tenancy::TenantScope,
        }

        impl std::fmt::Debug for $room {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($room)).field("scope", &self.scope).finish_non_exhaustive()
            }
        }
    };
}
pub(super) use room;

room! {
    /// The account itself.
    AccountRoom
}
room! {
    /// Users of the account.
    UsersRoom
}
room! {
    /// Sites of the account within reach.
    SitesRoom
}
room! {
    /// Sectors of the sites within reach.
    SectorsRoom
}

impl AccountRoom {
    /// The account.
    ///
    /// # Errors
    /// The store's.
    pub async fn get(&self) -> Result<Account> {
        self.services.store.account_of(&self.scope).await
    }

    /// Its plan.
    ///
    /// # Errors
    /// The store's.
    pub async fn plan(&self) -> Result<Plan> {
        self.services.store.plan_of(&self.scope).await
    }

    /// What it has and has used, against the plan.
    ///
    /// # Errors
    /// The store's.
    pub async fn usage(&self) -> Result<PlanUsage> {
        self.services.store.plan_usage(&self.scope).await
    }

    /// Lets an editor or viewer see a site.
    ///
    /// # Errors
    /// [`Error::NotFound`] for user or site; [`Error::Forbidden`] for editors and viewers.
    pub async fn grant_site(&self, user: UserId, site: SiteId) -> Result<SiteAccess> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.grant_site(&self.scope, user, site).await
    }

    /// Takes a site back from an editor or viewer.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn revoke_site(&self, user: UserId, site: SiteId) -> Result<()> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.revoke_site(&self.scope, user, site).await
    }

    /// Who may see which site.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn grants(&self, user: Option<UserId>) -> Result<Vec<SiteAccess>> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.list_grants(&self.scope, user).await
    }
}

impl UsersRoom {
    /// Creates a user. Only a developer makes developers and system bots; nobody makes a second owner.
    ///
    /// # Errors
    /// [`Error::PlanLimit`]; [`Error::Conflict`] when the address is taken; [`Error::Invalid`]; [`Error::Forbidden`].
    pub async fn create(&self, user: NewUser) -> Result<User> {
        self.scope.require(Action::ManageUsers)?;
        self.check_role(user.role)?;
        self.services.store.create_user(&self.scope, user.checked()?).await
    }

    /// A user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, id: UserId) -> Result<User> {
        self.services.store.get_user(&self.scope, id).await
    }

    /// The account's users.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, query: &UserQuery) -> Result<Paged<User>> {
        self.services.store.list_users(&self.scope, query).await
    }

    /// Changes a user.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for the owner's role or access; [`Error::Forbidden`].
    pub async fn update(&self, id: UserId, change: UserChange) -> Result<User> {
        self.scope.require(Action::ManageUsers)?;
        if let Some(role) = change.role {
            self.check_role(role)?;
        }
        if let Some(name) = &change.username {
            check_name("username", name)?;
        }
        self.services.store.update_user(&self.scope, id, change).await
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for the owner; [`Error::Forbidden`].
    pub async fn delete(&self, id: UserId) -> Result<()> {
        self.scope.require(Action::ManageUsers)?;
        self.services.store.delete_user(&self.scope, id).await
    }

    fn check_role(&self, role: Role) -> Result<()> {
        match role {
            Role::Developer | Role::SystemBot if self.scope.role() != Role::Developer => {
                Err(Error::invalid("role", "only a developer gives this role"))
            }
            Role::Owner => {
                Err(Error::invalid("role", "an account has one owner; change the account's owner instead"))
            }
            _ => Ok(()),
        }
    }
}

impl SitesRoom {
    /// Creates a site. A developer enters the account again to work on it.
    ///
    /// # Errors
    /// [`Error::PlanLimit`]; [`Error::Conflict`] when the slug is taken; [`Error::Invalid`]; [`Error::Forbidden`].
    pub async fn create(&self, site: NewSite) -> Result<Site> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.create_site(&self.scope, site.checked()?).await
    }

    /// A site.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, id: SiteId) -> Result<Site> {
        self.services.store.get_site(&self.scope, id).await
    }

    /// Every site within reach: what the reference calls the accessible sites.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<Site>> {
        self.services.store.list_sites(&self.scope).await
    }

    /// Changes a site.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Forbidden`].
    pub async fn update(&self, id: SiteId, change: SiteChange) -> Result<Site> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.update_site(&self.scope, id, change.checked()?).await
    }

    /// Deletes a site, with `force` also one that holds rows.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while it holds rows or runs; [`Error::Forbidden`].
    pub async fn delete(&self, id: SiteId, force: bool) -> Result<()> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.delete_site(&self.scope, id, force).await?;
        self.services.blobs.delete_all(&format!("{}/{id}/", self.scope.account())).await
    }
}

impl SectorsRoom {
    /// Creates an active sector.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the site; [`Error::Conflict`] when five are active or the slug is taken.
    pub async fn create(&self, site: SiteId, sector: NewSector) -> Result<Sector> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.create_sector(&self.scope, site, sector.checked()?).await
    }

    /// A sector.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, id: SectorId) -> Result<Sector> {
        self.services.store.get_sector(&self.scope, id).await
    }

    /// The sectors of a site, or of every site within reach.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the site.
    pub async fn list(&self, site: Option<SiteId>) -> Result<Vec<Sector>> {
        self.services.store.list_sectors(&self.scope, site).await
    }

    /// Changes a sector.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for a sixth active one; [`Error::Forbidden`].
    pub async fn update(&self, id: SectorId, change: SectorChange) -> Result<Sector> {
        self.scope.require(Action::ManageSites)?;
        self.services.store.update_sector(&self.scope, id, change.checked()?).await
    }

    /// Deletes a sector, with `force` also one that holds rows.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while it holds rows or runs; [`Error::Forbidden`].
    pub async fn delete(&self, id: SectorId, force: bool) -> Result<()> {
        self.scope.require(Action::ManageSites)?;
        let site = self.services.store.get_sector(&self.scope, id).await?.site;
        self.services.store.delete_sector(&self.scope, id, force).await?;
        self.services.blobs.delete_all(&format!("{}/{site}/{id}/", self.scope.account())).await
    }
}
