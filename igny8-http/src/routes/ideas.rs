//! `planner/ideas/`: content ideas, and handing them to the writer.

use igny8_core::ids::{ClusterId, IdeaId, SectorId, SiteId};
use igny8_core::paging::BulkOutcome;
use igny8_core::pipeline::{
    DEFAULT_WORDS, Idea, IdeaChange, IdeaField, IdeaFilter, IdeaStatus, NewIdea, Task,
};
use igny8_core::vocabulary::{ContentStructure, ContentType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, InSector, List, ListParams, Tenant, Words, nullable};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("planner")
        .get("planner/ideas/", "listIdeas", "Content ideas by filter, order and page", list)
        .post("planner/ideas/", "createIdea", "Create a content idea", create)
        .get("planner/ideas/{id}/", "getIdea", "A content idea", get)
        .put("planner/ideas/{id}/", "replaceIdea", "Replace an idea's fields", replace)
        .patch("planner/ideas/{id}/", "updateIdea", "Change some of an idea's fields", update)
        .delete("planner/ideas/{id}/", "deleteIdea", "Delete a content idea", delete)
        .post("planner/ideas/queue_to_writer/", "queueToWriter", "Make a task of each idea", queue_to_writer)
}

/// Which ideas a list holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct IdeaParams {
    /// The title contains this text, without regard to case.
    search: Option<String>,
    /// With one of these statuses.
    status: Words<IdeaStatus>,
    /// Of this cluster.
    keyword_cluster_id: Option<ClusterId>,
    /// Of this kind of page.
    content_type: Option<ContentType>,
    /// Built up like this.
    content_structure: Option<ContentStructure>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
}

impl ListParams for IdeaParams {
    type Filter = IdeaFilter;
    type Field = IdeaField;
    const ORDERING: &'static [(&'static str, IdeaField)] = &[
        ("created_at", IdeaField::CreatedAt),
        ("idea_title", IdeaField::Title),
        ("estimated_word_count", IdeaField::EstimatedWordCount),
    ];

    fn into_filter(self) -> IdeaFilter {
        IdeaFilter {
            site: self.site_id,
            sector: self.sector_id,
            ids: None,
            search: self.search,
            statuses: self.status.0,
            cluster: self.keyword_cluster_id,
            content_type: self.content_type,
            content_structure: self.content_structure,
        }
    }
}

/// An idea's own fields. Those left out have their defaults.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdeaFields {
    /// Working title.
    #[schemars(length(min = 1, max = 255))]
    idea_title: String,
    /// What the page should say.
    #[serde(default)]
    description: String,
    /// Kind of page; `blog` by default.
    #[serde(default = "default_type")]
    content_type: ContentType,
    /// How it is built up; `guide` by default.
    #[serde(default = "default_structure")]
    content_structure: ContentStructure,
    /// The keywords it should be found by.
    #[serde(default)]
    target_keywords: Vec<String>,
    /// A cluster of the same sector.
    keyword_cluster: Option<ClusterId>,
    /// 300 to 5,000; 1,000 by default.
    #[serde(default = "default_words")]
    #[schemars(range(min = 300, max = 5_000))]
    estimated_word_count: u32,
}

pub(super) fn default_type() -> ContentType {
    ContentType::BLOG
}

pub(super) fn default_structure() -> ContentStructure {
    ContentStructure::GUIDE
}

pub(super) const fn default_words() -> u32 {
    DEFAULT_WORDS
}

/// What is to change on an idea; fields left out stay as they are, null empties one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct IdeaPatch {
    /// Working title.
    #[schemars(length(min = 1, max = 255))]
    idea_title: Option<String>,
    /// What the page should say.
    description: Option<String>,
    /// Kind of page.
    content_type: Option<ContentType>,
    /// How it is built up.
    content_structure: Option<ContentStructure>,
    /// The keywords it should be found by.
    target_keywords: Option<Vec<String>>,
    /// A cluster of the same sector.
    #[serde(deserialize_with = "nullable")]
    keyword_cluster: Option<Option<ClusterId>>,
    /// 300 to 5,000.
    #[schemars(range(min = 300, max = 5_000))]
    estimated_word_count: Option<u32>,
    /// Status; only a legal move.
    status: Option<IdeaStatus>,
}

/// Which ideas.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdeaIds {
    /// The ideas.
    #[schemars(length(max = 1_000))]
    ids: Vec<IdeaId>,
}

/// What became of ideas that were handed to the writer.
#[derive(Debug, Serialize, JsonSchema)]
struct Queued {
    /// The new tasks.
    tasks: Vec<Task>,
    /// The ideas that have one now, and those that were refused.
    ideas: BulkOutcome<IdeaId>,
}

async fn list(tenant: Tenant, list: List<IdeaParams>) -> Answer<Listed<Idea>> {
    list.answer(tenant.igny8.ideas(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, new: InSector<IdeaFields>) -> Answer<Created<Idea>> {
    let fields = new.row;
    let idea = NewIdea {
        id: IdeaId::new(),
        title: fields.idea_title,
        description: fields.description,
        content_type: fields.content_type,
        content_structure: fields.content_structure,
        target_keywords: fields.target_keywords,
        cluster: fields.keyword_cluster,
        estimated_word_count: fields.estimated_word_count,
    };
    Ok(Created(tenant.igny8.ideas(&tenant.scope).create(new.sector, idea).await?))
}

async fn get(tenant: Tenant, Id(id): Id<IdeaId>) -> Answer<One<Idea>> {
    Ok(One(tenant.igny8.ideas(&tenant.scope).get(id).await?))
}

async fn replace(tenant: Tenant, Id(id): Id<IdeaId>, Body(fields): Body<IdeaFields>) -> Answer<One<Idea>> {
    let change = IdeaChange {
        title: Some(fields.idea_title),
        description: Some(fields.description),
        content_type: Some(fields.content_type),
        content_structure: Some(fields.content_structure),
        target_keywords: Some(fields.target_keywords),
        cluster: Some(fields.keyword_cluster),
        estimated_word_count: Some(fields.estimated_word_count),
        status: None,
    };
    Ok(One(tenant.igny8.ideas(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<IdeaId>, Body(patch): Body<IdeaPatch>) -> Answer<One<Idea>> {
    let change = IdeaChange {
        title: patch.idea_title,
        description: patch.description,
        content_type: patch.content_type,
        content_structure: patch.content_structure,
        target_keywords: patch.target_keywords,
        cluster: patch.keyword_cluster,
        estimated_word_count: patch.estimated_word_count,
        status: patch.status,
    };
    Ok(One(tenant.igny8.ideas(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<IdeaId>) -> Answer<Deleted> {
    tenant.igny8.ideas(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}

async fn queue_to_writer(tenant: Tenant, Body(bulk): Body<IdeaIds>) -> Answer<One<Queued>> {
    let (tasks, ideas) = tenant.igny8.ideas(&tenant.scope).queue_to_writer(&bulk.ids).await?;
    Ok(One(Queued { tasks, ideas }))
}
