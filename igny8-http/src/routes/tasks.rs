//! `writer/tasks/`: what is to be written, and starting the writing.

use igny8_core::error::FieldErrors;
use igny8_core::functions::{GenerateContent, GenerateImages};
use igny8_core::ids::{ClusterId, IdeaId, SectorId, SiteId, TaskId};
use igny8_core::paging::{BulkOutcome, ListQuery, Page};
use igny8_core::pipeline::{NewTask, Task, TaskChange, TaskField, TaskFilter, TaskStatus};
use igny8_core::tenancy::Action;
use igny8_core::vocabulary::{ContentStructure, ContentType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ideas::{default_structure, default_type, default_words};
use super::starting::StartKey;
use crate::answer::{Answer, Created, Deleted, Listed, One, Started};
use crate::request::{Body, Id, InSector, List, ListParams, Tenant, Words, nullable};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("writer")
        .get("writer/tasks/", "listTasks", "Tasks by filter, order and page", list)
        .post("writer/tasks/", "createTask", "Create a task", create)
        .get("writer/tasks/{id}/", "getTask", "A task", get)
        .put("writer/tasks/{id}/", "replaceTask", "Replace a task's fields", replace)
        .patch("writer/tasks/{id}/", "updateTask", "Change some of a task's fields", update)
        .delete(
            "writer/tasks/{id}/",
            "deleteTask",
            "Delete a task that is not published, with its article",
            delete,
        )
        .post("writer/tasks/auto_generate_content/", "autoGenerateContent", "Start writing articles", write)
        .post(
            "writer/tasks/generate_images/",
            "generateTaskImages",
            "Start making the images of tasks",
            illustrate,
        )
        .post("writer/tasks/bulk_delete/", "bulkDeleteTasks", "Delete tasks", bulk_delete)
        .post("writer/tasks/bulk_update/", "bulkUpdateTasks", "Move tasks to a status", bulk_update)
}

/// Which tasks a list holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct TaskParams {
    /// Title or keywords contain this text, without regard to case.
    search: Option<String>,
    /// With one of these statuses.
    status: Words<TaskStatus>,
    /// Of this cluster.
    cluster_id: Option<ClusterId>,
    /// Of this kind of page.
    content_type: Option<ContentType>,
    /// Built up like this.
    content_structure: Option<ContentStructure>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
}

impl ListParams for TaskParams {
    type Filter = TaskFilter;
    type Field = TaskField;
    const ORDERING: &'static [(&'static str, TaskField)] = &[
        ("title", TaskField::Title),
        ("created_at", TaskField::CreatedAt),
        ("word_count", TaskField::WordCount),
        ("status", TaskField::Status),
    ];

    fn into_filter(self) -> TaskFilter {
        TaskFilter {
            site: self.site_id,
            sector: self.sector_id,
            ids: None,
            search: self.search,
            statuses: self.status.0,
            cluster: self.cluster_id,
            content_type: self.content_type,
            content_structure: self.content_structure,
        }
    }
}

/// A task's own fields. Those left out have their defaults.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewTaskFields {
    /// Title.
    #[schemars(length(min = 1, max = 255))]
    title: String,
    /// What the article should say.
    #[serde(default)]
    description: String,
    /// The keywords it should be found by.
    #[serde(default)]
    keywords: Vec<String>,
    /// A cluster of the same sector.
    cluster: Option<ClusterId>,
    /// The idea it is made of, of the same sector.
    idea: Option<IdeaId>,
    /// Kind of page; `blog` by default.
    #[serde(default = "default_type")]
    content_type: ContentType,
    /// How it is built up; `guide` by default.
    #[serde(default = "default_structure")]
    content_structure: ContentStructure,
    /// 300 to 5,000; 1,000 by default.
    #[serde(default = "default_words")]
    #[schemars(range(min = 300, max = 5_000))]
    word_count: u32,
}

/// A task's fields that can be replaced: all but the idea it was made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TaskFields {
    /// Title.
    #[schemars(length(min = 1, max = 255))]
    title: String,
    /// What the article should say.
    #[serde(default)]
    description: String,
    /// The keywords it should be found by.
    #[serde(default)]
    keywords: Vec<String>,
    /// A cluster of the same sector.
    cluster: Option<ClusterId>,
    /// Kind of page; `blog` by default.
    #[serde(default = "default_type")]
    content_type: ContentType,
    /// How it is built up; `guide` by default.
    #[serde(default = "default_structure")]
    content_structure: ContentStructure,
    /// 300 to 5,000; 1,000 by default.
    #[serde(default = "default_words")]
    #[schemars(range(min = 300, max = 5_000))]
    word_count: u32,
}

/// What is to change on a task; fields left out stay as they are, null empties one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct TaskPatch {
    /// Title.
    #[schemars(length(min = 1, max = 255))]
    title: Option<String>,
    /// What the article should say.
    description: Option<String>,
    /// The keywords it should be found by.
    keywords: Option<Vec<String>>,
    /// A cluster of the same sector.
    #[serde(deserialize_with = "nullable")]
    cluster: Option<Option<ClusterId>>,
    /// Kind of page.
    content_type: Option<ContentType>,
    /// How it is built up.
    content_structure: Option<ContentStructure>,
    /// 300 to 5,000.
    #[schemars(range(min = 300, max = 5_000))]
    word_count: Option<u32>,
    /// Status; only a legal move.
    status: Option<TaskStatus>,
}

/// Which tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TaskIds {
    /// The tasks.
    #[schemars(length(max = 1_000))]
    ids: Vec<TaskId>,
}

/// Which tasks, and the status they are to have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TasksAndStatus {
    /// The tasks.
    #[schemars(length(max = 1_000))]
    ids: Vec<TaskId>,
    /// The status; tasks that cannot move there are refused in the answer.
    status: TaskStatus,
}

async fn list(tenant: Tenant, list: List<TaskParams>) -> Answer<Listed<Task>> {
    list.answer(tenant.igny8.tasks(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, new: InSector<NewTaskFields>) -> Answer<Created<Task>> {
    let fields = new.row;
    let task = NewTask {
        id: TaskId::new(),
        title: fields.title,
        description: fields.description,
        keywords: fields.keywords,
        cluster: fields.cluster,
        idea: fields.idea,
        content_type: fields.content_type,
        content_structure: fields.content_structure,
        word_count: fields.word_count,
    };
    Ok(Created(tenant.igny8.tasks(&tenant.scope).create(new.sector, task).await?))
}

async fn get(tenant: Tenant, Id(id): Id<TaskId>) -> Answer<One<Task>> {
    Ok(One(tenant.igny8.tasks(&tenant.scope).get(id).await?))
}

async fn replace(tenant: Tenant, Id(id): Id<TaskId>, Body(fields): Body<TaskFields>) -> Answer<One<Task>> {
    let change = TaskChange {
        title: Some(fields.title),
        description: Some(fields.description),
        keywords: Some(fields.keywords),
        cluster: Some(fields.cluster),
        content_type: Some(fields.content_type),
        content_structure: Some(fields.content_structure),
        word_count: Some(fields.word_count),
        status: None,
    };
    Ok(One(tenant.igny8.tasks(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<TaskId>, Body(patch): Body<TaskPatch>) -> Answer<One<Task>> {
    let change = TaskChange {
        title: patch.title,
        description: patch.description,
        keywords: patch.keywords,
        cluster: patch.cluster,
        content_type: patch.content_type,
        content_structure: patch.content_structure,
        word_count: patch.word_count,
        status: patch.status,
    };
    Ok(One(tenant.igny8.tasks(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<TaskId>) -> Answer<Deleted> {
    Deleted::of("task", &tenant.igny8.tasks(&tenant.scope).bulk_delete(&[id]).await?)
}

async fn write(tenant: Tenant, key: StartKey, Body(request): Body<GenerateContent>) -> Answer<Started> {
    key.start(&tenant, request).await
}

async fn illustrate(tenant: Tenant, key: StartKey, Body(bulk): Body<TaskIds>) -> Answer<Started> {
    tenant.scope.require(Action::Run)?;
    check_there(&tenant, &bulk.ids).await?;
    key.start(&tenant, GenerateImages::for_tasks(bulk.ids)).await
}

/// Complains of `ids` where it names no task, or tasks that are not there: the function looks at their images alone.
async fn check_there(tenant: &Tenant, ids: &[TaskId]) -> Answer<()> {
    const PAGE: u32 = 100;
    if ids.is_empty() {
        return Err(FieldErrors::one("ids", "must name at least one").into());
    }
    for part in ids.chunks(PAGE as usize) {
        let filter = TaskFilter { ids: Some(part.to_vec()), ..TaskFilter::default() };
        let query = ListQuery::filtered(filter).page(Page::Number { number: 1, size: PAGE });
        let found = tenant.igny8.tasks(&tenant.scope).list(&query).await?.items;
        if let Some(missing) = part.iter().find(|id| !found.iter().any(|task| task.id == **id)) {
            return Err(FieldErrors::one("ids", format!("there is no {missing}")).into());
        }
    }
    Ok(())
}

async fn bulk_delete(tenant: Tenant, Body(bulk): Body<TaskIds>) -> Answer<One<BulkOutcome<TaskId>>> {
    Ok(One(tenant.igny8.tasks(&tenant.scope).bulk_delete(&bulk.ids).await?))
}

async fn bulk_update(tenant: Tenant, Body(bulk): Body<TasksAndStatus>) -> Answer<One<BulkOutcome<TaskId>>> {
    Ok(One(tenant.igny8.tasks(&tenant.scope).bulk_update(&bulk.ids, bulk.status).await?))
}
