//! Sectors: the topic areas of a site. Keywords, clusters, ideas and articles live in one.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{SiteStatus, TenantKey, check_name, check_slug, derived_slug};
use crate::clustering::ClusteringMethod;
use crate::error::{FieldErrors, Result};
use crate::ids::{AuthorProfileId, IndustrySectorId, SectorId, SiteId, StrategyId};

/// The most sectors of one site that may be active at once.
pub const MAX_ACTIVE_SECTORS: u32 = 5;

/// A topic area of a site. Table `igny8_sectors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sector {
    /// Identifier.
    pub id: SectorId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// The site it belongs to.
    pub site: SiteId,
    /// The template it was made from.
    pub industry_sector: Option<IndustrySectorId>,
    /// Display name.
    pub name: String,
    /// Unique within the site.
    pub slug: String,
    /// Counts towards the five when true.
    pub is_active: bool,
    /// The editor's label.
    pub status: SiteStatus,
    /// Whether a keyword may be in several clusters.
    pub many_clusters_per_keyword: bool,
    /// By what its keywords are grouped; by default with a language model's help when there is one that writes.
    pub clustering: Option<ClusteringMethod>,
    /// The author profile its articles are written with.
    pub author_profile: Option<AuthorProfileId>,
    /// The strategy its articles follow.
    pub strategy: Option<StrategyId>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A sector to create; it starts active.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSector {
    /// Display name.
    pub name: String,
    /// Made from the name when `None`.
    pub slug: Option<String>,
    /// The template it is made from.
    pub industry_sector: Option<IndustrySectorId>,
}

impl NewSector {
    /// A sector with a name only.
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
        let slug = self.slug.take().unwrap_or_else(|| derived_slug(&self.name, "sector"));
        errors.collect(check_slug("slug", &slug));
        self.slug = Some(slug);
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a sector; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectorChange {
    /// Display name.
    pub name: Option<String>,
    /// Switching it on is refused when the site has five active ones.
    pub is_active: Option<bool>,
    /// The editor's label.
    pub status: Option<SiteStatus>,
    /// Whether a keyword may be in several clusters.
    pub many_clusters_per_keyword: Option<bool>,
    /// By what its keywords are grouped.
    pub clustering: Option<Option<ClusteringMethod>>,
    /// The author profile its articles are written with.
    pub author_profile: Option<Option<AuthorProfileId>>,
    /// The strategy its articles follow.
    pub strategy: Option<Option<StrategyId>>,
}

impl SectorChange {
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
