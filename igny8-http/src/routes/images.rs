//! `writer/images/`: images of tasks and articles, and their files.

use axum::body::Body as Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use igny8_core::Error;
use igny8_core::functions::GenerateImages;
use igny8_core::ids::{ContentId, ImageId, SectorId, SiteId, TaskId};
use igny8_core::pipeline::{
    Image, ImageChange, ImageField, ImageFilter, ImageOwner, ImageStatus, ImageType, NewImage,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::starting::StartKey;
use crate::answer::{Answer, Created, Deleted, Listed, One, Started};
use crate::request::{Body, Id, List, ListParams, Tenant, Words};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("writer")
        .get("writer/images/", "listImages", "Images by filter, order and page", list)
        .post("writer/images/", "createImage", "Create an image that has a prompt and no file yet", create)
        .get("writer/images/{id}/", "getImage", "An image", get)
        .put("writer/images/{id}/", "replaceImage", "Replace an image's prompt and alt text", replace)
        .patch("writer/images/{id}/", "updateImage", "Change some of an image's fields", update)
        .delete("writer/images/{id}/", "deleteImage", "Delete an image and its file", delete)
        .get("writer/images/{id}/file/", "getImageFile", "An image's file", file)
        .post("writer/images/generate_images/", "generateImages", "Start making images", generate)
}

/// Which images a list holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ImageParams {
    /// Of this task.
    task_id: Option<TaskId>,
    /// Of this article.
    content_id: Option<ContentId>,
    /// Of this type.
    image_type: Option<ImageType>,
    /// With one of these statuses.
    status: Words<ImageStatus>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
}

impl ListParams for ImageParams {
    type Filter = ImageFilter;
    type Field = ImageField;
    const ORDERING: &'static [(&'static str, ImageField)] = &[
        ("created_at", ImageField::CreatedAt),
        ("position", ImageField::Position),
        ("status", ImageField::Status),
    ];

    fn into_filter(self) -> ImageFilter {
        ImageFilter {
            site: self.site_id,
            sector: self.sector_id,
            ids: None,
            task: self.task_id,
            content: self.content_id,
            image_type: self.image_type,
            statuses: self.status.0,
        }
    }
}

/// An image to make, of a task or of an article.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewImageFields {
    /// The task it belongs to; give this or `content`.
    task: Option<TaskId>,
    /// The article it belongs to; give this or `task`.
    content: Option<ContentId>,
    /// Its type.
    image_type: ImageType,
    /// Its place among the images of its type, from 0.
    #[serde(default)]
    position: u32,
    /// The heading it stands below.
    heading: Option<String>,
    /// What it shows.
    #[schemars(length(min = 1, max = 4_000))]
    prompt: String,
    /// What it shows, for those who do not see it.
    #[serde(default)]
    alt: String,
}

/// The fields of an image that can be replaced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImageFields {
    /// What it shows.
    #[schemars(length(min = 1, max = 4_000))]
    prompt: String,
    /// What it shows, for those who do not see it.
    #[serde(default)]
    alt: String,
}

/// What is to change on an image; fields left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ImagePatch {
    /// What it shows.
    #[schemars(length(min = 1, max = 4_000))]
    prompt: Option<String>,
    /// What it shows, for those who do not see it.
    alt: Option<String>,
}

async fn list(tenant: Tenant, list: List<ImageParams>) -> Answer<Listed<Image>> {
    list.answer(tenant.igny8.images(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, Body(fields): Body<NewImageFields>) -> Answer<Created<Image>> {
    let owner = match (fields.task, fields.content) {
        (Some(task), None) => ImageOwner::Task(task),
        (None, Some(content)) => ImageOwner::Content(content),
        _ => return Err(Error::invalid("task", "give a task or an article, and not both").into()),
    };
    let image = NewImage {
        id: ImageId::new(),
        owner,
        image_type: fields.image_type,
        position: fields.position,
        heading: fields.heading,
        prompt: fields.prompt,
        alt: fields.alt,
    };
    Ok(Created(tenant.igny8.images(&tenant.scope).create(image).await?))
}

async fn get(tenant: Tenant, Id(id): Id<ImageId>) -> Answer<One<Image>> {
    Ok(One(tenant.igny8.images(&tenant.scope).get(id).await?))
}

async fn replace(tenant: Tenant, Id(id): Id<ImageId>, Body(fields): Body<ImageFields>) -> Answer<One<Image>> {
    let change = ImageChange { prompt: Some(fields.prompt), alt: Some(fields.alt), ..ImageChange::default() };
    Ok(One(tenant.igny8.images(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<ImageId>, Body(patch): Body<ImagePatch>) -> Answer<One<Image>> {
    let change = ImageChange { prompt: patch.prompt, alt: patch.alt, ..ImageChange::default() };
    Ok(One(tenant.igny8.images(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<ImageId>) -> Answer<Deleted> {
    tenant.igny8.images(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}

async fn generate(tenant: Tenant, key: StartKey, Body(request): Body<GenerateImages>) -> Answer<Started> {
    key.start(&tenant, request).await
}

/// An image's bytes.
struct File(Response);

/// Kept by the browser of who may see it, and asked about each time: a picture that was made anew shows at once.
async fn file(tenant: Tenant, Id(id): Id<ImageId>, headers: HeaderMap) -> Answer<File> {
    let images = tenant.igny8.images(&tenant.scope);
    let image = images.get(id).await?;
    let tag = format!("\"{}\"", image.updated_at.timestamp_micros());
    let tag = HeaderValue::from_str(&tag).map_err(|_| crate::ApiError::internal())?;
    let cached =
        [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    if is_known(&headers, &tag) {
        return Ok(File((StatusCode::NOT_MODIFIED, cached).into_response()));
    }
    let blob = images.file(id).await?;
    let media_type = HeaderValue::from_str(&blob.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    Ok(File((cached, [(header::CONTENT_TYPE, media_type)], Bytes::from(blob.bytes)).into_response()))
}

/// Whether `If-None-Match` has the tag. A proxy that compresses makes it a weak one, which is as good here.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).as_bytes() == tag.as_bytes())
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        self.0
    }
}

#[cfg(feature = "openapi")]
crate::openapi::file_answer!(File, ["image/*"], "The image.");
