//! Where keywords shall go, and the rows this becomes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::request::Clustered;
use super::selection;
use crate::error::Result;
use crate::functions::FunctionContext;
use crate::functions::selection::keywords_by_id;
use crate::ids::{ClusterId, KeywordId, SectorId, SiteId};
use crate::paging::Page;
use crate::pipeline::{ClusterFilter, ClusterQuery, ClusterStatus, NewCluster};
use crate::ports::KeywordGroup;
use crate::runs::{Change, Changeset};
use crate::tenancy::Limit;

/// Clusters that one query asks for.
const ASKED_AT_ONCE: usize = 500;

/// Where the keywords of one item shall go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub(super) clusters: Vec<PlannedCluster>,
    /// All keywords of the item, those that stay out included.
    pub(super) keywords: u64,
}

/// Keywords of one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedCluster {
    pub(super) into: Target,
    pub(super) keywords: Vec<KeywordId>,
}

/// Which cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// One that is there.
    Existing(ClusterId),
    /// The one of this name, new or there.
    Named {
        /// Its name.
        name: String,
        /// What holds it together.
        description: Option<String>,
    },
}

impl PlannedCluster {
    /// A group as a clusterer made it.
    pub(super) fn of_group(group: &KeywordGroup, keywords: Vec<KeywordId>) -> Self {
        let shared = group.shared_terms.join(", ");
        let description = (!shared.is_empty()).then(|| format!("Keywords that share: {shared}"));
        Self { into: Target::Named { name: group.name.clone(), description }, keywords }
    }
}

impl Plan {
    /// The rows: keywords that are still free into clusters, new ones as far as the account's plan allows them.
    pub(super) async fn carry_out(
        self,
        cx: &FunctionContext<'_>,
        site: SiteId,
        sector: SectorId,
    ) -> Result<(Changeset, Clustered)> {
        let free = self.still_free(cx).await?;
        let there = There::of(cx, sector, &self.clusters).await?;
        let mut room = room_for_clusters(cx).await?;
        let mut counted = Clustered::default();
        let mut changes = Changeset::new();
        let mut new_ids: HashMap<String, ClusterId> = HashMap::new();
        for planned in self.clusters {
            let all = planned.keywords.len();
            let keywords: Vec<KeywordId> =
                planned.keywords.into_iter().filter(|id| free.contains(id)).collect();
            counted.taken += (all - keywords.len()) as u64;
            let size = keywords.len() as u64;
            if size == 0 {
                continue;
            }
            let cluster = match planned.into {
                Target::Existing(id) if there.ids.contains(&id) => {
                    counted.joined += size;
                    id
                }
                // It was deleted or put aside meanwhile.
                Target::Existing(_) => continue,
                Target::Named { name, description } => {
                    let Some(name) = there.usable(name) else { continue };
                    let folded = fold(&name);
                    if let Some(known) = there.in_use.get(&folded) {
                        counted.joined += size;
                        *known
                    } else if let Some(new) = new_ids.get(&folded) {
                        *new
                    } else if room == 0 {
                        counted.over_plan_limit += size;
                        continue;
                    } else {
                        room -= 1;
                        counted.clusters += 1;
                        let cluster = NewCluster { id: ClusterId::new(), name, description };
                        let id = cluster.id;
                        changes.push(Change::CreateCluster { site, sector, cluster });
                        new_ids.insert(folded, id);
                        id
                    }
                }
            };
            counted.clustered += size;
            changes.push(Change::PlaceKeywords { cluster, keywords });
        }
        counted.unclustered = self.keywords.saturating_sub(counted.clustered + counted.taken);
        Ok((changes, counted))
    }

    /// The planned keywords that nobody has clustered, put aside or deleted since they were selected.
    async fn still_free(&self, cx: &FunctionContext<'_>) -> Result<HashSet<KeywordId>> {
        let planned: Vec<KeywordId> =
            self.clusters.iter().flat_map(|cluster| &cluster.keywords).copied().collect();
        let found = keywords_by_id(cx.store(), cx.scope(), &planned).await?;
        Ok(found.iter().filter(|keyword| selection::is_free(keyword)).map(|keyword| keyword.id).collect())
    }
}

/// The clusters of the sector that a plan is about, as they are now.
struct There {
    /// Those that it puts keywords into and that are in use.
    ids: HashSet<ClusterId>,
    /// Clusters in use by folded name.
    in_use: HashMap<String, ClusterId>,
    /// Folded names of clusters that are put aside.
    archived: HashSet<String>,
}

impl There {
    async fn of(cx: &FunctionContext<'_>, sector: SectorId, planned: &[PlannedCluster]) -> Result<Self> {
        let mut there = Self { ids: HashSet::new(), in_use: HashMap::new(), archived: HashSet::new() };
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for planned in planned {
            match &planned.into {
                Target::Existing(id) => ids.push(*id),
                Target::Named { name, .. } => names.extend([name.clone(), second(name)]),
            }
        }
        let of_sector = || ClusterFilter { sector: Some(sector), ..ClusterFilter::default() };
        let by_id =
            ids.chunks(ASKED_AT_ONCE).map(|ids| ClusterFilter { ids: Some(ids.to_vec()), ..of_sector() });
        let by_name = names
            .chunks(ASKED_AT_ONCE)
            .map(|names| ClusterFilter { names: Some(names.to_vec()), ..of_sector() });
        for filter in by_id.chain(by_name) {
            let query = ClusterQuery::filtered(filter).page(Page::first(ASKED_AT_ONCE as u32));
            for cluster in cx.store().list_clusters(cx.scope(), &query).await?.items {
                if cluster.status == ClusterStatus::Archived {
                    there.archived.insert(fold(&cluster.name));
                } else {
                    there.ids.insert(cluster.id);
                    there.in_use.insert(fold(&cluster.name), cluster.id);
                }
            }
        }
        Ok(there)
    }

    /// The name, or a second one where a cluster that is put aside has it; nothing goes into those.
    fn usable(&self, name: String) -> Option<String> {
        let second = second(&name);
        [name, second].into_iter().find(|name| !self.archived.contains(&fold(name)))
    }
}

fn second(name: &str) -> String {
    format!("{name} (2)")
}

/// How many further clusters the account's plan allows.
async fn room_for_clusters(cx: &FunctionContext<'_>) -> Result<u64> {
    let plan = cx.store().plan_of(cx.scope()).await?;
    let Some(allowed) = plan.limit(Limit::Clusters) else {
        return Ok(u64::MAX);
    };
    let usage = cx.store().plan_usage(cx.scope()).await?;
    Ok(allowed.saturating_sub(usage.used(Limit::Clusters)))
}

/// A name as it is compared: white space folded, without case.
fn fold(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
