//! A cluster: keywords of one sector that one page (or one hub of pages) can answer.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::check_title;
use crate::error::FieldErrors;
use crate::ids::{ClusterId, SectorId, SiteId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where a cluster stands.
    pub enum ClusterStatus as "status" {
        /// No ideas yet.
        New = "new",
        /// Ideas are being worked out: an editor's label. A run goes from new to finalized in one commit.
        Pending = "pending",
        /// It has its ideas.
        Finalized = "finalized",
        /// Put aside.
        Archived = "archived",
    }
}

/// A cluster. Table `igny8_clusters`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cluster {
    /// Identifier.
    pub id: ClusterId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// Unique in its sector without regard to case.
    pub name: String,
    /// What holds it together.
    pub description: Option<String>,
    /// How many keywords it has: derived from them, never written.
    pub keywords_count: u64,
    /// Their volumes added up: derived, never written.
    pub volume: u64,
    /// Where it stands.
    pub status: ClusterStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A cluster to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCluster {
    /// Chosen by the creator, so that a repeated save makes the same row.
    pub id: ClusterId,
    /// Display name; 1 to 255 characters.
    pub name: String,
    /// What holds it together.
    pub description: Option<String>,
}

impl NewCluster {
    /// A cluster with a name only.
    pub fn named(name: impl Into<String>) -> Self {
        Self { id: ClusterId::new(), name: name.into(), description: None }
    }

    /// The checked cluster.
    ///
    /// # Errors
    /// A complaint on `name`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        self.name = check_title("name", &self.name)?;
        Ok(self)
    }
}

/// What may be changed on a cluster; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterChange {
    /// Display name.
    pub name: Option<String>,
    /// What holds it together.
    pub description: Option<Option<String>>,
    /// Status; only a legal move.
    pub status: Option<ClusterStatus>,
}

impl ClusterChange {
    /// The checked change.
    ///
    /// # Errors
    /// A complaint on `name`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        if let Some(name) = &self.name {
            self.name = Some(check_title("name", name)?);
        }
        Ok(self)
    }
}

/// Which clusters a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<ClusterId>>,
    /// With just one of these names, without regard to case and white space; `Some(vec![])` is none.
    pub names: Option<Vec<String>>,
    /// Name contains this text, without regard to case.
    pub search: Option<String>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<ClusterStatus>,
}

/// What clusters may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterField {
    /// When it was created.
    CreatedAt,
    /// Name.
    Name,
    /// Volumes added up.
    Volume,
    /// How many keywords.
    KeywordsCount,
}

/// A list of clusters.
pub type ClusterQuery = ListQuery<ClusterFilter, ClusterField>;
