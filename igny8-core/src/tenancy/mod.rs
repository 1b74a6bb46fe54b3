//! Accounts, people, sites and sectors, and the scopes that keep one tenant's work apart from another's.
//! Everything else in the SDK reaches rows through a [`TenantScope`] minted here.

mod access;
mod account;
mod industry;
mod permission;
mod plan;
mod scope;
mod sector;
mod site;
mod slug;
mod user;

pub use access::SiteAccess;
pub use account::{Account, AccountChange, AccountStatus, SystemAccounts};
pub use industry::{Industry, IndustrySector, SeedIndustry, seed_industries};
pub use permission::{Action, PERMISSIONS};
pub use plan::{Limit, Plan, PlanUsage, seed_plans};
pub(crate) use scope::{Entry, SiteReach, bot_scope};
pub use scope::{SectorKey, SystemScope, TenantKey, TenantScope};
pub use sector::{MAX_ACTIVE_SECTORS, NewSector, Sector, SectorChange};
pub use site::{NewSite, Site, SiteChange, SiteStatus};
pub use slug::slugify;
pub(crate) use slug::{check_slug, derived_slug, with_suffix};
pub use user::{NewUser, Role, User, UserChange, UserQuery};

use crate::error::FieldErrors;

/// Checks a display name: 1 to 255 characters that are not all white space. Returns it trimmed.
pub(crate) fn check_name(field: &str, name: &str) -> Result<String, FieldErrors> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=255).contains(&length) {
        Ok(name.to_owned())
    } else {
        Err(FieldErrors::one(field, "must be 1 to 255 characters"))
    }
}
