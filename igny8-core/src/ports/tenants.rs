//! An account's own people, sites and sectors.

use secrecy::SecretString;

use super::port;
use crate::error::Result;
use crate::ids::{SectorId, SiteId, UserId};
use crate::paging::Paged;
use crate::tenancy::{
    Account, NewSector, NewSite, NewUser, Plan, PlanUsage, Sector, SectorChange, Site, SiteAccess,
    SiteChange, TenantScope, User, UserChange, UserQuery,
};

port! {
    /// The account itself.
    pub trait Accounts {
        /// The scope's account.
        async fn account_of(&self, scope: &TenantScope) -> Result<Account>;
        /// Its plan.
        async fn plan_of(&self, scope: &TenantScope) -> Result<Plan>;
        /// What it has and has used, against the plan; day and month are UTC.
        async fn plan_usage(&self, scope: &TenantScope) -> Result<PlanUsage>;
    }
}

port! {
    /// Users of the account.
    pub trait Users {
        /// Creates an active user. Errors: `PlanLimit` (users); `Conflict` when the e-mail address is taken anywhere.
        async fn create_user(&self, scope: &TenantScope, user: NewUser) -> Result<User>;
        /// A user of the account. Errors: `NotFound`.
        async fn get_user(&self, scope: &TenantScope, id: UserId) -> Result<User>;
        /// The account's users.
        async fn list_users(&self, scope: &TenantScope, query: &UserQuery) -> Result<Paged<User>>;
        /// Changes a user. Errors: `NotFound`; `Conflict` when the account's owner would lose role or access.
        async fn update_user(&self, scope: &TenantScope, id: UserId, change: UserChange) -> Result<User>;
        /// Deletes a user and the user's grants. Errors: `NotFound`; `Conflict` for the account's owner.
        async fn delete_user(&self, scope: &TenantScope, id: UserId) -> Result<()>;
        /// Notes that a user has logged in now. Errors: `NotFound`.
        async fn note_login(&self, scope: &TenantScope, id: UserId) -> Result<()>;
    }
}

port! {
    /// Sites of the account within the scope's reach.
    pub trait Sites {
        /// Creates an active site. Errors: `PlanLimit` (sites); `Conflict` when the slug is taken in the account.
        async fn create_site(&self, scope: &TenantScope, site: NewSite) -> Result<Site>;
        /// A site. Errors: `NotFound`.
        async fn get_site(&self, scope: &TenantScope, id: SiteId) -> Result<Site>;
        /// Every site within reach, by name.
        async fn list_sites(&self, scope: &TenantScope) -> Result<Vec<Site>>;
        /// Changes a site. Errors: `NotFound`, also for a profile, strategy or industry that is not there.
        async fn update_site(&self, scope: &TenantScope, id: SiteId, change: SiteChange) -> Result<Site>;
        /// Deletes a site with its sectors and, with `force`, their rows. Errors: `NotFound`; `Conflict` while it holds
        /// rows and `force` is not set, or while runs are under way on it.
        async fn delete_site(&self, scope: &TenantScope, id: SiteId, force: bool) -> Result<()>;
        /// The stored WordPress application password, decrypted; for publishing only. `None` when there is none.
        async fn wp_app_password(&self, scope: &TenantScope, id: SiteId) -> Result<Option<SecretString>>;
    }
}

port! {
    /// Sectors of sites within the scope's reach.
    pub trait Sectors {
        /// Creates an active sector. Errors: `NotFound` for the site; `Conflict` when five are active or the slug is taken in the site.
        async fn create_sector(&self, scope: &TenantScope, site: SiteId, sector: NewSector) -> Result<Sector>;
        /// A sector. Errors: `NotFound`.
        async fn get_sector(&self, scope: &TenantScope, id: SectorId) -> Result<Sector>;
        /// The sectors of a site, or of every site within reach, by name. Errors: `NotFound` for the site.
        async fn list_sectors(&self, scope: &TenantScope, site: Option<SiteId>) -> Result<Vec<Sector>>;
        /// Changes a sector. Errors: `NotFound`; `Conflict` when it would be the sixth active one, or when keywords in several
        /// clusters forbid switching `many_clusters_per_keyword` off.
        async fn update_sector(&self, scope: &TenantScope, id: SectorId, change: SectorChange) -> Result<Sector>;
        /// Deletes a sector and, with `force`, its rows. Errors: `NotFound`; `Conflict` while it holds rows and `force` is not
        /// set, or while runs are under way in it.
        async fn delete_sector(&self, scope: &TenantScope, id: SectorId, force: bool) -> Result<()>;
    }
}

port! {
    /// Which sites editors and viewers may see.
    pub trait SiteGrants {
        /// Grants a site to a user; granting twice changes nothing. Errors: `NotFound` for user or site.
        async fn grant_site(&self, scope: &TenantScope, user: UserId, site: SiteId) -> Result<SiteAccess>;
        /// Takes a grant back; one that is not there is no error.
        async fn revoke_site(&self, scope: &TenantScope, user: UserId, site: SiteId) -> Result<()>;
        /// The grants of a user, or of every user, oldest first.
        async fn list_grants(&self, scope: &TenantScope, user: Option<UserId>) -> Result<Vec<SiteAccess>>;
    }
}
