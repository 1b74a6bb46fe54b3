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
mod user;

pub use access::SiteAccess;
pub use account::{Account, AccountChange, AccountStatus, SystemAccounts};
pub use industry::{Industry, IndustrySector, SeedIndustry, seed_industries};
pub use permission::{Action, PERMISSIONS};
pub use plan::{Limit, Plan, PlanUsage, seed_plans};
pub(crate) use scope::{Entry, SiteReach};
pub use scope::{SectorKey, SystemScope, TenantKey, TenantScope};
pub use sector::{MAX_ACTIVE_SECTORS, NewSector, Sector, SectorChange};
pub use site::{NewSite, Site, SiteChange, SiteStatus};
pub use user::{NewUser, Role, User, UserChange, UserQuery};

use crate::error::FieldErrors;

/// A URL-safe name: lowercase ASCII letters, digits and single hyphens, at most 60 characters; `fallback` when nothing is left.
#[must_use]
pub fn slugify(name: &str, fallback: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut slug = String::new();
    for character in name.nfkd().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !unicode_normalization::char::is_combining_mark(character)
            && !slug.is_empty()
            && !slug.ends_with('-')
        {
            slug.push('-');
        }
        if slug.len() >= 60 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { fallback.to_owned() } else { slug.to_owned() }
}

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

/// Checks that a slug is what [`slugify`] would make of itself.
pub(crate) fn check_slug(field: &str, slug: &str) -> Result<(), FieldErrors> {
    if !slug.is_empty() && slugify(slug, "") == slug {
        Ok(())
    } else {
        Err(FieldErrors::one(field, "must be lowercase letters, digits and single hyphens, at most 60"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_ascii() {
        assert_eq!(slugify("Crème Brûlée & Co.", "x"), "creme-brulee-co");
        assert_eq!(slugify("中文", "site"), "site");
        assert!(check_slug("slug", "Not A Slug").is_err());
        assert!(check_slug("slug", "a-slug-2").is_ok());
    }
}
