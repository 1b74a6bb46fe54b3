//! Websites of an account.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;

use super::{MAX_ACTIVE_SECTORS, TenantKey, check_name, check_slug, derived_slug};
use crate::error::{FieldErrors, Result};
use crate::ids::{AuthorProfileId, IndustryId, SiteId, StrategyId};
use crate::vocabulary::vocabulary;

vocabulary! {
    /// The editor's label of a site or sector.
    pub enum SiteStatus as "status" {
        /// In use.
        Active = "active",
        /// Put aside.
        Inactive = "inactive",
        /// Stopped.
        Suspended = "suspended",
    }
}

/// A website. Table `igny8_sites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Site {
    /// Identifier.
    pub id: SiteId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Display name.
    pub name: String,
    /// Unique within the account.
    pub slug: String,
    /// Where it lives.
    pub domain: Option<String>,
    /// Its industry.
    pub industry: Option<IndustryId>,
    /// Whether it is in use.
    pub is_active: bool,
    /// The editor's label.
    pub status: SiteStatus,
    /// The author profile its articles are written with, unless the sector has one.
    pub author_profile: Option<AuthorProfileId>,
    /// The strategy its articles follow, unless the sector has one.
    pub strategy: Option<StrategyId>,
    /// WordPress base URL.
    pub wp_url: Option<String>,
    /// WordPress user name.
    pub wp_username: Option<String>,
    /// Whether a WordPress application password is stored; the password itself is write-only.
    pub has_wp_app_password: bool,
    /// How many of its sectors are active.
    pub active_sectors: u32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Site {
    /// How many of its sectors are active.
    #[must_use]
    pub const fn active_sectors_count(&self) -> u32 {
        self.active_sectors
    }

    /// Whether one more active sector fits.
    #[must_use]
    pub const fn can_add_sector(&self) -> bool {
        self.active_sectors < MAX_ACTIVE_SECTORS
    }
}

/// A site to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSite {
    /// Display name.
    pub name: String,
    /// Made from the name when `None`.
    pub slug: Option<String>,
    /// Where it lives.
    pub domain: Option<String>,
    /// Its industry.
    pub industry: Option<IndustryId>,
}

impl NewSite {
    /// A site with a name only.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The checked name and slug.
    ///
    /// # Errors
    /// Complaints on `name` or `slug`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = errors.collect(check_name("name", &self.name)) {
            self.name = name;
        }
        let slug = self.slug.take().unwrap_or_else(|| derived_slug(&self.name, "site"));
        errors.collect(check_slug("slug", &slug));
        self.slug = Some(slug);
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a site; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Default)]
pub struct SiteChange {
    /// Display name.
    pub name: Option<String>,
    /// Where it lives.
    pub domain: Option<Option<String>>,
    /// Its industry.
    pub industry: Option<Option<IndustryId>>,
    /// Whether it is in use.
    pub is_active: Option<bool>,
    /// The editor's label.
    pub status: Option<SiteStatus>,
    /// The author profile its articles are written with.
    pub author_profile: Option<Option<AuthorProfileId>>,
    /// The strategy its articles follow.
    pub strategy: Option<Option<StrategyId>>,
    /// WordPress base URL.
    pub wp_url: Option<Option<String>>,
    /// WordPress user name.
    pub wp_username: Option<Option<String>>,
    /// WordPress application password: write-only, encrypted at rest; needs a store with a secrets key.
    pub wp_app_password: Option<Option<SecretString>>,
}

impl std::fmt::Debug for SiteChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteChange")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .field("is_active", &self.is_active)
            .field("status", &self.status)
            .field("wp_url", &self.wp_url)
            .field("wp_app_password", &self.wp_app_password.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

impl SiteChange {
    /// The checked change.
    ///
    /// # Errors
    /// A complaint on `name`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        if let Some(name) = &self.name {
            self.name = Some(check_name("name", name)?);
        }
        Ok(self)
    }
}
