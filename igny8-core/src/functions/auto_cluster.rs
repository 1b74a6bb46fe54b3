//! auto_cluster: keywords of a sector into clusters, by their words alone or with a language model's help.
//! A model sees compact groups with per-call indexes, never row ids, and never repeats keyword texts.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::function::{check_found, shared_place};
use super::selection::{every, every_keyword, keywords_by_id};
use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, Reply, Saved, StartRequest,
    TextAsk, WorkItem, Workload,
};
use crate::clustering::Granularity;
use crate::credits::Operation;
use crate::error::{Error, Result};
use crate::ids::{ClusterId, ImportId, KeywordId, SectorId, SiteId};
use crate::paging::Page;
use crate::pipeline::{
    Cluster, ClusterFilter, ClusterQuery, Keyword, KeywordFilter, KeywordQuery, KeywordStatus, NewCluster,
};
use crate::ports::ClusterText;
use crate::runs::{Announced, Change, Changeset};
use crate::settings::PromptType;
use crate::tenancy::Limit;

/// The most keywords one model call sees.
const KEYWORDS_A_CALL: usize = 200;
/// The most names of existing clusters one model call sees, the largest clusters' first.
const NAMES_A_CALL: usize = 100;

/// How keywords are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClusteringMode {
    /// By the host's clusterer alone: no model is asked.
    Lexical,
    /// The host's clusterer groups roughly; a language model names, splits and merges.
    ModelRefined,
}

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
    /// How keywords are grouped; by default with the model's help when there is one that writes.
    pub mode: Option<ClusteringMode>,
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

    /// Chooses how keywords are grouped.
    #[must_use]
    pub fn mode(mut self, mode: ClusteringMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Which keywords it works on: those asked for that are in no cluster and not put aside.
    fn filter(&self) -> KeywordFilter {
        KeywordFilter {
            import: self.import_id,
            sector: self.sector_id,
            clustered: Some(false),
            statuses: vec![KeywordStatus::New, KeywordStatus::Orphaned],
            ..KeywordFilter::default()
        }
    }

    fn mode_for(&self, cx: &FunctionContext<'_>) -> ClusteringMode {
        self.mode.unwrap_or_else(|| {
            if cx.text_model().is_ok_and(|model| model.capabilities.generative) {
                ClusteringMode::ModelRefined
            } else {
                ClusteringMode::Lexical
            }
        })
    }
}

impl StartRequest for AutoCluster {
    const FUNCTION: &'static str = "auto_cluster";
    type Output = Clustered;
}

/// What `auto_cluster` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clustered {
    /// Clusters that got keywords, new and old.
    pub clusters: u64,
    /// Keywords that are now in one.
    pub clustered: u64,
    /// Keywords that fit none, or for which the plan allowed no further cluster.
    pub unclustered: u64,
    /// Of the unclustered, those that only the plan's limit kept out.
    pub over_plan_limit: u64,
}

/// One planned call: groups of keyword ids and ids of no group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    site: SiteId,
    sector: SectorId,
    /// Empty for the one item of a lexical run, which reads its keywords when it comes to them.
    groups: Vec<Vec<KeywordId>>,
    loose: Vec<KeywordId>,
    /// Keywords that count towards the price before this pack, so that packs add up to the price of the whole.
    priced_before: u64,
}

impl Pack {
    fn ids(&self) -> impl Iterator<Item = KeywordId> + '_ {
        self.groups.iter().flatten().chain(&self.loose).copied()
    }

    fn len(&self) -> usize {
        self.groups.iter().map(Vec::len).sum::<usize>() + self.loose.len()
    }
}

/// Clusters as planned: names, descriptions and keyword ids, largest first.
#[derive(Debug, Default)]
pub struct Plan {
    clusters: Vec<PlannedCluster>,
    keywords: u64,
}

#[derive(Debug)]
struct PlannedCluster {
    name: String,
    description: Option<String>,
    keywords: Vec<KeywordId>,
}

/// The model's answer. Ids are the call's own indexes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClusterAnswer {
    /// The clusters.
    clusters: Vec<ClusterOfAnswer>,
    /// Ids that fit no cluster.
    unclustered: Vec<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClusterOfAnswer {
    /// Two to five words.
    name: String,
    /// What its searchers want, in one sentence.
    description: String,
    /// Ids of its keywords.
    keyword_ids: Vec<usize>,
}

/// The function.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoClusterFunction;

#[async_trait]
impl AiFunction for AutoClusterFunction {
    type Input = AutoCluster;
    type Item = Pack;
    type Answer = Plan;
    type Output = Clustered;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: AutoCluster::FUNCTION,
            description: "Groups keywords of a sector into clusters",
            max_items: None,
            price: "1 credit per 10 keywords started",
            in_flight: 4,
        }
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Workload> {
        let (site, sector, keywords) = if input.ids.is_empty() {
            if input.import_id.is_none() && input.sector_id.is_none() {
                return Err(Error::invalid("ids", "give ids, import_id or sector_id"));
            }
            count_by_filter(cx, input).await?
        } else {
            let rows = selected(cx, input).await?;
            let (site, sector) = shared_place("ids", rows.iter().map(|keyword| keyword.place))?;
            let sector = sector.ok_or_else(|| Error::invalid("ids", "must be of one sector"))?;
            (site, sector, rows.len() as u64)
        };
        let calls = match input.mode_for(cx) {
            ClusteringMode::Lexical => 0,
            ClusteringMode::ModelRefined => keywords.div_ceil(KEYWORDS_A_CALL as u64) + 1,
        };
        Ok(Workload {
            site,
            sector: Some(sector),
            items: calls.max(1),
            estimate: cx.pricing().price(Operation::AutoCluster { keywords }),
            announced: Announced { ai_requests: calls, ..Announced::default() },
            // Two runs over one sector would cluster the same keywords and make rival clusters.
            subjects: vec![sector.as_uuid()],
        })
    }

    async fn prepare(&self, cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Vec<WorkItem<Pack>>> {
        let keywords = selected(cx, input).await?;
        let Some(first) = keywords.first() else {
            return Ok(Vec::new());
        };
        let (site, sector) = (first.place.site(), first.place.sector());
        let empty = || Pack { site, sector, groups: Vec::new(), loose: Vec::new(), priced_before: 0 };
        if input.mode_for(cx) == ClusteringMode::Lexical {
            let label = format!("{} keywords", keywords.len());
            return Ok(vec![WorkItem { key: "all".to_owned(), label, item: empty() }]);
        }
        let groups = cx.cluster(texts(&keywords), input.granularity).await?;
        let id_of = |index: &usize| keywords.get(*index).map(|keyword| keyword.id);
        let grouped = groups.groups.iter().map(|group| group.members.iter().filter_map(id_of).collect());
        let loose: Vec<KeywordId> = groups.unclustered.iter().filter_map(id_of).collect();
        Ok(pack(grouped, &loose, &empty())
            .into_iter()
            .zip(1_u32..)
            .map(|(item, number)| WorkItem {
                key: format!("pack-{number:04}"),
                label: format!("{} keywords", item.len()),
                item,
            })
            .collect())
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &AutoCluster,
        item: &Pack,
    ) -> Result<Ask<Plan>> {
        if item.len() == 0 {
            return lexical(cx, input).await.map(Ask::Computed);
        }
        let ids: Vec<KeywordId> = item.ids().collect();
        let rows: HashMap<KeywordId, Keyword> = keywords_by_id(cx.store(), cx.scope(), &ids)
            .await?
            .into_iter()
            .map(|keyword| (keyword.id, keyword))
            .collect();
        let mut index = 0_usize;
        let mut entry = |id: &KeywordId| {
            let own = index;
            index += 1;
            rows.get(id).map(|keyword| json!([own, keyword.keyword, keyword.volume]))
        };
        let mut groups: Vec<serde_json::Value> = Vec::new();
        for group in &item.groups {
            let keywords: Vec<_> = group.iter().filter_map(&mut entry).collect();
            groups.push(json!({"group": groups.len(), "keywords": keywords}));
        }
        for id in &item.loose {
            let keywords: Vec<_> = entry(id).into_iter().collect();
            groups.push(json!({"group": groups.len(), "keywords": keywords}));
        }
        let mut existing = clusters_of(cx, item.sector).await?;
        existing.sort_by_key(|cluster| std::cmp::Reverse(cluster.volume));
        let names: Vec<String> =
            existing.into_iter().take(NAMES_A_CALL).map(|cluster| cluster.name).collect();
        let data = json!({"groups": groups, "existing_clusters": names});
        let mut ask = TextAsk::answered_by::<ClusterAnswer>(PromptType::Clustering, "clusters", data);
        ask.strategy = cx.strategy(None, item.sector).await?;
        ask.temperature = Some(0.2);
        Ok(Ask::Text(Box::new(ask)))
    }

    fn parse_response(&self, _: &AutoCluster, item: &Pack, reply: Reply) -> Result<Plan, AnswerFault> {
        let (answer, _) = reply.json::<ClusterAnswer>()?;
        let ids: Vec<KeywordId> = item.ids().collect();
        place_each_once(answer, &ids)
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &AutoCluster,
        item: &Pack,
        plan: Plan,
    ) -> Result<Saved> {
        let known: HashSet<String> =
            clusters_of(cx, item.sector).await?.into_iter().map(|cluster| fold(&cluster.name)).collect();
        let mut room = room_for_clusters(cx).await?;
        let mut counted = Clustered::default();
        let mut changes = Changeset::new();
        let mut new_ids: HashMap<String, ClusterId> = HashMap::new();
        for planned in plan.clusters {
            let name = fold(&planned.name);
            let is_new = !known.contains(&name) && !new_ids.contains_key(&name);
            let size = planned.keywords.len() as u64;
            if is_new && room == 0 {
                counted.over_plan_limit += size;
                continue;
            }
            counted.clustered += size;
            let cluster = if let Some(id) = new_ids.get(&name) {
                *id
            } else {
                room -= u64::from(is_new);
                counted.clusters += 1;
                let cluster =
                    NewCluster { id: ClusterId::new(), name: planned.name, description: planned.description };
                new_ids.insert(name, cluster.id);
                let id = cluster.id;
                changes.push(Change::CreateCluster { site: item.site, sector: item.sector, cluster });
                id
            };
            changes.push(Change::PlaceKeywords { cluster, keywords: planned.keywords });
        }
        counted.unclustered = plan.keywords - counted.clustered;
        let price = |keywords| cx.pricing().price(Operation::AutoCluster { keywords });
        let credits = price(item.priced_before + plan.keywords) - price(item.priced_before);
        Ok(Saved { changes, credits, result: json!(counted) })
    }

    fn report(&self, _: &AutoCluster, items: &[FinishedItem]) -> Clustered {
        items.iter().filter_map(|item| serde_json::from_value::<Clustered>(item.result.clone()).ok()).fold(
            Clustered::default(),
            |sum, part| Clustered {
                clusters: sum.clusters + part.clusters,
                clustered: sum.clustered + part.clustered,
                unclustered: sum.unclustered + part.unclustered,
                over_plan_limit: sum.over_plan_limit + part.over_plan_limit,
            },
        )
    }
}

/// Site, sector and count of the keywords a filter selects, without reading them.
async fn count_by_filter(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<(SiteId, SectorId, u64)> {
    let query = KeywordQuery::filtered(input.filter()).page(Page::Number { number: 1, size: 1 });
    let page = cx.store().list_keywords(cx.scope(), &query).await?;
    let Some(first) = page.items.first() else {
        return Err(Error::invalid("ids", "there is no keyword here that is in no cluster yet"));
    };
    Ok((first.place.site(), first.place.sector(), page.total.unwrap_or(0)))
}

/// The keywords the input selects that are in no cluster.
async fn selected(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Vec<Keyword>> {
    if input.ids.is_empty() {
        return every_keyword(cx.store(), cx.scope(), input.filter()).await;
    }
    let found = keywords_by_id(cx.store(), cx.scope(), &input.ids).await?;
    let known: HashSet<KeywordId> = found.iter().map(|keyword| keyword.id).collect();
    check_found("ids", &input.ids, |id| known.contains(&id))?;
    let free: Vec<Keyword> = found
        .into_iter()
        .filter(|keyword| {
            keyword.clusters.is_empty()
                && matches!(keyword.status, KeywordStatus::New | KeywordStatus::Orphaned)
        })
        .collect();
    Ok(free)
}

fn texts(keywords: &[Keyword]) -> Vec<ClusterText> {
    keywords
        .iter()
        .map(|keyword| ClusterText {
            text: keyword.keyword.clone(),
            volume: keyword.volume.or(keyword.volume_high).map(u64::from),
            serp_urls: keyword.serp_urls.clone(),
        })
        .collect()
}

async fn lexical(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Plan> {
    let keywords = selected(cx, input).await?;
    let groups = cx.cluster(texts(&keywords), input.granularity).await?;
    let clusters = groups
        .groups
        .into_iter()
        .map(|group| PlannedCluster {
            name: group.name,
            description: (!group.shared_terms.is_empty())
                .then(|| format!("Keywords that share: {}", group.shared_terms.join(", "))),
            keywords: group
                .members
                .iter()
                .filter_map(|index| keywords.get(*index))
                .map(|keyword| keyword.id)
                .collect(),
        })
        .collect();
    Ok(Plan { clusters, keywords: keywords.len() as u64 })
}

/// Fills calls with whole groups as far as they fit; larger groups are cut, loose keywords come last.
fn pack(groups: impl Iterator<Item = Vec<KeywordId>>, loose: &[KeywordId], empty: &Pack) -> Vec<Pack> {
    let mut packs: Vec<Pack> = Vec::new();
    let mut current = empty.clone();
    let mut priced: u64 = 0;
    let mut close = |current: &mut Pack, packs: &mut Vec<Pack>| {
        if current.len() > 0 {
            let full = std::mem::replace(current, empty.clone());
            let size = full.len() as u64;
            packs.push(Pack { priced_before: priced, ..full });
            priced += size;
        }
    };
    for group in groups {
        for part in group.chunks(KEYWORDS_A_CALL) {
            if current.len() + part.len() > KEYWORDS_A_CALL {
                close(&mut current, &mut packs);
            }
            current.groups.push(part.to_vec());
        }
    }
    for id in loose {
        if current.len() == KEYWORDS_A_CALL {
            close(&mut current, &mut packs);
        }
        current.loose.push(*id);
    }
    close(&mut current, &mut packs);
    packs
}

/// Checks that no index is invented and gives every one its one place: a repeated index stays where it came first, a
/// missing one is unclustered.
fn place_each_once(answer: ClusterAnswer, ids: &[KeywordId]) -> Result<Plan, AnswerFault> {
    let used = answer.clusters.iter().flat_map(|cluster| &cluster.keyword_ids).chain(&answer.unclustered);
    let mut invented: Vec<usize> = used.copied().filter(|index| *index >= ids.len()).collect();
    invented.sort_unstable();
    invented.dedup();
    if !invented.is_empty() {
        invented.truncate(10);
        return Err(AnswerFault(format!(
            "these ids are not in the data: {invented:?}; the data's ids are 0 to {}",
            ids.len().saturating_sub(1)
        )));
    }
    let mut placed: HashSet<usize> = HashSet::new();
    let mut clusters = Vec::new();
    for cluster in answer.clusters {
        let keywords: Vec<KeywordId> = cluster
            .keyword_ids
            .into_iter()
            .filter(|index| placed.insert(*index))
            .filter_map(|index| ids.get(index).copied())
            .collect();
        let name: String = cluster.name.trim().chars().take(255).collect();
        if name.is_empty() {
            return Err(AnswerFault("a cluster has no name".to_owned()));
        }
        if !keywords.is_empty() {
            let description = Some(cluster.description.trim().to_owned()).filter(|text| !text.is_empty());
            clusters.push(PlannedCluster { name, description, keywords });
        }
    }
    if clusters.is_empty() && answer.unclustered.is_empty() && !ids.is_empty() {
        return Err(AnswerFault("the answer places no keyword at all".to_owned()));
    }
    Ok(Plan { clusters, keywords: ids.len() as u64 })
}

async fn clusters_of(cx: &FunctionContext<'_>, sector: SectorId) -> Result<Vec<Cluster>> {
    let filter = ClusterFilter { sector: Some(sector), ..ClusterFilter::default() };
    every(|page| {
        let query = ClusterQuery::filtered(filter.clone()).page(page);
        async move { cx.store().list_clusters(cx.scope(), &query).await }
    })
    .await
}

/// How many further clusters the plan allows.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<KeywordId> {
        (0..count).map(|_| KeywordId::new()).collect()
    }

    fn answer(clusters: &[&[usize]], unclustered: &[usize]) -> ClusterAnswer {
        ClusterAnswer {
            clusters: clusters
                .iter()
                .enumerate()
                .map(|(at, members)| ClusterOfAnswer {
                    name: format!("cluster {at}"),
                    description: String::new(),
                    keyword_ids: members.to_vec(),
                })
                .collect(),
            unclustered: unclustered.to_vec(),
        }
    }

    #[test]
    fn every_index_has_one_place() {
        let ids = ids(5);
        let plan = place_each_once(answer(&[&[0, 1], &[1, 2]], &[3]), &ids).unwrap();
        let placed: Vec<KeywordId> =
            plan.clusters.iter().flat_map(|cluster| cluster.keywords.clone()).collect();
        assert_eq!(placed, ids[..3]);
        assert_eq!(plan.keywords, 5);
        assert!(place_each_once(answer(&[&[0, 9]], &[]), &ids).is_err());
        assert!(place_each_once(answer(&[], &[77]), &ids).is_err());
        assert!(place_each_once(answer(&[], &[]), &ids).is_err());
    }

    #[test]
    fn packs_hold_whole_groups_and_are_priced_like_the_whole() {
        use crate::credits::CreditPricing;
        let site = SiteId::new();
        let empty =
            Pack { site, sector: SectorId::new(), groups: Vec::new(), loose: Vec::new(), priced_before: 0 };
        let groups = vec![ids(150), ids(60), ids(450), ids(3)];
        let loose = ids(237);
        let packs = pack(groups.into_iter(), &loose, &empty);
        assert_eq!(packs.iter().map(Pack::len).sum::<usize>(), 900);
        assert!(packs.iter().all(|pack| (1..=KEYWORDS_A_CALL).contains(&pack.len())));
        let prices = CreditPricing::default();
        let price = |keywords| prices.price(Operation::AutoCluster { keywords });
        let sum: i64 = packs
            .iter()
            .map(|pack| price(pack.priced_before + pack.len() as u64) - price(pack.priced_before))
            .sum();
        assert_eq!(sum, price(900));
    }
}
