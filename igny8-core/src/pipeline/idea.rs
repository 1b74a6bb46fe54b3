//! A content idea: what to write for a cluster, before anyone is asked to write it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{DEFAULT_WORDS, check_title, check_words};
use crate::error::FieldErrors;
use crate::ids::{ClusterId, IdeaId, SectorId, SiteId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::{ContentStructure, ContentType, Vocabularies, vocabulary};

vocabulary! {
    /// Where an idea stands.
    pub enum IdeaStatus as "status" {
        /// Not with the writer yet.
        New = "new",
        /// A task was made of it.
        Scheduled = "scheduled",
        /// Its article is written.
        Used = "used",
        /// Put aside.
        Archived = "archived",
    }
}

/// A content idea. Table `igny8_content_ideas`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Idea {
    /// Identifier.
    pub id: IdeaId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// Working title.
    #[serde(rename = "idea_title")]
    pub title: String,
    /// What the page should say.
    pub description: String,
    /// Kind of page.
    pub content_type: ContentType,
    /// How it is built up.
    pub content_structure: ContentStructure,
    /// The keywords it aims at, as text, most important first.
    pub target_keywords: Vec<String>,
    /// The cluster it came from; `None` once that was deleted.
    #[serde(rename = "keyword_cluster")]
    pub cluster: Option<ClusterId>,
    /// Words the page should have.
    pub estimated_word_count: u32,
    /// Where it stands.
    pub status: IdeaStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An idea to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdea {
    /// Chosen by the creator, so that a repeated save makes the same row.
    pub id: IdeaId,
    /// Working title; 1 to 255 characters.
    pub title: String,
    /// What the page should say.
    pub description: String,
    /// Kind of page.
    pub content_type: ContentType,
    /// How it is built up.
    pub content_structure: ContentStructure,
    /// The keywords it aims at, most important first.
    pub target_keywords: Vec<String>,
    /// A cluster of the same sector.
    pub cluster: Option<ClusterId>,
    /// 300 to 5,000.
    pub estimated_word_count: u32,
}

impl NewIdea {
    /// A blog guide of the default length.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            id: IdeaId::new(),
            title: title.into(),
            description: String::new(),
            content_type: ContentType::BLOG,
            content_structure: ContentStructure::GUIDE,
            target_keywords: Vec::new(),
            cluster: None,
            estimated_word_count: DEFAULT_WORDS,
        }
    }

    /// The checked idea.
    ///
    /// # Errors
    /// Complaints on `idea_title`, `content_type`, `content_structure` or `estimated_word_count`.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(title) = errors.collect(check_title("idea_title", &self.title)) {
            self.title = title;
        }
        errors.collect(vocabularies.check_content_type(&self.content_type));
        errors.collect(vocabularies.check_content_structure(&self.content_structure));
        errors.collect(check_words("estimated_word_count", self.estimated_word_count));
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on an idea; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdeaChange {
    /// Working title.
    pub title: Option<String>,
    /// What the page should say.
    pub description: Option<String>,
    /// Kind of page.
    pub content_type: Option<ContentType>,
    /// How it is built up.
    pub content_structure: Option<ContentStructure>,
    /// The keywords it aims at.
    pub target_keywords: Option<Vec<String>>,
    /// The cluster, of the same sector.
    pub cluster: Option<Option<ClusterId>>,
    /// 300 to 5,000.
    pub estimated_word_count: Option<u32>,
    /// Status; only a legal move.
    pub status: Option<IdeaStatus>,
}

impl IdeaChange {
    /// The checked change.
    ///
    /// # Errors
    /// Complaints on the fields that are wrong.
    pub fn checked(mut self, vocabularies: &Vocabularies) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(title) = &self.title {
            self.title = errors.collect(check_title("idea_title", title));
        }
        if let Some(word) = &self.content_type {
            errors.collect(vocabularies.check_content_type(word));
        }
        if let Some(word) = &self.content_structure {
            errors.collect(vocabularies.check_content_structure(word));
        }
        if let Some(words) = self.estimated_word_count {
            errors.collect(check_words("estimated_word_count", words));
        }
        errors.into_result().map(|()| self)
    }
}

/// Which ideas a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdeaFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<IdeaId>>,
    /// Title contains this text, without regard to case.
    pub search: Option<String>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<IdeaStatus>,
    /// Of this cluster.
    pub cluster: Option<ClusterId>,
    /// Of this kind.
    pub content_type: Option<ContentType>,
    /// Built up like this.
    pub content_structure: Option<ContentStructure>,
}

/// What ideas may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdeaField {
    /// When it was created.
    CreatedAt,
    /// Title.
    Title,
    /// Planned words.
    EstimatedWordCount,
}

/// A list of ideas.
pub type IdeaQuery = ListQuery<IdeaFilter, IdeaField>;
