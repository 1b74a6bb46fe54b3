//! auto_cluster: keywords of a sector into clusters, by their words, their result pages, or with a language model's help.
//! Keywords join the clusters that are there; none of the old ones moves. A model sees a short version of the list with
//! per-call indexes, never row ids, and never repeats keyword texts.

mod answer;
mod compact;
mod forecast;
mod pack;
mod plan;
mod request;
mod selection;

use async_trait::async_trait;
use serde_json::{Value, json};

pub use self::request::{AutoCluster, Clustered};

use self::answer::ClusterAnswer;
use self::forecast::EveryCall;
use self::pack::{Pack, Work};
use self::plan::{Plan, PlannedCluster, Target};
use super::selection::keywords_by_id;
use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, Reply, Saved, StartRequest,
    TextAsk, WorkItem, Workload,
};
use crate::clustering::{ClusteringMethod, Granularity};
use crate::credits::{CreditPricing, Operation};
use crate::error::{Error, Result};
use crate::ids::{KeywordId, SectorId};
use crate::pipeline::Keyword;
use crate::ports::{ClusterRequest, ClusterText, Groups};
use crate::runs::Announced;
use crate::settings::PromptType;

/// The most names of existing clusters one model call sees, the most searched clusters' first.
const NAMES_A_CALL: u32 = 100;

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
            in_flight: 4,
        }
    }

    fn price(&self, prices: &CreditPricing) -> String {
        format!("1 credit per {} keywords started", prices.keywords_per_credit)
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Workload> {
        let (site, sector, keywords) = selection::count(cx, input).await?;
        let forecast = match method(cx, input, sector).await? {
            ClusteringMethod::Lexical | ClusteringMethod::Serp => None,
            ClusteringMethod::ModelRefined => {
                let price = cx.text_model()?.price;
                let strategy = cx.strategy(None, sector).await?;
                let instruction =
                    cx.prompt(AutoCluster::FUNCTION, PromptType::Clustering, strategy.as_ref()).await?;
                let every_call = EveryCall {
                    instruction: instruction.prompt_value.chars().count(),
                    names: selection::clusters_in_use(cx, sector, NAMES_A_CALL).await?.len() as u64,
                };
                Some(forecast::forecast(keywords, every_call, price))
            }
        };
        let calls = forecast.map_or(0, |forecast| forecast.calls);
        Ok(Workload {
            site,
            sector: Some(sector),
            items: calls.max(1),
            estimate: cx.pricing().price(Operation::AutoCluster { keywords }),
            announced: Announced { ai_requests: calls, ..Announced::default() },
            forecast,
            // Two runs over one sector would cluster the same keywords and make rival clusters.
            subjects: vec![sector.as_uuid()],
            waiting_tasks: Vec::new(),
        })
    }

    async fn prepare(&self, cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Vec<WorkItem<Pack>>> {
        let keywords = selection::selected(cx, input).await?;
        let Some(place) = keywords.first().map(|first| first.place) else {
            return Ok(Vec::new());
        };
        let works = match method(cx, input, place.sector()).await? {
            ClusteringMethod::Lexical | ClusteringMethod::Serp => vec![Work::Here],
            ClusteringMethod::ModelRefined => refined(cx, input, place.sector(), &keywords).await?,
        };
        let item = |(number, pack): (u32, Pack)| {
            let (key, label) = match &pack.work {
                Work::Here => ("all".to_owned(), format!("{} keywords", keywords.len())),
                Work::Placed(plan) => ("placed".to_owned(), format!("{} keywords", plan.keywords)),
                Work::Asked(_) => {
                    let entries = pack.work.entries();
                    let all: usize = entries.iter().map(|family| family.len()).sum();
                    (format!("call-{number:04}"), format!("{} entries for {all} keywords", entries.len()))
                }
            };
            WorkItem { key, label, item: pack }
        };
        Ok((1..).zip(pack::packs(place.site(), place.sector(), works)).map(item).collect())
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &AutoCluster,
        item: &Pack,
    ) -> Result<Ask<Plan>> {
        let groups = match &item.work {
            Work::Here => return grouped_here(cx, input, item.sector).await.map(Ask::Computed),
            Work::Placed(plan) => return Ok(Ask::Computed(plan.clone())),
            Work::Asked(groups) => groups,
        };
        let existing = selection::clusters_in_use(cx, item.sector, NAMES_A_CALL).await?;
        let names: Vec<String> = existing.into_iter().map(|cluster| cluster.name).collect();
        let data = json!({
            "groups": shown(cx, groups).await?,
            "existing_clusters": names,
            "sector": cx.sector_name(item.sector).await?,
        });
        let mut ask = TextAsk::answered_by::<ClusterAnswer>(PromptType::Clustering, "clusters", data);
        ask.strategy = cx.strategy(None, item.sector).await?;
        ask.temperature = Some(0.2);
        Ok(Ask::Text(Box::new(ask)))
    }

    fn parse_response(&self, _: &AutoCluster, item: &Pack, reply: Reply) -> Result<Plan, AnswerFault> {
        let (answer, _) = reply.json::<ClusterAnswer>()?;
        answer.place_each_once(&item.work.entries())
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &AutoCluster,
        item: &Pack,
        plan: Plan,
    ) -> Result<Saved> {
        let price = |keywords| cx.pricing().price(Operation::AutoCluster { keywords });
        let credits = price(item.priced_before + plan.keywords) - price(item.priced_before);
        let (changes, counted) = plan.carry_out(cx, item.site, item.sector).await?;
        Ok(Saved { changes, credits, result: json!(counted), files: Vec::new() })
    }

    fn report(&self, _: &AutoCluster, items: &[FinishedItem]) -> Clustered {
        items
            .iter()
            .filter_map(|item| serde_json::from_value::<Clustered>(item.result.clone()).ok())
            .fold(Clustered::default(), std::ops::Add::add)
    }
}

/// By what a run groups: its own choice, else the sector's, else with the model's help when there is one that writes.
async fn method(cx: &FunctionContext<'_>, input: &AutoCluster, sector: SectorId) -> Result<ClusteringMethod> {
    if let Some(method) = input.method {
        return Ok(method);
    }
    if let Some(method) = cx.store().get_sector(cx.scope(), sector).await?.clustering {
        return Ok(method);
    }
    let writes = cx.text_model().is_ok_and(|model| model.capabilities.generative);
    Ok(if writes { ClusteringMethod::ModelRefined } else { ClusteringMethod::Lexical })
}

/// Groups the run's keywords without a language model.
async fn grouped_here(cx: &FunctionContext<'_>, input: &AutoCluster, sector: SectorId) -> Result<Plan> {
    let keywords = selection::selected(cx, input).await?;
    let method = method(cx, input, sector).await?;
    let texts: Vec<ClusterText> = keywords.iter().map(selection::text).collect();
    if method == ClusteringMethod::Serp && texts.iter().all(|text| text.serp_urls.is_empty()) {
        return Err(Error::invalid(
            "method",
            "`serp` needs the addresses that rank for each keyword: import them as serp_urls, or choose `lexical`",
        ));
    }
    let (ids, settled) = selection::settled(cx, sector).await?;
    let granularity = input.granularity;
    let groups = cx.cluster(method, ClusterRequest { texts, granularity, settled }).await?;
    let mut clusters = joining(&keywords, &groups, &ids);
    for group in &groups.groups {
        clusters.push(PlannedCluster::of_group(group, ids_of(&keywords, &group.members)));
    }
    Ok(Plan { clusters, keywords: keywords.len() as u64 })
}

/// Cuts a model-refined run: keywords that belong to clusters that are there join them unasked, the others are grouped by
/// their words and shown to the model in short.
async fn refined(
    cx: &FunctionContext<'_>,
    input: &AutoCluster,
    sector: SectorId,
    keywords: &[Keyword],
) -> Result<Vec<Work>> {
    let method = ClusteringMethod::ModelRefined;
    let texts: Vec<ClusterText> = keywords.iter().map(selection::text).collect();
    let (ids, settled) = selection::settled(cx, sector).await?;
    let (texts_again, granularity) = (texts.clone(), input.granularity);
    let rough = cx.cluster(method, ClusterRequest { texts: texts_again, granularity, settled }).await?;
    let fine = if compact::is_read_whole(texts.len()) {
        Groups::default()
    } else {
        let (texts, granularity) = (texts.clone(), Granularity::Fine);
        cx.cluster(method, ClusterRequest { texts, granularity, settled: Vec::new() }).await?
    };
    let compacted = compact::compact(&texts, &rough, &fine);
    let mut clusters = joining(keywords, &rough, &ids);
    for group in compacted.kept.iter().filter_map(|group| rough.groups.get(*group)) {
        clusters.push(PlannedCluster::of_group(group, ids_of(keywords, &group.members)));
    }
    let placed: usize = clusters.iter().map(|cluster| cluster.keywords.len()).sum();
    let placed = Plan { clusters, keywords: (placed + compacted.left_out) as u64 };
    let asked = compacted
        .groups
        .iter()
        .map(|families| families.iter().map(|family| ids_of(keywords, family)).collect())
        .collect();
    let mut works = Vec::new();
    if placed.keywords > 0 {
        works.push(Work::Placed(placed));
    }
    works.extend(pack::calls(asked));
    Ok(works)
}

/// The keywords that join clusters that are there, by cluster.
fn joining(keywords: &[Keyword], groups: &Groups, ids: &[crate::ids::ClusterId]) -> Vec<PlannedCluster> {
    let mut joined: Vec<(usize, usize)> =
        groups.joined.iter().map(|(keyword, home)| (*home, *keyword)).collect();
    joined.sort_unstable();
    joined
        .chunk_by(|(one, _), (other, _)| one == other)
        .filter_map(|members| {
            let (home, _) = members.first()?;
            let members: Vec<usize> = members.iter().map(|(_, keyword)| *keyword).collect();
            Some(PlannedCluster {
                into: Target::Existing(*ids.get(*home)?),
                keywords: ids_of(keywords, &members),
            })
        })
        .collect()
}

fn ids_of(keywords: &[Keyword], indexes: &[usize]) -> Vec<KeywordId> {
    indexes.iter().filter_map(|index| keywords.get(*index)).map(|keyword| keyword.id).collect()
}

/// The groups as the model reads them: entries `[id, text]`, or `[id, text, more]` where an entry stands for further keywords.
async fn shown(cx: &FunctionContext<'_>, groups: &[Vec<Vec<KeywordId>>]) -> Result<Vec<Vec<Value>>> {
    let heads: Vec<KeywordId> =
        groups.iter().flatten().filter_map(|family| family.first().copied()).collect();
    let texts: std::collections::HashMap<KeywordId, String> = keywords_by_id(cx.store(), cx.scope(), &heads)
        .await?
        .into_iter()
        .map(|keyword| (keyword.id, keyword.keyword))
        .collect();
    let mut ids = 0_usize..;
    let mut entry = |family: &Vec<KeywordId>| {
        let id = ids.next()?;
        let text = texts.get(family.first()?)?;
        Some(if family.len() > 1 { json!([id, text, family.len() - 1]) } else { json!([id, text]) })
    };
    Ok(groups.iter().map(|families| families.iter().filter_map(&mut entry).collect()).collect())
}
