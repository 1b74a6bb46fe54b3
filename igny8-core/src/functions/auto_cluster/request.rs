//! What `auto_cluster` is started with, and what it has to show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clustering::{ClusteringMethod, Granularity};
use crate::functions::StartRequest;
use crate::ids::{ImportId, KeywordId, SectorId};
use crate::pipeline::{KeywordFilter, KeywordStatus};

/// Starts `auto_cluster` on keywords that are in no cluster yet. At least one of import, sector and ids must be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AutoCluster {
    /// Keywords that this import touched.
    pub import_id: Option<ImportId>,
    /// Keywords of this sector.
    pub sector_id: Option<SectorId>,
    /// Just these keywords, of one sector.
    pub ids: Vec<KeywordId>,
    /// How small the clusters shall be.
    pub granularity: Granularity,
    /// By what keywords are grouped, instead of the sector's own setting.
    pub method: Option<ClusteringMethod>,
}

impl AutoCluster {
    /// The keywords that an import touched.
    #[must_use]
    pub fn for_import(import: ImportId) -> Self {
        Self { import_id: Some(import), ..Self::default() }
    }

    /// The keywords of a sector.
    #[must_use]
    pub fn for_sector(sector: SectorId) -> Self {
        Self { sector_id: Some(sector), ..Self::default() }
    }

    /// Just these keywords.
    #[must_use]
    pub fn for_keywords(ids: Vec<KeywordId>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// Chooses by what keywords are grouped.
    #[must_use]
    pub fn method(mut self, method: ClusteringMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// Chooses how small the clusters shall be.
    #[must_use]
    pub fn granularity(mut self, granularity: Granularity) -> Self {
        self.granularity = granularity;
        self
    }

    /// Which keywords it works on: those asked for that are in no cluster and not put aside.
    pub(super) fn filter(&self) -> KeywordFilter {
        KeywordFilter {
            import: self.import_id,
            sector: self.sector_id,
            clustered: Some(false),
            statuses: vec![KeywordStatus::New, KeywordStatus::Orphaned],
            ..KeywordFilter::default()
        }
    }
}

impl StartRequest for AutoCluster {
    const FUNCTION: &'static str = "auto_cluster";
    type Output = Clustered;
}

/// What `auto_cluster` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clustered {
    /// New clusters.
    pub clusters: u64,
    /// Keywords that are now in one, new or old.
    pub clustered: u64,
    /// Of those, the ones that joined a cluster that was there, perhaps since a moment ago by this run.
    pub joined: u64,
    /// Keywords that fit none, or for which the plan allowed no further cluster.
    pub unclustered: u64,
    /// Of the unclustered, those that only the plan's limit kept out.
    pub over_plan_limit: u64,
    /// Keywords that somebody else clustered, put aside or deleted meanwhile.
    pub taken: u64,
}

impl std::ops::Add for Clustered {
    type Output = Self;

    fn add(self, part: Self) -> Self {
        Self {
            clusters: self.clusters + part.clusters,
            clustered: self.clustered + part.clustered,
            joined: self.joined + part.joined,
            unclustered: self.unclustered + part.unclustered,
            over_plan_limit: self.over_plan_limit + part.over_plan_limit,
            taken: self.taken + part.taken,
        }
    }
}
