//! generate_content: a task into an article, cleaned, counted and scored before it is saved as a revision.

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
use crate::article::{SeoInput, normalize_content, seo_report, word_count};
use crate::credits::{CreditPricing, Credits, Operation};
use crate::error::{Error, Result, RunFailure};
use crate::ids::{AuthorProfileId, ContentId, IdeaId, SectorId, StrategyId, TaskId};
use crate::paging::{Direction, Page};
use crate::pipeline::{
    Draft, IdeaStatus, KeywordField, KeywordFilter, KeywordQuery, Task, TaskFilter, TaskQuery, TaskStatus,
};
use crate::runs::{Announced, Change, Changeset};
use crate::settings::{PromptType, Strategy};

/// Keywords of the task's cluster that a call sees, the most searched first.
const CLUSTER_KEYWORDS: u32 = 40;
/// Tokens a call may write for each word it is asked for: room for mark-up and for languages with long tokens.
const TOKENS_A_WORD: u32 = 4;

/// Starts `generate_content` for tasks of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateContent {
    /// The tasks.
    #[serde(rename = "ids")]
    pub tasks: Vec<TaskId>,
    /// Who writes, instead of the sector's author.
    pub author_profile: Option<AuthorProfileId>,
    /// The strategy to follow, instead of the sector's.
    pub strategy: Option<StrategyId>,
}

impl GenerateContent {
    /// Articles for these tasks.
    #[must_use]
    pub fn for_tasks(tasks: Vec<TaskId>) -> Self {
        Self { tasks, ..Self::default() }
    }
}

impl StartRequest for GenerateContent {
    const FUNCTION: &'static str = "generate_content";
    type Output = Written;
}

/// What `generate_content` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The articles, in the order of their tasks.
    pub articles: Vec<WrittenArticle>,
}

/// One article that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenArticle {
    /// Its task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Words of its visible text.
    pub word_count: u32,
    /// Whether the words are within 20 % of what was asked.
    pub within_word_target: bool,
    /// 0 to 100.
    pub seo_score: u8,
    /// What it cost.
    pub credits: Credits,
}

/// One task to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskItem {
    sector: SectorId,
    task: TaskId,
    idea: Option<IdeaId>,
    words: u32,
    keywords: Vec<String>,
    /// The id the article gets, so that a repeated save makes the same row.
    content: ContentId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ArticleAnswer {
    /// The headline.
    title: String,
    /// The body.
    html: String,
    /// At most 60 characters.
    meta_title: String,
    /// 120 to 160 characters.
    meta_description: String,
    /// The keyword it aims at.
    primary_keyword: String,
    /// Other keywords it uses.
    secondary_keywords: Vec<String>,
}

/// The function.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenerateContentFunction;

#[async_trait]
impl AiFunction for GenerateContentFunction {
    type Input = GenerateContent;
    type Item = TaskItem;
    type Answer = Draft;
    type Output = Written;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: GenerateContent::FUNCTION,
            description: "Writes the articles of tasks",
            max_items: Some(50),
            in_flight: 4,
        }
    }

    fn price(&self, prices: &CreditPricing) -> String {
        format!(
            "1 credit per {} words produced, at least {} an article",
            prices.words_per_credit, prices.least_per_content
        )
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &GenerateContent) -> Result<Workload> {
        check_count("ids", input.tasks.len(), &self.spec())?;
        cx.text_model()?;
        let tasks = tasks(cx, input).await?;
        check_found("ids", &input.tasks, |id| tasks.iter().any(|task| task.id == id))?;
        for task in &tasks {
            check_writable(task)?;
        }
        cx.check_choices(input.author_profile, input.strategy).await?;
        let (site, sector) = shared_place("ids", tasks.iter().map(|task| task.place))?;
        let price = |task: &Task| {
            cx.pricing().price(Operation::GenerateContent { words: u64::from(task.word_count) })
        };
        let count = tasks.len() as u64;
        Ok(Workload {
            site,
            sector,
            items: count,
            estimate: tasks.iter().map(price).sum(),
            announced: Announced {
                ai_requests: count,
                words: tasks.iter().map(|task| u64::from(task.word_count)).sum(),
                images: 0,
            },
            forecast: None,
            subjects: tasks.iter().map(|task| task.id.as_uuid()).collect(),
            waiting_tasks: tasks.iter().map(|task| task.id).collect(),
        })
    }

    async fn prepare(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateContent,
    ) -> Result<Vec<WorkItem<TaskItem>>> {
        Ok(tasks(cx, input)
            .await?
            .into_iter()
            .map(|task| WorkItem {
                key: task.id.to_string(),
                label: task.title,
                item: TaskItem {
                    sector: task.place.sector(),
                    task: task.id,
                    idea: task.idea,
                    words: task.word_count,
                    keywords: task.keywords,
                    content: ContentId::new(),
                },
            })
            .collect())
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateContent,
        item: &TaskItem,
    ) -> Result<Ask<Draft>> {
        let task = cx.store().get_task(cx.scope(), item.task).await?;
        let cluster = match task.cluster {
            Some(id) => {
                let cluster = cx.store().get_cluster(cx.scope(), id).await?;
                let query = KeywordQuery::filtered(KeywordFilter::cluster(id))
                    .order_by(KeywordField::Volume, Direction::Descending)
                    .page(Page::first(CLUSTER_KEYWORDS));
                let keywords = cx.store().list_keywords(cx.scope(), &query).await?.items;
                let keywords: Vec<String> = keywords.into_iter().map(|keyword| keyword.keyword).collect();
                Some(json!({"name": cluster.name, "keywords": keywords}))
            }
            None => None,
        };
        let strategy = cx.strategy(input.strategy, item.sector).await?;
        let author = cx.author_profile(input.author_profile, item.sector).await?;
        let language = author.as_ref().map_or("en", |author| author.language.as_str()).to_owned();
        let keywords =
            if item.keywords.is_empty() { vec![task.title.clone()] } else { item.keywords.clone() };
        let data = json!({
            "task": {
                "title": task.title,
                "description": task.description,
                "content_type": task.content_type,
                "content_structure": task.content_structure,
                "word_count": item.words,
            },
            "keywords": keywords,
            "cluster": cluster,
            "author": author.map(|author| json!({
                "name": author.name, "description": author.description, "tone": author.tone,
            })),
            "language": language,
            "sector": cx.sector_name(item.sector).await?,
            "sections": strategy.as_ref().map(Strategy::sections).unwrap_or_default(),
        });
        let mut ask = TextAsk::answered_by::<ArticleAnswer>(PromptType::ContentGeneration, "article", data);
        ask.strategy = strategy;
        ask.max_output_tokens = Some(item.words.saturating_mul(TOKENS_A_WORD).max(4_000));
        Ok(Ask::Text(Box::new(ask)))
    }

    fn parse_response(
        &self,
        _: &GenerateContent,
        item: &TaskItem,
        reply: Reply,
    ) -> Result<Draft, AnswerFault> {
        let (answer, written_by) = reply.json::<ArticleAnswer>()?;
        let html = normalize_content(&answer.html);
        let words = word_count(&html);
        let title: String = answer.title.trim().chars().take(255).collect();
        if title.is_empty() {
            return Err(AnswerFault("the article has no title".to_owned()));
        }
        if words == 0 {
            return Err(AnswerFault("the article has no text".to_owned()));
        }
        let primary = first_text([
            answer.primary_keyword.as_str(),
            item.keywords.first().map_or("", String::as_str),
            &title,
        ]);
        let meta_title = fit(first_text([&answer.meta_title, &title, ""]), 60);
        let meta_description = fit(answer.meta_description.trim(), 160);
        let seo = seo_report(&SeoInput {
            title: &title,
            html: &html,
            meta_title: &meta_title,
            meta_description: &meta_description,
            primary_keyword: primary,
            secondary_keywords: &answer.secondary_keywords,
            target_words: Some(item.words),
        });
        Ok(Draft {
            within_word_target: words.abs_diff(item.words) * 5 <= item.words,
            word_count: words,
            meta_title: Some(meta_title),
            meta_description: Some(meta_description).filter(|text| !text.is_empty()),
            primary_keyword: Some(primary.chars().take(255).collect()),
            secondary_keywords: answer.secondary_keywords,
            html_content: html,
            seo,
            written_by,
            title,
        })
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &GenerateContent,
        item: &TaskItem,
        draft: Draft,
    ) -> Result<Saved> {
        let credits = cx.pricing().price(Operation::GenerateContent { words: u64::from(draft.word_count) });
        let result = WrittenArticle {
            task: item.task,
            title: draft.title.clone(),
            word_count: draft.word_count,
            within_word_target: draft.within_word_target,
            seo_score: draft.seo.score,
            credits,
        };
        let mut changes = Changeset::new()
            .with(Change::SaveDraft {
                task: item.task,
                content: item.content,
                draft: Box::new(draft),
                run: None,
            })
            .with(Change::MoveTask { task: item.task, to: TaskStatus::Generated });
        if let Some(idea) = item.idea {
            changes.push(Change::MoveIdea { idea, to: IdeaStatus::Used });
        }
        Ok(Saved { changes, credits, result: json!(result), files: Vec::new() })
    }

    fn record_failure(&self, item: &TaskItem, _: &RunFailure) -> Changeset {
        Changeset::new().with(Change::MoveTask { task: item.task, to: TaskStatus::Failed })
    }

    fn report(&self, _: &GenerateContent, items: &[FinishedItem]) -> Written {
        let articles =
            items.iter().filter_map(|item| serde_json::from_value(item.result.clone()).ok()).collect();
        Written { articles }
    }
}

/// The tasks of the input that are there, in its order.
async fn tasks(cx: &FunctionContext<'_>, input: &GenerateContent) -> Result<Vec<Task>> {
    let filter = TaskFilter { ids: Some(input.tasks.clone()), ..TaskFilter::default() };
    let mut found = every(|page| {
        let query = TaskQuery::filtered(filter.clone()).page(page);
        async move { cx.store().list_tasks(cx.scope(), &query).await }
    })
    .await?;
    found.sort_by_key(|task| input.tasks.iter().position(|id| *id == task.id));
    Ok(found)
}

fn check_writable(task: &Task) -> Result<()> {
    match task.status {
        TaskStatus::Published | TaskStatus::Cancelled => Err(Error::IllegalMove {
            what: "task",
            from: task.status.to_string(),
            to: TaskStatus::Queued.to_string(),
        }),
        _ => Ok(()),
    }
}

fn first_text<const N: usize>(candidates: [&str; N]) -> &str {
    candidates.into_iter().map(str::trim).find(|text| !text.is_empty()).unwrap_or_default()
}

/// The text cut to at most `most` characters, at the end of a word where there is one.
fn fit(text: &str, most: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let kept = text.get(..cut).unwrap_or_default();
    let at_word = text.get(cut..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let kept =
        if at_word { kept } else { kept.rsplit_once(char::is_whitespace).map_or(kept, |(head, _)| head) };
    kept.trim_end_matches(|character: char| !character.is_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(words: u32) -> TaskItem {
        TaskItem {
            sector: SectorId::new(),
            task: TaskId::new(),
            idea: None,
            words,
            keywords: vec!["green tea".to_owned()],
            content: ContentId::new(),
        }
    }

    fn reply(html: &str) -> Reply {
        Reply::Text {
            json: json!({
                "title": " Green Tea ", "html": html, "meta_title": "x".repeat(80),
                "meta_description": "word ".repeat(60), "primary_keyword": "", "secondary_keywords": [],
            }),
            written_by: "m".to_owned(),
        }
    }

    #[test]
    fn a_draft_is_clean_counted_and_within_its_lengths() {
        let html = format!("<p onclick=\"x()\">{}</p><script>alert(1)</script>", "tea ".repeat(390));
        let draft = GenerateContentFunction
            .parse_response(&GenerateContent::default(), &item(300), reply(&html))
            .unwrap();
        assert_eq!(draft.check(), Ok(()));
        assert!(!draft.html_content.contains("script") && !draft.html_content.contains("onclick"));
        assert_eq!((draft.word_count, draft.within_word_target), (390, false));
        assert_eq!(draft.primary_keyword.as_deref(), Some("green tea"));
    }

    #[test]
    fn an_article_without_text_is_no_article() {
        for html in ["", "<p></p>", "<script>many words but none to see</script>"] {
            let refused =
                GenerateContentFunction.parse_response(&GenerateContent::default(), &item(300), reply(html));
            assert!(refused.is_err(), "{html}");
        }
    }

    #[test]
    fn twenty_percent_either_way_is_within_the_target() {
        for (words, within) in [(799, false), (800, true), (1_200, true), (1_201, false)] {
            let draft = GenerateContentFunction
                .parse_response(&GenerateContent::default(), &item(1_000), reply(&"tea ".repeat(words)))
                .unwrap();
            assert_eq!((draft.word_count as usize, draft.within_word_target), (words, within));
        }
    }

    #[test]
    fn texts_are_cut_at_words() {
        assert_eq!(fit("green tea, brewed", 11), "green tea");
        assert_eq!(fit("green tea", 9), "green tea");
        assert_eq!(fit("unbreakable", 4), "unbr");
    }
}
