//! `writer/content/`: articles, their revisions, and files of them.

use axum::body::Body as Bytes;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use igny8_core::article::{ArticlePage, render_page, to_markdown};
use igny8_core::functions::GenerateImagePrompts;
use igny8_core::ids::{ContentId, SectorId, SiteId, TaskId};
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Content, ContentChange, ContentField, ContentFilter, ContentStatus, Draft, Revision,
};
use igny8_core::tenancy::Action;
use schemars::JsonSchema;
use serde::Deserialize;

use super::starting::StartKey;
use crate::answer::{Answer, Listed, Started, Versioned};
use crate::request::{Body, Id, IfMatch, List, ListParams, Query, Tenant, Words, nullable};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("writer")
        .get("writer/content/", "listContent", "Articles by filter, order and page", list)
        .get("writer/content/{id}/", "getContent", "An article", get)
        .patch("writer/content/{id}/", "updateContent", "Save a new revision, or move the status", update)
        .get(
            "writer/content/{id}/revisions/",
            "listRevisions",
            "Revisions of an article, newest first",
            revisions,
        )
        .get("writer/content/{id}/export/", "exportContent", "An article as a file", export)
        .post(
            "writer/content/generate_image_prompts/",
            "generateImagePrompts",
            "Start writing prompts for the images of articles",
            generate_image_prompts,
        )
}

/// Which articles a list holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ContentParams {
    /// The title contains this text, without regard to case.
    search: Option<String>,
    /// With one of these statuses.
    status: Words<ContentStatus>,
    /// Of one of these tasks.
    task_id: Words<TaskId>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
}

impl ListParams for ContentParams {
    type Filter = ContentFilter;
    type Field = ContentField;
    const ORDERING: &'static [(&'static str, ContentField)] = &[
        ("created_at", ContentField::CreatedAt),
        ("title", ContentField::Title),
        ("word_count", ContentField::WordCount),
        ("seo_score", ContentField::SeoScore),
    ];

    fn into_filter(self) -> ContentFilter {
        ContentFilter {
            site: self.site_id,
            sector: self.sector_id,
            ids: None,
            tasks: (!self.task_id.0.is_empty()).then_some(self.task_id.0),
            search: self.search,
            statuses: self.status.0,
        }
    }
}

/// What is to change on an article; fields left out stay as they are, null empties one. Any text makes a new revision.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ContentPatch {
    /// Title.
    #[schemars(length(min = 1, max = 255))]
    title: Option<String>,
    /// The text as HTML, Markdown or plain text; it is cleaned.
    html_content: Option<String>,
    /// At most 60 characters.
    #[serde(deserialize_with = "nullable")]
    #[schemars(length(max = 60))]
    meta_title: Option<Option<String>>,
    /// At most 160 characters.
    #[serde(deserialize_with = "nullable")]
    #[schemars(length(max = 160))]
    meta_description: Option<Option<String>>,
    /// The keyword it should be found by.
    #[serde(deserialize_with = "nullable")]
    primary_keyword: Option<Option<String>>,
    /// Further keywords.
    secondary_keywords: Option<Vec<String>>,
    /// Status; only a legal move.
    status: Option<ContentStatus>,
}

impl ContentPatch {
    fn has_text(&self) -> bool {
        self.title.is_some()
            || self.html_content.is_some()
            || self.meta_title.is_some()
            || self.meta_description.is_some()
            || self.primary_keyword.is_some()
            || self.secondary_keywords.is_some()
    }

    fn draft(self, current: Draft, writer: &str) -> Draft {
        Draft {
            title: self.title.unwrap_or(current.title),
            html_content: self.html_content.unwrap_or(current.html_content),
            meta_title: self.meta_title.unwrap_or(current.meta_title),
            meta_description: self.meta_description.unwrap_or(current.meta_description),
            primary_keyword: self.primary_keyword.unwrap_or(current.primary_keyword),
            secondary_keywords: self.secondary_keywords.unwrap_or(current.secondary_keywords),
            written_by: writer.to_owned(),
            word_count: current.word_count,
            within_word_target: current.within_word_target,
            seo: current.seo,
        }
    }
}

/// What a file of an article is to be.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// A whole page.
    #[default]
    Html,
    /// Markdown.
    Markdown,
}

/// How an article is exported.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ExportParams {
    /// `html` (by default) or `markdown`.
    format: Format,
}

/// The version of an article: its revision, and when its row last changed.
fn versioned(content: Content) -> Versioned<Content> {
    let version = format!("{}-{}", content.revision, content.updated_at.timestamp_micros());
    Versioned { version, row: content }
}

async fn list(tenant: Tenant, list: List<ContentParams>) -> Answer<Listed<Content>> {
    list.answer(tenant.igny8.contents(&tenant.scope).list(&list.query).await?)
}

async fn get(tenant: Tenant, Id(id): Id<ContentId>) -> Answer<Versioned<Content>> {
    Ok(versioned(tenant.igny8.contents(&tenant.scope).get(id).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<ContentId>,
    known: IfMatch,
    Body(patch): Body<ContentPatch>,
) -> Answer<Versioned<Content>> {
    let contents = tenant.igny8.contents(&tenant.scope);
    let current = versioned(contents.get(id).await?);
    tenant.scope.require(Action::Edit)?;
    known.check(&current.version)?;
    let (status, has_text, mut content) = (patch.status, patch.has_text(), current.row);
    if let Some(to) = status {
        // Before any text is saved, so that all is done or nothing. A new text of a live article is a draft again.
        let renewed = has_text && content.status == ContentStatus::Published;
        let from = if renewed { ContentStatus::Draft } else { content.status };
        from.check_move(to)?;
    }
    if has_text {
        let (task, revision) = (content.task, content.revision);
        let draft = patch.draft(content.draft, &tenant.user.username);
        content = contents.save_draft(task, draft, Some(revision)).await?;
    }
    if status.is_some() || !has_text {
        content = contents.update(id, ContentChange { status, wp_post_id: None }).await?;
    }
    Ok(versioned(content))
}

async fn revisions(tenant: Tenant, Id(id): Id<ContentId>) -> Answer<Listed<Revision>> {
    Ok(Listed::whole(tenant.igny8.contents(&tenant.scope).revisions(id).await?))
}

async fn generate_image_prompts(
    tenant: Tenant,
    key: StartKey,
    Body(request): Body<GenerateImagePrompts>,
) -> Answer<Started> {
    key.start(&tenant, request).await
}

/// An article's file.
struct ArticleFile {
    name: String,
    media_type: &'static str,
    text: String,
}

async fn export(
    tenant: Tenant,
    Id(id): Id<ContentId>,
    Query(params): Query<ExportParams>,
) -> Answer<ArticleFile> {
    let draft = tenant.igny8.contents(&tenant.scope).get(id).await?.draft;
    Ok(match params.format {
        Format::Html => ArticleFile {
            name: format!("{id}.html"),
            media_type: "text/html; charset=utf-8",
            text: render_page(&ArticlePage {
                title: &draft.title,
                meta_title: draft.meta_title.as_deref().unwrap_or_default(),
                meta_description: draft.meta_description.as_deref().unwrap_or_default(),
                language: "",
                html: &draft.html_content,
                featured_image: None,
                generator_note: None,
            }),
        },
        Format::Markdown => ArticleFile {
            name: format!("{id}.md"),
            media_type: "text/markdown; charset=utf-8",
            text: to_markdown(&format!(
                "<h1>{}</h1>{}",
                igny8_core::article::escape(&draft.title),
                draft.html_content
            )),
        },
    })
}

impl IntoResponse for ArticleFile {
    fn into_response(self) -> Response {
        attachment(&self.name, self.media_type, Bytes::from(self.text))
    }
}

#[cfg(feature = "openapi")]
crate::openapi::file_answer!(ArticleFile, ["text/html", "text/markdown"], "The article as a file.");

/// A body that browsers save under a name.
pub(super) fn attachment(name: &str, media_type: &'static str, body: Bytes) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    (headers, body).into_response()
}
