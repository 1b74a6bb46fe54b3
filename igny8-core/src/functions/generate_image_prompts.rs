//! generate_image_prompts: an article into image rows that have a prompt and no file yet.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::function::{check_count, check_found, shared_place};
use super::selection::every;
use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, ImageGeneration, Reply, Saved,
    StartRequest, TextAsk, WorkItem, Workload,
};
use crate::article::Outline;
use crate::credits::{CreditPricing, Operation};
use crate::error::{Error, Result};
use crate::ids::{ContentId, ImageId, SectorId, SiteId, StrategyId};
use crate::paging::Page;
use crate::pipeline::{
    Content, ContentFilter, ContentQuery, ImageFilter, ImageOwner, ImageQuery, ImageType, NewImage,
};
use crate::runs::{Announced, Change, Changeset};
use crate::settings::PromptType;

/// Starts `generate_image_prompts` for articles of one site that have no images yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateImagePrompts {
    /// The articles.
    #[serde(rename = "ids")]
    pub contents: Vec<ContentId>,
    /// The strategy to follow, instead of the sector's.
    pub strategy: Option<StrategyId>,
}

impl GenerateImagePrompts {
    /// Image prompts for these articles.
    #[must_use]
    pub fn for_contents(contents: Vec<ContentId>) -> Self {
        Self { contents, ..Self::default() }
    }
}

impl StartRequest for GenerateImagePrompts {
    const FUNCTION: &'static str = "generate_image_prompts";
    type Output = ImagePromptsWritten;
}

/// What `generate_image_prompts` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePromptsWritten {
    /// The new images, featured ones first within each article.
    pub images: Vec<ImageId>,
}

/// One article to find images for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentItem {
    site: SiteId,
    sector: SectorId,
    content: ContentId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PromptsAnswer {
    /// The image that heads the article.
    featured: PictureOfAnswer,
    /// Images for single sections.
    in_article: Vec<SectionPictureOfAnswer>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PictureOfAnswer {
    /// What it shows.
    prompt: String,
    /// Text for those who do not see it.
    alt: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SectionPictureOfAnswer {
    /// The section's heading.
    heading: String,
    /// What it shows.
    prompt: String,
    /// Text for those who do not see it.
    alt: String,
}

/// A checked answer.
#[derive(Debug)]
pub struct Pictures(PromptsAnswer);

/// The function.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenerateImagePromptsFunction;

#[async_trait]
impl AiFunction for GenerateImagePromptsFunction {
    type Input = GenerateImagePrompts;
    type Item = ContentItem;
    type Answer = Pictures;
    type Output = ImagePromptsWritten;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: GenerateImagePrompts::FUNCTION,
            description: "Writes image prompts for articles",
            max_items: Some(50),
            in_flight: 4,
        }
    }

    fn price(&self, prices: &CreditPricing) -> String {
        format!("{} per article", CreditPricing::in_words(prices.per_image_prompts))
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &GenerateImagePrompts) -> Result<Workload> {
        check_count("ids", input.contents.len(), &self.spec())?;
        cx.text_model()?;
        let contents = contents(cx, input).await?;
        check_found("ids", &input.contents, |id| contents.iter().any(|content| content.id == id))?;
        for content in &contents {
            check_imageless(cx, content.id).await?;
        }
        cx.check_choices(None, input.strategy).await?;
        let (site, sector) = shared_place("ids", contents.iter().map(|content| content.place))?;
        let count = contents.len() as u64;
        Ok(Workload {
            site,
            sector,
            items: count,
            estimate: cx.pricing().price(Operation::GenerateImagePrompts { contents: count }),
            announced: Announced { ai_requests: count, ..Announced::default() },
            forecast: None,
            subjects: contents.iter().map(|content| content.id.as_uuid()).collect(),
            waiting_tasks: Vec::new(),
        })
    }

    async fn prepare(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateImagePrompts,
    ) -> Result<Vec<WorkItem<ContentItem>>> {
        Ok(contents(cx, input)
            .await?
            .into_iter()
            .map(|content| WorkItem {
                key: content.id.to_string(),
                label: content.draft.title,
                item: ContentItem {
                    site: content.place.site(),
                    sector: content.place.sector(),
                    content: content.id,
                },
            })
            .collect())
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateImagePrompts,
        item: &ContentItem,
    ) -> Result<Ask<Pictures>> {
        check_imageless(cx, item.content).await?;
        let content = cx.store().get_content(cx.scope(), item.content).await?;
        let settings = ImageGeneration::of(cx).await?;
        let headings: Vec<String> = Outline::parse(&content.draft.html_content)
            .headings
            .into_iter()
            .map(|heading| heading.text)
            .collect();
        let data = json!({
            "content": {
                "title": content.draft.title,
                "html_outline": headings,
                "primary_keyword": content.draft.primary_keyword,
            },
            "max_in_article": settings.max_in_article_images,
            "style": settings.style,
            "sector": cx.sector_name(item.sector).await?,
        });
        let mut ask =
            TextAsk::answered_by::<PromptsAnswer>(PromptType::ImagePromptExtraction, "image_prompts", data);
        ask.strategy = cx.strategy(input.strategy, item.sector).await?;
        Ok(Ask::Text(Box::new(ask)))
    }

    fn parse_response(
        &self,
        _: &GenerateImagePrompts,
        _: &ContentItem,
        reply: Reply,
    ) -> Result<Pictures, AnswerFault> {
        let (answer, _) = reply.json::<PromptsAnswer>()?;
        let mut prompts = std::iter::once(&answer.featured.prompt)
            .chain(answer.in_article.iter().map(|picture| &picture.prompt));
        if prompts.any(|prompt| prompt.trim().is_empty()) {
            return Err(AnswerFault("an image has no prompt".to_owned()));
        }
        Ok(Pictures(answer))
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &GenerateImagePrompts,
        item: &ContentItem,
        Pictures(answer): Pictures,
    ) -> Result<Saved> {
        let settings = ImageGeneration::of(cx).await?;
        let mut images = Vec::new();
        let mut add = |image_type, position, heading, prompt: &str, alt: &str| {
            images.push(NewImage {
                id: ImageId::new(),
                owner: ImageOwner::Content(item.content),
                image_type,
                position,
                heading,
                prompt: prompt.trim().chars().take(4_000).collect(),
                alt: alt.trim().chars().take(255).collect(),
            });
        };
        let featured = &answer.featured;
        add(ImageType::Featured, 0, None, &featured.prompt, &featured.alt);
        if settings.desktop {
            add(ImageType::Desktop, 0, None, &featured.prompt, &featured.alt);
        }
        if settings.mobile {
            add(ImageType::Mobile, 0, None, &featured.prompt, &featured.alt);
        }
        let most = settings.max_in_article_images as usize;
        for (picture, position) in answer.in_article.into_iter().take(most).zip(0_u32..) {
            add(ImageType::InArticle, position, Some(picture.heading), &picture.prompt, &picture.alt);
        }
        let done = ImagePromptsWritten { images: images.iter().map(|image| image.id).collect() };
        let changes = images
            .into_iter()
            .map(|image| Change::CreateImage { site: item.site, sector: item.sector, image })
            .collect();
        let credits = cx.pricing().price(Operation::GenerateImagePrompts { contents: 1 });
        Ok(Saved { changes: Changeset(changes), credits, result: json!(done), files: Vec::new() })
    }

    fn report(&self, _: &GenerateImagePrompts, items: &[FinishedItem]) -> ImagePromptsWritten {
        let images = items
            .iter()
            .filter_map(|item| serde_json::from_value::<ImagePromptsWritten>(item.result.clone()).ok())
            .flat_map(|part| part.images)
            .collect();
        ImagePromptsWritten { images }
    }
}

/// The articles of the input that are there, in its order.
async fn contents(cx: &FunctionContext<'_>, input: &GenerateImagePrompts) -> Result<Vec<Content>> {
    let filter = ContentFilter { ids: Some(input.contents.clone()), ..ContentFilter::default() };
    let mut found = every(|page| {
        let query = ContentQuery::filtered(filter.clone()).page(page);
        async move { cx.store().list_contents(cx.scope(), &query).await }
    })
    .await?;
    found.sort_by_key(|content| input.contents.iter().position(|id| *id == content.id));
    Ok(found)
}

async fn check_imageless(cx: &FunctionContext<'_>, content: ContentId) -> Result<()> {
    let filter = ImageFilter { content: Some(content), ..ImageFilter::default() };
    let page = cx.store().list_images(cx.scope(), &ImageQuery::filtered(filter).page(Page::first(1))).await?;
    if page.items.is_empty() {
        Ok(())
    } else {
        Err(Error::conflict("content", format!("{content} has images; delete them to have new prompts")))
    }
}
