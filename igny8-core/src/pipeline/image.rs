//! Images of tasks and articles: first a prompt, later a file.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::FieldErrors;
use crate::ids::{ContentId, ImageId, SectorId, SiteId, TaskId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where an image is shown.
    pub enum ImageType as "image_type" {
        /// Heads the article.
        Featured = "featured",
        /// Stands in the article.
        InArticle = "in_article",
        /// Featured, cut for wide screens.
        Desktop = "desktop",
        /// Featured, cut for narrow screens.
        Mobile = "mobile",
    }
}

vocabulary! {
    /// Where an image stands.
    pub enum ImageStatus as "status" {
        /// Has a prompt only.
        Pending = "pending",
        /// Being made. A run goes from pending to generated in one commit, so only hosts that make images themselves set it.
        Generating = "generating",
        /// Has a file.
        Generated = "generated",
        /// Making it failed.
        Failed = "failed",
    }
}

/// An image. Table `igny8_images`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Image {
    /// Identifier.
    pub id: ImageId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// The task it is for.
    pub task: Option<TaskId>,
    /// The article it is for.
    pub content: Option<ContentId>,
    /// Where it is shown.
    pub image_type: ImageType,
    /// Its place among the images of the same type, from 0.
    pub position: u32,
    /// The heading it stands under, for images in the article.
    pub heading: Option<String>,
    /// What it should show.
    pub prompt: String,
    /// Text for those who do not see it.
    pub alt: String,
    /// Key of its file in the blob store, once generated.
    pub image_url: Option<String>,
    /// Media type of the file, such as `image/png`.
    pub media_type: Option<String>,
    /// Where it stands.
    pub status: ImageStatus,
    /// Why making it failed.
    pub error: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What an image belongs to. An article's image belongs to the article's task too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageOwner {
    /// A task whose article is not written yet.
    Task(TaskId),
    /// An article.
    Content(ContentId),
}

/// An image to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImage {
    /// Chosen by the creator, so that a repeated save makes the same row.
    pub id: ImageId,
    /// What it belongs to, in the same sector.
    pub owner: ImageOwner,
    /// Where it is shown.
    pub image_type: ImageType,
    /// Its place among the images of the same type, from 0.
    pub position: u32,
    /// The heading it stands under.
    pub heading: Option<String>,
    /// What it should show; not empty.
    pub prompt: String,
    /// Text for those who do not see it.
    pub alt: String,
}

impl NewImage {
    /// The checked image.
    ///
    /// # Errors
    /// A complaint on `prompt`.
    pub fn checked(self) -> Result<Self, FieldErrors> {
        check_prompt(&self.prompt).map(|()| self)
    }
}

fn check_prompt(prompt: &str) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    errors.require(!prompt.trim().is_empty(), "prompt", "must say what the image shows");
    errors.require(prompt.chars().count() <= 4_000, "prompt", "must be at most 4,000 characters");
    errors.into_result()
}

/// What may be changed on an image; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageChange {
    /// What it should show.
    pub prompt: Option<String>,
    /// Text for those who do not see it.
    pub alt: Option<String>,
    /// Key of its file in the blob store.
    pub image_url: Option<Option<String>>,
    /// Media type of the file.
    pub media_type: Option<Option<String>>,
    /// Status; only a legal move.
    pub status: Option<ImageStatus>,
    /// Why making it failed.
    pub error: Option<Option<String>>,
}

impl ImageChange {
    /// The checked change.
    ///
    /// # Errors
    /// A complaint on `prompt`.
    pub fn checked(self) -> Result<Self, FieldErrors> {
        match &self.prompt {
            Some(prompt) => check_prompt(prompt).map(|()| self),
            None => Ok(self),
        }
    }
}

/// Which images a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<ImageId>>,
    /// For this task.
    pub task: Option<TaskId>,
    /// For this article.
    pub content: Option<ContentId>,
    /// Of this type.
    pub image_type: Option<ImageType>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<ImageStatus>,
}

/// What images may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageField {
    /// When it was created.
    CreatedAt,
    /// Its place among the images of its type.
    Position,
    /// Status, by its word.
    Status,
}

/// A list of images.
pub type ImageQuery = ListQuery<ImageFilter, ImageField>;
