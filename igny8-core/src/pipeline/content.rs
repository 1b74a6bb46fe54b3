//! The article of a task, and its revisions: writing it anew never destroys the old text.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_title;
use crate::article::SeoReport;
use crate::error::FieldErrors;
use crate::ids::{ContentId, RunId, SectorId, SiteId, TaskId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where an article stands.
    pub enum ContentStatus as "status" {
        /// Written, not looked at.
        Draft = "draft",
        /// Being looked at.
        Review = "review",
        /// Good to publish.
        Approved = "approved",
        /// Will be published at its time.
        Scheduled = "scheduled",
        /// Live.
        Published = "published",
        /// Publishing failed.
        Failed = "failed",
    }
}

/// An article with its current revision. Table `igny8_content`, one row a task.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Content {
    /// Identifier.
    pub id: ContentId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// The task it was written for.
    pub task: TaskId,
    /// Which revision is current; from 1.
    pub revision: u32,
    /// The current revision's text and figures.
    #[serde(flatten)]
    pub draft: Draft,
    /// Where it stands.
    pub status: ContentStatus,
    /// The post's number at WordPress once published.
    pub wp_post_id: Option<i64>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The text of one revision and what was measured on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Headline.
    pub title: String,
    /// Clean HTML.
    pub html_content: String,
    /// Unicode words of the visible text.
    pub word_count: u32,
    /// Whether the words are within 20 % of what was asked.
    pub within_word_target: bool,
    /// Title for search engines, at most 60 characters.
    pub meta_title: Option<String>,
    /// Description for search engines, at most 160 characters.
    pub meta_description: Option<String>,
    /// The keyword it aims at.
    pub primary_keyword: Option<String>,
    /// Others it should mention.
    pub secondary_keywords: Vec<String>,
    /// SEO score, 0 to 100, with the checks behind it.
    pub seo: SeoReport,
    /// Who wrote it: a model's name, `offline`, or `editor`.
    pub written_by: String,
}

impl Draft {
    /// Checks title and the lengths of the meta fields.
    ///
    /// # Errors
    /// Complaints on `title`, `meta_title` or `meta_description`.
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        errors.collect(check_title("title", &self.title));
        let fits = |text: &Option<String>, most: usize| {
            text.as_ref().is_none_or(|text| text.chars().count() <= most)
        };
        errors.require(fits(&self.meta_title, 60), "meta_title", "must be at most 60 characters");
        errors.require(
            fits(&self.meta_description, 160),
            "meta_description",
            "must be at most 160 characters",
        );
        errors.into_result()
    }
}

/// One revision of an article. Table `igny8_content_revisions`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Revision {
    /// The article.
    pub content: ContentId,
    /// Its number, from 1.
    pub revision: u32,
    /// Text and figures.
    #[serde(flatten)]
    pub draft: Draft,
    /// The run that wrote it; `None` for an editor.
    pub run: Option<RunId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What may be changed on an article beside its text; a new text is a new revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentChange {
    /// Status; only a legal move.
    pub status: Option<ContentStatus>,
    /// The post's number at WordPress.
    pub wp_post_id: Option<Option<i64>>,
}

/// Which articles a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<ContentId>>,
    /// Written for these tasks; `Some(vec![])` is none.
    pub tasks: Option<Vec<TaskId>>,
    /// Title contains this text, without regard to case.
    pub search: Option<String>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<ContentStatus>,
}

/// What articles may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentField {
    /// When it was created.
    CreatedAt,
    /// Title.
    Title,
    /// Words.
    WordCount,
    /// SEO score.
    SeoScore,
}

/// A list of articles.
pub type ContentQuery = ListQuery<ContentFilter, ContentField>;
