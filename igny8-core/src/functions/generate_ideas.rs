//! generate_ideas: what to write for each cluster, without repeating what the site has.

use std::collections::BTreeSet;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::function::{check_count, check_found, shared_place};
use super::selection::every;
use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, Reply, Saved, StartRequest,
    TextAsk, WorkItem, Workload,
};
use crate::credits::{CreditPricing, Operation};
use crate::error::Result;
use crate::ids::{AuthorProfileId, ClusterId, IdeaId, SectorId, SiteId, StrategyId};
use crate::paging::{Direction, Page};
use crate::pipeline::{
    Cluster, ClusterFilter, ClusterQuery, ClusterStatus, ContentFilter, ContentQuery, IdeaFilter, IdeaQuery,
    KeywordField, KeywordFilter, KeywordQuery, MAX_WORDS, MIN_WORDS, NewIdea, TaskFilter, TaskQuery,
};
use crate::runs::{Announced, Change, Changeset};
use crate::settings::PromptType;
use crate::vocabulary::{ContentStructure, ContentType};

/// Keywords of a cluster that a call sees, the most searched first.
const KEYWORDS_A_CALL: u32 = 60;
/// Titles of the site that a call sees, the newest first.
const TITLES_A_CALL: usize = 100;
/// The most ideas of one answer that are kept.
const MOST_IDEAS: usize = 5;
/// Two titles whose words overlap at least this much say the same.
const SAME_TITLE: f64 = 0.8;

/// Starts `generate_ideas` for clusters of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateIdeas {
    /// The clusters.
    #[serde(rename = "ids")]
    pub clusters: Vec<ClusterId>,
    /// Whose language the ideas are in, instead of the sector's author.
    pub author_profile: Option<AuthorProfileId>,
    /// The strategy to follow, instead of the sector's.
    pub strategy: Option<StrategyId>,
}

impl GenerateIdeas {
    /// Ideas for these clusters.
    #[must_use]
    pub fn for_clusters(clusters: Vec<ClusterId>) -> Self {
        Self { clusters, ..Self::default() }
    }
}

impl StartRequest for GenerateIdeas {
    const FUNCTION: &'static str = "generate_ideas";
    type Output = Ideated;
}

/// What `generate_ideas` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ideated {
    /// The new ideas.
    pub ideas: Vec<IdeaId>,
    /// Proposals that say what the site has already.
    pub dropped: Vec<DroppedIdea>,
}

/// A proposal that was dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedIdea {
    /// Its title.
    pub title: String,
    /// The title of the site's that it repeats.
    pub like: String,
}

/// One cluster to find ideas for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdeaItem {
    site: SiteId,
    sector: SectorId,
    cluster: ClusterId,
    /// The keywords the call sees; their places are its indexes.
    keywords: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdeasAnswer {
    /// Three to five ideas.
    ideas: Vec<IdeaOfAnswer>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdeaOfAnswer {
    /// At most 70 characters.
    title: String,
    /// One or two sentences.
    description: String,
    /// One of the allowed content types.
    content_type: String,
    /// One of the allowed structures.
    content_structure: String,
    /// Ids of the keywords it aims at, the most important first.
    target_keyword_ids: Vec<usize>,
    /// 300 to 5000.
    estimated_word_count: u32,
}

/// A checked answer.
#[derive(Debug)]
pub struct Proposals(Vec<NewIdea>);

/// The function.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenerateIdeasFunction;

#[async_trait]
impl AiFunction for GenerateIdeasFunction {
    type Input = GenerateIdeas;
    type Item = IdeaItem;
    type Answer = Proposals;
    type Output = Ideated;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: GenerateIdeas::FUNCTION,
            description: "Finds content ideas for clusters",
            max_items: Some(50),
            in_flight: 4,
        }
    }

    fn price(&self, prices: &CreditPricing) -> String {
        format!("{} per cluster", CreditPricing::in_words(prices.per_idea_cluster))
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &GenerateIdeas) -> Result<Workload> {
        check_count("ids", input.clusters.len(), &self.spec())?;
        cx.text_model()?;
        let clusters = clusters(cx, input).await?;
        check_found("ids", &input.clusters, |id| clusters.iter().any(|cluster| cluster.id == id))?;
        cx.check_choices(input.author_profile, input.strategy).await?;
        let (site, sector) = shared_place("ids", clusters.iter().map(|cluster| cluster.place))?;
        let count = clusters.len() as u64;
        Ok(Workload {
            site,
            sector,
            items: count,
            estimate: cx.pricing().price(Operation::GenerateIdeas { clusters: count }),
            announced: Announced { ai_requests: count, ..Announced::default() },
            forecast: None,
            subjects: clusters.iter().map(|cluster| cluster.id.as_uuid()).collect(),
            waiting_tasks: Vec::new(),
        })
    }

    async fn prepare(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateIdeas,
    ) -> Result<Vec<WorkItem<IdeaItem>>> {
        let mut items = Vec::new();
        for cluster in clusters(cx, input).await? {
            let query = KeywordQuery::filtered(KeywordFilter::cluster(cluster.id))
                .order_by(KeywordField::Volume, Direction::Descending)
                .page(Page::first(KEYWORDS_A_CALL));
            let keywords = cx.store().list_keywords(cx.scope(), &query).await?.items;
            items.push(WorkItem {
                key: cluster.id.to_string(),
                label: cluster.name.clone(),
                item: IdeaItem {
                    site: cluster.place.site(),
                    sector: cluster.place.sector(),
                    cluster: cluster.id,
                    keywords: keywords.into_iter().map(|keyword| keyword.keyword).collect(),
                },
            });
        }
        Ok(items)
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateIdeas,
        item: &IdeaItem,
    ) -> Result<Ask<Proposals>> {
        let cluster = cx.store().get_cluster(cx.scope(), item.cluster).await?;
        let query = KeywordQuery::filtered(KeywordFilter::cluster(item.cluster))
            .order_by(KeywordField::Volume, Direction::Descending)
            .page(Page::first(KEYWORDS_A_CALL));
        let rows = cx.store().list_keywords(cx.scope(), &query).await?.items;
        let facts = |text: &String| rows.iter().find(|keyword| keyword.keyword == *text);
        let keywords: Vec<_> = item
            .keywords
            .iter()
            .enumerate()
            .map(|(id, text)| {
                let facts = facts(text);
                json!({
                    "id": id,
                    "keyword": text,
                    "volume": facts.and_then(|keyword| keyword.volume),
                    "difficulty": facts.and_then(|keyword| keyword.difficulty),
                    "intents": facts.map(|keyword| keyword.intents.clone()).unwrap_or_default(),
                })
            })
            .collect();
        let author = cx.author_profile(input.author_profile, item.sector).await?;
        let mut titles = site_titles(cx, item.site).await?;
        titles.truncate(TITLES_A_CALL);
        let vocabularies = cx.vocabularies();
        let data = json!({
            "cluster": {"name": cluster.name, "description": cluster.description},
            "keywords": keywords,
            "existing_titles": titles,
            "ideas_wanted": {"min": 3, "max": MOST_IDEAS},
            "sector": cx.sector_name(item.sector).await?,
            "language": author.map_or_else(|| "en".to_owned(), |author| author.language),
            "content_types": vocabularies.content_types().collect::<Vec<_>>(),
            "content_structures": vocabularies.content_structures().collect::<Vec<_>>(),
        });
        let mut ask = TextAsk::answered_by::<IdeasAnswer>(PromptType::Ideas, "ideas", data);
        ask.strategy = cx.strategy(input.strategy, item.sector).await?;
        Ok(Ask::Text(Box::new(ask)))
    }

    fn parse_response(
        &self,
        _: &GenerateIdeas,
        item: &IdeaItem,
        reply: Reply,
    ) -> Result<Proposals, AnswerFault> {
        let (answer, _) = reply.json::<IdeasAnswer>()?;
        if answer.ideas.is_empty() {
            return Err(AnswerFault("the answer holds no idea".to_owned()));
        }
        let mut proposals = Vec::new();
        for idea in answer.ideas.into_iter().take(MOST_IDEAS) {
            let mut targets = Vec::new();
            for id in idea.target_keyword_ids {
                let keyword = item.keywords.get(id).ok_or_else(|| {
                    AnswerFault(format!(
                        "there is no keyword {id}; ids are 0 to {}",
                        item.keywords.len().saturating_sub(1)
                    ))
                })?;
                if !targets.contains(keyword) {
                    targets.push(keyword.clone());
                }
            }
            if targets.is_empty() {
                targets.extend(item.keywords.first().cloned());
            }
            let title = idea.title.trim();
            if title.is_empty() {
                return Err(AnswerFault("an idea has no title".to_owned()));
            }
            proposals.push(NewIdea {
                id: IdeaId::new(),
                title: title.chars().take(255).collect(),
                description: idea.description.trim().to_owned(),
                content_type: ContentType::new(idea.content_type),
                content_structure: ContentStructure::new(idea.content_structure),
                target_keywords: targets,
                cluster: Some(item.cluster),
                estimated_word_count: idea.estimated_word_count.clamp(MIN_WORDS, MAX_WORDS),
            });
        }
        Ok(Proposals(proposals))
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &GenerateIdeas,
        item: &IdeaItem,
        Proposals(proposals): Proposals,
    ) -> Result<Saved> {
        let mut taken: Vec<(String, BTreeSet<String>)> = site_titles(cx, item.site)
            .await?
            .into_iter()
            .map(|title| {
                let words = title_words(&title);
                (title, words)
            })
            .collect();
        let mut done = Ideated::default();
        let mut changes = Changeset::new();
        for mut idea in proposals {
            let words = title_words(&idea.title);
            if let Some((like, _)) = taken.iter().find(|(_, other)| overlap(&words, other) >= SAME_TITLE) {
                done.dropped.push(DroppedIdea { title: idea.title, like: like.clone() });
                continue;
            }
            // A host's own vocabulary may lack a word that a model chose: the idea is worth more than the word.
            if cx.vocabularies().check_content_type(&idea.content_type).is_err() {
                idea.content_type = ContentType::BLOG;
            }
            if cx.vocabularies().check_content_structure(&idea.content_structure).is_err() {
                idea.content_structure = ContentStructure::GUIDE;
            }
            taken.push((idea.title.clone(), words));
            done.ideas.push(idea.id);
            changes.push(Change::CreateIdea { site: item.site, sector: item.sector, idea });
        }
        changes.push(Change::MoveCluster { cluster: item.cluster, to: ClusterStatus::Finalized });
        let clusters = u64::from(!done.ideas.is_empty());
        let credits = cx.pricing().price(Operation::GenerateIdeas { clusters });
        Ok(Saved { changes, credits, result: json!(done), files: Vec::new() })
    }

    fn report(&self, _: &GenerateIdeas, items: &[FinishedItem]) -> Ideated {
        let mut all = Ideated::default();
        for item in items {
            if let Ok(part) = serde_json::from_value::<Ideated>(item.result.clone()) {
                all.ideas.extend(part.ideas);
                all.dropped.extend(part.dropped);
            }
        }
        all
    }
}

/// The clusters of the input that are there, in its order.
async fn clusters(cx: &FunctionContext<'_>, input: &GenerateIdeas) -> Result<Vec<Cluster>> {
    let filter = ClusterFilter { ids: Some(input.clusters.clone()), ..ClusterFilter::default() };
    let mut found = every(|page| {
        let query = ClusterQuery::filtered(filter.clone()).page(page);
        async move { cx.store().list_clusters(cx.scope(), &query).await }
    })
    .await?;
    found.sort_by_key(|cluster| input.clusters.iter().position(|id| *id == cluster.id));
    Ok(found)
}

/// Titles of the site's ideas, tasks and articles, newest first within each. An article's is seldom its task's: whoever
/// wrote it chose a better one.
async fn site_titles(cx: &FunctionContext<'_>, site: SiteId) -> Result<Vec<String>> {
    let ideas = IdeaFilter { site: Some(site), ..IdeaFilter::default() };
    let tasks = TaskFilter { site: Some(site), ..TaskFilter::default() };
    let contents = ContentFilter { site: Some(site), ..ContentFilter::default() };
    let (store, scope) = (cx.store(), cx.scope());
    let mut titles = every(|page| {
        let query = IdeaQuery::filtered(ideas.clone()).page(page);
        async move { Ok(store.list_ideas(scope, &query).await?.map(|idea| idea.title)) }
    })
    .await?;
    titles.extend(
        every(|page| {
            let query = TaskQuery::filtered(tasks.clone()).page(page);
            async move { Ok(store.list_tasks(scope, &query).await?.map(|task| task.title)) }
        })
        .await?,
    );
    titles.extend(
        every(|page| {
            let query = ContentQuery::filtered(contents.clone()).page(page);
            async move { Ok(store.list_contents(scope, &query).await?.map(|content| content.draft.title)) }
        })
        .await?,
    );
    let mut seen = BTreeSet::new();
    titles.retain(|title| seen.insert(title.clone()));
    Ok(titles)
}

fn title_words(title: &str) -> BTreeSet<String> {
    title
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Shared words over all words of both titles.
fn overlap(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let shared = one.intersection(other).count();
    let all = one.len() + other.len() - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_titles_say_the_same() {
        let same = |one: &str, other: &str| overlap(&title_words(one), &title_words(other)) >= SAME_TITLE;
        assert!(same("How to Brew Green Tea", "how to brew green tea?"));
        assert!(!same("How to Brew Green Tea", "Green Tea Benefits"));
    }

    #[test]
    fn invented_keyword_ids_are_refused() {
        let item = IdeaItem {
            site: SiteId::new(),
            sector: SectorId::new(),
            cluster: ClusterId::new(),
            keywords: vec!["tea".to_owned()],
        };
        let reply = |ids: &[usize]| Reply::Text {
            json: json!({"ideas": [{
                "title": "Tea", "description": "", "content_type": "blog", "content_structure": "guide",
                "target_keyword_ids": ids, "estimated_word_count": 99_999,
            }]}),
            written_by: "m".to_owned(),
        };
        let function = GenerateIdeasFunction;
        assert!(function.parse_response(&GenerateIdeas::default(), &item, reply(&[1])).is_err());
        let Proposals(ideas) =
            function.parse_response(&GenerateIdeas::default(), &item, reply(&[0])).unwrap();
        assert_eq!(ideas[0].estimated_word_count, MAX_WORDS);
    }
}
