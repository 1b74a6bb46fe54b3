//! The rooms for an account's own affairs: plan and usage, people, sites, sectors, credits.

use super::Igny8;
use crate::credits::CreditService;
use crate::error::{Error, Result};
use crate::ids::{SectorId, SiteId, UserId};
use crate::paging::Paged;
use crate::tenancy::{
    Account, AccountChange, Action, NewSector, NewSite, NewUser, Plan, PlanUsage, Role, Sector, SectorChange,
    Site, SiteAccess, SiteChange, SystemScope, TenantScope, User, UserChange, UserQuery, check_name,
};

impl Igny8 {
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

    /// Gives it another display name.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Forbidden`] for editors and viewers.
    pub async fn rename(&self, name: &str) -> Result<Account> {
        self.scope.require(Action::ManageUsers)?;
        let change = AccountChange { name: Some(name.to_owned()), ..AccountChange::default() }.checked()?;
        let system = SystemScope::open_quietly("rename the caller's own account");
        let changed = self.services.store.change_account(&system, self.scope.account(), change).await?;
        Ok(changed.account)
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
        self.check_target(id).await?;
        if let Some(name) = &change.username {
            check_name("username", name)?;
        }
        for (field, name) in [("first_name", &change.first_name), ("last_name", &change.last_name)] {
            if name.as_ref().is_some_and(|name| name.chars().count() > 150) {
                return Err(Error::invalid(field, "must be at most 150 characters"));
            }
        }
        self.services.store.update_user(&self.scope, id, change).await
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for the owner; [`Error::Forbidden`].
    pub async fn delete(&self, id: UserId) -> Result<()> {
        self.scope.require(Action::ManageUsers)?;
        self.check_target(id).await?;
        self.services.store.delete_user(&self.scope, id).await
    }

    /// Sets the hash of a user's password, as a PHC string that the adapter made. Every token from before is no longer good.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for the actor, who changes theirs by showing the one there is, for an owner or a
    /// developer unless a developer asks, and for what is no hash; [`Error::Forbidden`] for editors and viewers.
    pub async fn set_credential(&self, id: UserId, password_hash: &str) -> Result<()> {
        self.scope.require(Action::ManageUsers)?;
        let user = self.get(id).await?;
        if self.scope.actor() == Some(id) {
            return Err(Error::invalid("password", "one's own is changed by showing the one there is"));
        }
        if matches!(user.role, Role::Owner | Role::Developer) && self.scope.role() != Role::Developer {
            let why =
                format!("the password of a user with the role `{}` is theirs alone to change", user.role);
            return Err(Error::invalid("password", why));
        }
        let igny8 = Igny8 { services: self.services.clone() };
        igny8.identity().set_credential(id, password_hash).await.map(drop)
    }

    /// Whoever works on the product itself is not the account's to demote, switch off or delete.
    async fn check_target(&self, id: UserId) -> Result<()> {
        if self.scope.role() != Role::Developer && self.get(id).await?.role == Role::Developer {
            return Err(Error::invalid("role", "only a developer changes a developer"));
        }
        Ok(())
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
