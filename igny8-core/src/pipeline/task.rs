//! A writer's task: one article that somebody wants.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{DEFAULT_WORDS, check_title, check_words};
use crate::error::FieldErrors;
use crate::ids::{ClusterId, IdeaId, SectorId, SiteId, TaskId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::{ContentStructure, ContentType, Vocabularies, vocabulary};

vocabulary! {
    /// Where a task stands.
    pub enum TaskStatus as "status" {
        /// Planned.
        Pending = "pending",
        /// A run will write it.
        Queued = "queued",
        /// A run is writing it.
        InProgress = "in_progress",
        /// Its article is written.
        Generated = "generated",
        /// Its article is live.
        Published = "published",
        /// To be written anew.
        RefreshScheduled = "refresh_scheduled",
        /// Writing failed.
        Failed = "failed",
        /// Called off.
        Cancelled = "cancelled",
    }
}

/// A task. Table `igny8_tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Task {
    /// Identifier.
    pub id: TaskId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// Working title.
    pub title: String,
    /// What the article should say.
    pub description: String,
    /// The keywords it aims at, most important first.
    pub keywords: Vec<String>,
    /// The cluster it serves.
    pub cluster: Option<ClusterId>,
    /// The idea it came from.
    pub idea: Option<IdeaId>,
    /// Kind of page.
    pub content_type: ContentType,
    /// How it is built up.
    pub content_structure: ContentStructure,
    /// Words it should have; those it has are its article's.
    pub word_count: u32,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A task to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// Chosen by the creator, so that a repeated save makes the same row.
    pub id: TaskId,
    /// Working title; 1 to 255 characters.
    pub title: String,
    /// What the article should say.
    pub description: String,
    /// The keywords it aims at, most important first.
    pub keywords: Vec<String>,
    /// A cluster of the same sector.
    pub cluster: Option<ClusterId>,
    /// An idea of the same sector; an idea has at most one task.
    pub idea: Option<IdeaId>,
    /// Kind of page.
    pub content_type: ContentType,
    /// How it is built up.
    pub content_structure: ContentStructure,
    /// 300 to 5,000.
    pub word_count: u32,
}

impl NewTask {
    /// A blog guide of the default length.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            id: TaskId::new(),
            title: title.into(),
            description: String::new(),
            keywords: Vec::new(),
            cluster: None,
            idea: None,
            content_type: ContentType::BLOG,
            content_structure: ContentStructure::GUIDE,
            word_count: DEFAULT_WORDS,
        }
    }

    /// The checked task.
    ///
    /// # Errors
    /// Complaints on `title`, `content_type`, `content_structure` or `word_count`.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(title) = errors.collect(check_title("title", &self.title)) {
            self.title = title;
        }
        errors.collect(vocabularies.check_content_type(&self.content_type));
        errors.collect(vocabularies.check_content_structure(&self.content_structure));
        errors.collect(check_words("word_count", self.word_count));
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a task; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskChange {
    /// Working title.
    pub title: Option<String>,
    /// What the article should say.
    pub description: Option<String>,
    /// The keywords it aims at.
    pub keywords: Option<Vec<String>>,
    /// The cluster, of the same sector.
    pub cluster: Option<Option<ClusterId>>,
    /// Kind of page.
    pub content_type: Option<ContentType>,
    /// How it is built up.
    pub content_structure: Option<ContentStructure>,
    /// 300 to 5,000.
    pub word_count: Option<u32>,
    /// Status; only a legal move.
    pub status: Option<TaskStatus>,
}

impl TaskChange {
    /// The checked change.
    ///
    /// # Errors
    /// Complaints on the fields that are wrong.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(title) = &self.title {
            self.title = errors.collect(check_title("title", title));
        }
        if let Some(word) = &self.content_type {
            errors.collect(vocabularies.check_content_type(word));
        }
        if let Some(word) = &self.content_structure {
            errors.collect(vocabularies.check_content_structure(word));
        }
        if let Some(words) = self.word_count {
            errors.collect(check_words("word_count", words));
        }
        errors.into_result().map(|()| self)
    }
}

/// Which tasks a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<TaskId>>,
    /// Title or keywords contain this text, without regard to case.
    pub search: Option<String>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<TaskStatus>,
    /// Of this cluster.
    pub cluster: Option<ClusterId>,
    /// Of this kind.
    pub content_type: Option<ContentType>,
    /// Built up like this.
    pub content_structure: Option<ContentStructure>,
}

/// What tasks may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskField {
    /// Title.
    Title,
    /// When it was created.
    CreatedAt,
    /// Words.
    WordCount,
    /// Status, by its word.
    Status,
}

/// A list of tasks.
pub type TaskQuery = ListQuery<TaskFilter, TaskField>;
