//! How good the clusters of a sector are, told from its rows.

use std::collections::HashMap;

use super::ClustersRoom;
use crate::clustering::apart;
use crate::clustering::quality::{JudgedCluster, JudgedKeyword, QualityReport};
use crate::error::Result;
use crate::functions::selection::{every, every_keyword};
use crate::ids::{ClusterId, SectorId};
use crate::pipeline::{
    Cluster, ClusterFilter, ClusterQuery, ClusterStatus, Keyword, KeywordFilter, KeywordStatus,
};

impl ClustersRoom {
    /// Looks at the clusters of a sector: sizes, cohesion, likely duplicates, keywords that fit two, clusters that would
    /// cannibalise each other. Archived clusters and keywords are left out. Takes seconds for tens of thousands of keywords.
    ///
    /// # Errors
    /// `NotFound` for the sector.
    pub async fn quality(&self, sector: SectorId) -> Result<QualityReport> {
        let store = &self.services.store;
        store.get_sector(&self.scope, sector).await?;
        let filter = ClusterFilter { sector: Some(sector), ..ClusterFilter::default() };
        let mut clusters = every(|page| {
            let query = ClusterQuery::filtered(filter.clone()).page(page);
            async move { store.list_clusters(&self.scope, &query).await }
        })
        .await?;
        clusters.retain(|cluster| cluster.status != ClusterStatus::Archived);
        let mut keywords = every_keyword(store.as_ref(), &self.scope, KeywordFilter::sector(sector)).await?;
        keywords.retain(|keyword| keyword.status != KeywordStatus::Archived);
        apart(move || judge(&clusters, &keywords)).await
    }
}

fn judge(clusters: &[Cluster], keywords: &[Keyword]) -> QualityReport {
    let places: HashMap<ClusterId, usize> =
        clusters.iter().enumerate().map(|(place, cluster)| (cluster.id, place)).collect();
    let mut judged: Vec<JudgedCluster<'_>> = clusters
        .iter()
        .map(|cluster| JudgedCluster { id: cluster.id, name: &cluster.name, keywords: Vec::new() })
        .collect();
    let mut unclustered = Vec::new();
    for keyword in keywords {
        let told = JudgedKeyword {
            text: &keyword.keyword,
            volume: keyword.volume.or(keyword.volume_high).map(u64::from),
            intent: keyword.intent(),
        };
        if keyword.clusters.is_empty() {
            unclustered.push(told);
        }
        for place in keyword.clusters.iter().filter_map(|cluster| places.get(cluster)) {
            judged[*place].keywords.push(told);
        }
    }
    QualityReport::of(&judged, &unclustered)
}
