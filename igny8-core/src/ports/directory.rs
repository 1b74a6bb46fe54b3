//! What happens before a tenant is known (opening accounts, finding users) and the shared catalogue.

use serde::Serialize;

use super::port;
use crate::error::Result;
use crate::ids::{AccountId, IndustryId, PlanId, SiteId, UserId};
use crate::runs::Run;
use crate::tenancy::{
    Account, AccountChange, Industry, IndustrySector, NewSector, NewSite, NewUser, Plan, SeedIndustry,
    SystemScope, User,
};

/// An account to open, with its owner, first site and first sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTenant {
    /// Display name.
    pub name: String,
    /// Unique among all accounts.
    pub slug: String,
    /// The plan's slug.
    pub plan: String,
    /// The first user.
    pub owner: NewUser,
    /// The first site, checked.
    pub site: NewSite,
    /// Its first sector, checked.
    pub sector: NewSector,
}

/// A freshly opened account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Home {
    /// The account.
    pub account: AccountId,
    /// Its owner.
    pub owner: User,
    /// Its first site.
    pub site: SiteId,
    /// That site's first sector.
    pub sector: crate::ids::SectorId,
}

/// An account that was changed, and the runs that this stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedAccount {
    /// The account as it is now.
    pub account: Account,
    /// The runs that were unfinished when it was cancelled: revoked, or still in progress and asked to stop.
    pub stopped: Vec<Run>,
}

port! {
    /// Accounts and users before a tenant is known.
    pub trait Directory {
        /// Opens an account with owner, site and sector, in one commit. Status `active`, balance 0.
        /// Errors: `Conflict` when slug or e-mail address is taken; `NotFound` for the plan, also one that is not active.
        async fn open_account(&self, system: &SystemScope, tenant: NewTenant) -> Result<Home>;
        /// An account. Errors: `NotFound`.
        async fn account(&self, system: &SystemScope, id: AccountId) -> Result<Account>;
        /// The account with this slug.
        async fn account_by_slug(&self, system: &SystemScope, slug: &str) -> Result<Option<Account>>;
        /// Every account, by slug.
        async fn accounts(&self, system: &SystemScope) -> Result<Vec<Account>>;
        /// Changes an account, in one commit. A new owner's role becomes `owner`, the former one's `admin`. With the status `cancelled` every
        /// unfinished run is stopped: as [`Runs::cancel_run`](super::Runs::cancel_run) does it.
        /// Errors: `NotFound` for account, plan, or an owner who is not its user; `Conflict` for an owner who is not active.
        async fn change_account(&self, system: &SystemScope, id: AccountId, change: AccountChange) -> Result<ChangedAccount>;
        /// Erases every row of the account but its ledger (transactions and reservations with descriptions emptied), and
        /// anonymises what is left: name and slug become `erased-…`, its users go, its status is `cancelled`.
        /// Its waiting runs end with it. Errors: `NotFound`; `Conflict` while workers have runs of it: these are then asked to stop and the
        /// account is cancelled, that alone in the commit.
        async fn erase_account(&self, system: &SystemScope, id: AccountId) -> Result<()>;
        /// A user. Errors: `NotFound`.
        async fn user(&self, system: &SystemScope, id: UserId) -> Result<User>;
        /// The user with this e-mail address, compared without case.
        async fn user_by_email(&self, system: &SystemScope, email: &str) -> Result<Option<User>>;
        /// The sites granted to a user, within the user's own account.
        async fn granted_sites(&self, system: &SystemScope, user: UserId) -> Result<Vec<SiteId>>;
        /// The active sites of an account.
        async fn active_sites(&self, system: &SystemScope, account: AccountId) -> Result<Vec<SiteId>>;
        /// Up to `limit` writable accounts (active, trial) whose plan grants credits and whose ledger has no entry under this idempotency key.
        async fn accounts_without_posting(&self, system: &SystemScope, idempotency_key: &str, limit: u32) -> Result<Vec<AccountId>>;
    }
}

port! {
    /// The shared catalogue: plans and industries. The same for every tenant.
    pub trait Catalogue {
        /// Writes the seed plans and industries that are not there yet; what is there is left alone.
        async fn seed(&self, system: &SystemScope, plans: Vec<Plan>, industries: Vec<SeedIndustry>) -> Result<()>;
        /// Every plan, in the order they were made.
        async fn plans(&self) -> Result<Vec<Plan>>;
        /// A plan. Errors: `NotFound`.
        async fn plan(&self, id: PlanId) -> Result<Plan>;
        /// Creates a plan or replaces the one with its id. Errors: `Conflict` when the slug is another plan's.
        async fn save_plan(&self, system: &SystemScope, plan: Plan) -> Result<()>;
        /// Every industry, by name.
        async fn industries(&self) -> Result<Vec<Industry>>;
        /// The sector templates of an industry, by name. Errors: `NotFound`.
        async fn industry_sectors(&self, industry: IndustryId) -> Result<Vec<IndustrySector>>;
    }
}
