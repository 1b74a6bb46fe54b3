//! Where keywords shall go, and the rows this becomes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::request::Clustered;
use crate::error::Result;
use crate::functions::FunctionContext;
use crate::ids::{ClusterId, KeywordId, SectorId, SiteId};
use crate::pipeline::{Cluster, NewCluster};
use crate::ports::KeywordGroup;
use crate::runs::{Change, Changeset};
use crate::tenancy::Limit;

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
    /// The rows: keywords into clusters, new ones as far as the account's plan allows them.
    pub(super) async fn carry_out(
        self,
        cx: &FunctionContext<'_>,
        site: SiteId,
        sector: SectorId,
        there: &[Cluster],
    ) -> Result<(Changeset, Clustered)> {
        let known: HashSet<String> = there.iter().map(|cluster| fold(&cluster.name)).collect();
        let mut room = room_for_clusters(cx).await?;
        let mut counted = Clustered::default();
        let mut changes = Changeset::new();
        let mut new_ids: HashMap<String, ClusterId> = HashMap::new();
        for planned in self.clusters {
            let size = planned.keywords.len() as u64;
            let cluster = match planned.into {
                Target::Existing(id) => {
                    counted.joined += size;
                    id
                }
                Target::Named { name, description } => {
                    let folded = fold(&name);
                    let is_known = known.contains(&folded);
                    let is_new = !is_known && !new_ids.contains_key(&folded);
                    if is_new && room == 0 {
                        counted.over_plan_limit += size;
                        continue;
                    }
                    if is_known {
                        counted.joined += size;
                    }
                    room -= u64::from(is_new);
                    counted.clusters += u64::from(is_new);
                    *new_ids.entry(folded).or_insert_with(|| {
                        let cluster = NewCluster { id: ClusterId::new(), name, description };
                        let id = cluster.id;
                        changes.push(Change::CreateCluster { site, sector, cluster });
                        id
                    })
                }
            };
            counted.clustered += size;
            changes.push(Change::PlaceKeywords { cluster, keywords: planned.keywords });
        }
        counted.unclustered = self.keywords - counted.clustered;
        Ok((changes, counted))
    }
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
