//! generate_images: image rows into files, one provider call an image, each succeeding or failing alone.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::function::{check_count, check_found, shared_place};
use super::selection::every;
use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, ImageGeneration, Reply, Saved,
    StartRequest, WorkItem, Workload,
};
use crate::credits::{CreditPricing, Operation};
use crate::error::{Error, Result, RunFailure};
use crate::ids::{ContentId, ImageId, SectorId, SiteId, TaskId};
use crate::pipeline::{Image, ImageChange, ImageFilter, ImageQuery, ImageStatus};
use crate::ports::{Blob, ImageRequest};
use crate::prompts::render;
use crate::runs::{Announced, Change, Changeset};
use crate::settings::PromptType;

/// Starts `generate_images` for image rows of one site: those named, and those of the article or tasks named that have no
/// file yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateImages {
    /// Just these images; ones that have a file are made anew.
    pub image_ids: Vec<ImageId>,
    /// The images of this article that have no file.
    pub content_id: Option<ContentId>,
    /// The images of these tasks that have no file.
    pub task_ids: Vec<TaskId>,
}

impl GenerateImages {
    /// Files for these images.
    #[must_use]
    pub fn for_images(image_ids: Vec<ImageId>) -> Self {
        Self { image_ids, ..Self::default() }
    }

    /// Files for the images of these tasks.
    #[must_use]
    pub fn for_tasks(task_ids: Vec<TaskId>) -> Self {
        Self { task_ids, ..Self::default() }
    }
}

impl StartRequest for GenerateImages {
    const FUNCTION: &'static str = "generate_images";
    type Output = ImagesMade;
}

/// What `generate_images` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagesMade {
    /// The images that have a file now.
    pub images: Vec<ImageId>,
}

/// One image to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageItem {
    site: SiteId,
    sector: SectorId,
    image: ImageId,
}

/// The function.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenerateImagesFunction;

#[async_trait]
impl AiFunction for GenerateImagesFunction {
    type Input = GenerateImages;
    type Item = ImageItem;
    type Answer = Blob;
    type Output = ImagesMade;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: GenerateImages::FUNCTION,
            description: "Makes the files of images",
            max_items: Some(100),
            in_flight: 1,
        }
    }

    fn price(&self, prices: &CreditPricing) -> String {
        format!("{} per image", CreditPricing::in_words(prices.per_image))
    }

    async fn validate(&self, cx: &FunctionContext<'_>, input: &GenerateImages) -> Result<Workload> {
        cx.image_model()?;
        let images = images(cx, input).await?;
        check_found("image_ids", &input.image_ids, |id| images.iter().any(|image| image.id == id))?;
        check_count("image_ids", images.len(), &self.spec())?;
        let (site, sector) = shared_place("image_ids", images.iter().map(|image| image.place))?;
        let count = images.len() as u64;
        Ok(Workload {
            site,
            sector,
            items: count,
            estimate: cx.pricing().price(Operation::GenerateImages { images: count }),
            announced: Announced { ai_requests: count, words: 0, images: count },
            forecast: None,
            subjects: images.iter().map(|image| image.id.as_uuid()).collect(),
            waiting_tasks: Vec::new(),
        })
    }

    async fn prepare(
        &self,
        cx: &FunctionContext<'_>,
        input: &GenerateImages,
    ) -> Result<Vec<WorkItem<ImageItem>>> {
        Ok(images(cx, input)
            .await?
            .into_iter()
            .map(|image| WorkItem {
                key: image.id.to_string(),
                label: format!("{} image", image.image_type),
                item: ImageItem { site: image.place.site(), sector: image.place.sector(), image: image.id },
            })
            .collect())
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        _: &GenerateImages,
        item: &ImageItem,
    ) -> Result<Ask<Blob>> {
        let image = cx.store().get_image(cx.scope(), item.image).await?;
        let settings = ImageGeneration::of(cx).await?;
        let strategy = cx.strategy(None, item.sector).await?;
        let data = json!({
            "prompt": image.prompt,
            "image_type": settings.style,
            "heading": image.heading,
            "alt": image.alt,
            "sector": cx.sector_name(item.sector).await?,
        });
        let filled = async |prompt_type| {
            let prompt = cx.prompt(GenerateImages::FUNCTION, prompt_type, strategy.as_ref()).await?;
            Ok::<_, Error>(render(prompt_type, &prompt.prompt_value, &data)?.trim().to_owned())
        };
        let size = settings.size_of(image.image_type);
        Ok(Ask::Image(Box::new(ImageRequest {
            prompt: filled(PromptType::ImagePromptTemplate).await?,
            negative_prompt: Some(filled(PromptType::NegativePrompt).await?).filter(|text| !text.is_empty()),
            width: size.width,
            height: size.height,
            format: Some(settings.image_format),
            deadline: cx.call_deadline(),
        })))
    }

    fn parse_response(&self, _: &GenerateImages, _: &ImageItem, reply: Reply) -> Result<Blob, AnswerFault> {
        match reply {
            Reply::Image(reply) if ending(&reply.image.media_type).is_none() => Err(AnswerFault(format!(
                "`{}` is not an image type that is kept (png, jpeg, webp)",
                reply.image.media_type
            ))),
            Reply::Image(reply) if reply.image.bytes.is_empty() => {
                Err(AnswerFault("the image is empty".to_owned()))
            }
            Reply::Image(reply) => Ok(reply.image),
            Reply::Text { .. } => Err(AnswerFault("text where an image was due".to_owned())),
        }
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        _: &GenerateImages,
        item: &ImageItem,
        blob: Blob,
    ) -> Result<Saved> {
        let ending = ending(&blob.media_type).unwrap_or("bin");
        let key = format!("{}/{}/{}/{}.{ending}", cx.scope().account(), item.site, item.sector, item.image);
        let media_type = blob.media_type.clone();
        // The file goes first: a row never points at a file that is not there, and a repetition replaces it.
        cx.blobs().put(&key, blob).await?;
        let change = ImageChange {
            image_url: Some(Some(key.clone())),
            media_type: Some(Some(media_type)),
            status: Some(ImageStatus::Generated),
            error: Some(None),
            ..ImageChange::default()
        };
        Ok(Saved {
            changes: Changeset::new().with(Change::ChangeImage { image: item.image, change }),
            credits: cx.pricing().price(Operation::GenerateImages { images: 1 }),
            result: json!(item.image),
            files: vec![key],
        })
    }

    fn record_failure(&self, item: &ImageItem, failure: &RunFailure) -> Changeset {
        let change = ImageChange {
            status: Some(ImageStatus::Failed),
            error: Some(Some(failure.message.clone())),
            ..ImageChange::default()
        };
        Changeset::new().with(Change::ChangeImage { image: item.image, change })
    }

    fn report(&self, _: &GenerateImages, items: &[FinishedItem]) -> ImagesMade {
        let images =
            items.iter().filter_map(|item| serde_json::from_value(item.result.clone()).ok()).collect();
        ImagesMade { images }
    }
}

/// The file name's ending for a media type that is kept.
fn ending(media_type: &str) -> Option<&'static str> {
    match media_type {
        "image/png" => Some("png"),
        "image/jpeg" => Some("jpg"),
        "image/webp" => Some("webp"),
        _ => None,
    }
}

/// The images that the input means and that are there.
async fn images(cx: &FunctionContext<'_>, input: &GenerateImages) -> Result<Vec<Image>> {
    let mut filters: Vec<ImageFilter> = Vec::new();
    if !input.image_ids.is_empty() {
        filters.push(ImageFilter { ids: Some(input.image_ids.clone()), ..ImageFilter::default() });
    }
    let without_file = ImageFilter {
        statuses: vec![ImageStatus::Pending, ImageStatus::Generating, ImageStatus::Failed],
        ..ImageFilter::default()
    };
    filters.extend(
        input.content_id.map(|content| ImageFilter { content: Some(content), ..without_file.clone() }),
    );
    filters
        .extend(input.task_ids.iter().map(|task| ImageFilter { task: Some(*task), ..without_file.clone() }));
    if filters.is_empty() {
        return Err(Error::invalid("image_ids", "give image_ids, content_id or task_ids"));
    }
    let mut found: Vec<Image> = Vec::new();
    for filter in filters {
        let rows = every(|page| {
            let query = ImageQuery::filtered(filter.clone()).page(page);
            async move { cx.store().list_images(cx.scope(), &query).await }
        })
        .await?;
        found.extend(rows);
    }
    found.sort_by_key(|image| image.id);
    found.dedup_by_key(|image| image.id);
    Ok(found)
}
