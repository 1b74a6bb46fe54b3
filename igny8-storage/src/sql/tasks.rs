//! Writer's tasks of the sectors within reach.

use async_trait::async_trait;
use igny8_core::ids::{IdeaId, SectorId, SiteId, TaskId};
use igny8_core::paging::{BulkOutcome, Paged};
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{NewTask, Task, TaskChange, TaskField, TaskQuery, TaskStatus};
use igny8_core::ports::Tasks;
use igny8_core::tenancy::TenantScope;
use igny8_core::vocabulary::{ContentStructure, ContentType};
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey, fold};
use super::sectors::site_of;
use super::{Store, clusters, ideas, keywords};
use crate::statement::TenantSql;

const TASKS: ListSql = ListSql::new("tasks", "t.*", "igny8_tasks t", "t");
const CREATED_AT: SortKey = SortKey::number("created_at", "t.created_at");
const TITLE: SortKey = SortKey::text("title", "t.title_key");
const WORDS: SortKey = SortKey::number("word_count", "t.word_count");
const STATUS: SortKey = SortKey::text("status", "t.status");

const TASK: TenantSql = TenantSql::new("SELECT * FROM igny8_tasks WHERE account_id = $1 AND id = $2");
const OF_IDEA: TenantSql = TenantSql::new("SELECT 1 FROM igny8_tasks WHERE account_id = $1 AND idea_id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_tasks
         (account_id, id, site_id, sector_id, title, title_key, description, keywords, keywords_key, cluster_id, idea_id,
          content_type, content_structure, word_count, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
     ON CONFLICT (account_id, id) DO NOTHING",
);
const MOVE: TenantSql =
    TenantSql::new("UPDATE igny8_tasks SET status = $3, updated_at = $4 WHERE account_id = $1 AND id = $2");
const PUBLISHED: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_content WHERE account_id = $1 AND task_id = $2 AND status = 'published'",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_tasks WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Tasks for Store {
    async fn create_task(&self, scope: &TenantScope, sector: SectorId, new: NewTask) -> Result<Task> {
        let mut db = self.write(scope, "create a task").await?;
        let site = site_of(&mut db, sector).await?;
        if let Some(cluster) = new.cluster {
            clusters::check_in_sector(&mut db, cluster, sector).await?;
        }
        if let Some(idea) = new.idea {
            if ideas::find(&mut db, idea).await?.place.sector() != sector {
                return Err(Error::not_found("idea", idea));
            }
            if has_task(&mut db, idea).await? {
                return Err(Error::conflict("task", "the idea has a task already"));
            }
        }
        insert(&mut db, site, sector, &new).await?;
        let created = find(&mut db, new.id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_task(&self, scope: &TenantScope, id: TaskId) -> Result<Task> {
        find(&mut self.read(scope, "read a task").await?, id).await
    }

    async fn list_tasks(&self, scope: &TenantScope, query: &TaskQuery) -> Result<Paged<Task>> {
        let filter = &query.filter;
        let key = |field| match field {
            TaskField::Title => TITLE,
            TaskField::CreatedAt => CREATED_AT,
            TaskField::WordCount => WORDS,
            TaskField::Status => STATUS,
        };
        self.read(scope, "list tasks")
            .await?
            .list(&TASKS)
            .visible("t.site_id")
            .and("t.site_id =", filter.site)
            .and("t.sector_id =", filter.sector)
            .and_in("t.id", filter.ids.as_deref())
            .and_search(&["t.title_key", "t.keywords_key"], filter.search.as_deref())
            .and_words("t.status", filter.statuses.iter().map(|status| status.as_str()))
            .and("t.cluster_id =", filter.cluster)
            .and("t.content_type =", filter.content_type.as_ref().map(ContentType::as_str))
            .and("t.content_structure =", filter.content_structure.as_ref().map(ContentStructure::as_str))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, task)
            .await
    }

    async fn update_task(&self, scope: &TenantScope, id: TaskId, change: TaskChange) -> Result<Task> {
        let mut db = self.write(scope, "change a task").await?;
        let before = find(&mut db, id).await?;
        if let Some(to) = change.status {
            before.status.check_move(to)?;
        }
        if let Some(Some(cluster)) = change.cluster {
            clusters::check_in_sector(&mut db, cluster, before.place.sector()).await?;
        }
        let now = db.now();
        db.update("igny8_tasks")
            .set("title_key", change.title.as_deref().map(fold))
            .set("title", change.title)
            .set("description", change.description)
            .set("keywords", change.keywords.as_ref().map(Json))
            .set("keywords_key", change.keywords.as_deref().map(keywords_key))
            .set("cluster_id", change.cluster)
            .set("content_type", change.content_type.as_ref().map(ContentType::as_str))
            .set("content_structure", change.content_structure.as_ref().map(ContentStructure::as_str))
            .set("word_count", change.word_count)
            .set("status", change.status.map(TaskStatus::as_str))
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_tasks(&self, scope: &TenantScope, ids: &[TaskId]) -> Result<BulkOutcome<TaskId>> {
        let mut db = self.write(scope, "delete tasks").await?;
        let mut outcome = BulkOutcome::default();
        for id in ids {
            match delete(&mut db, *id).await {
                Ok(()) => outcome.changed.push(*id),
                Err(error) => outcome.refused.push(keywords::refusal(*id, error)?),
            }
        }
        db.commit().await?;
        Ok(outcome)
    }

    async fn set_task_status(
        &self,
        scope: &TenantScope,
        ids: &[TaskId],
        to: TaskStatus,
    ) -> Result<BulkOutcome<TaskId>> {
        let mut db = self.write(scope, "change tasks' status").await?;
        let mut outcome = BulkOutcome::default();
        for id in ids {
            let checked = match find(&mut db, *id).await {
                Ok(task) => task.status.check_move(to),
                Err(error) => Err(error),
            };
            match checked {
                Ok(()) => {
                    set_status(&mut db, *id, to).await?;
                    outcome.changed.push(*id);
                }
                Err(error) => outcome.refused.push(keywords::refusal(*id, error)?),
            }
        }
        db.commit().await?;
        Ok(outcome)
    }
}

async fn delete(db: &mut Scoped<'_>, id: TaskId) -> Result<()> {
    let task = find(db, id).await?;
    if task.status == TaskStatus::Published || db.query(PUBLISHED).bind(id).exists().await? {
        return Err(Error::conflict("task", "its article is published: unpublish it first"));
    }
    db.query(DELETE).bind(id).execute().await.map(drop)
}

/// Whether the idea has a task.
pub(super) async fn has_task(db: &mut Scoped<'_>, idea: IdeaId) -> Result<bool> {
    db.query(OF_IDEA).bind(idea).exists().await
}

/// Writes a new task unless its id is there.
pub(super) async fn insert(db: &mut Scoped<'_>, site: SiteId, sector: SectorId, new: &NewTask) -> Result<()> {
    let now = db.now();
    db.query(CREATE)
        .bind(new.id)
        .bind(site)
        .bind(sector)
        .bind(new.title.as_str())
        .bind(fold(&new.title))
        .bind(new.description.as_str())
        .bind(Json(&new.keywords))
        .bind(keywords_key(&new.keywords))
        .bind(new.cluster)
        .bind(new.idea)
        .bind(new.content_type.as_str())
        .bind(new.content_structure.as_str())
        .bind(new.word_count)
        .bind(TaskStatus::Pending.as_str())
        .bind(now)
        .execute()
        .await
        .or_taken(|| Error::conflict("task", "the idea has a task already"))
        .or_unlinked(|| Error::not_found("sector, cluster or idea", sector))
        .map(drop)
}

/// Moves a task when that is legal, and leaves it alone when it is not.
pub(super) async fn advance(db: &mut Scoped<'_>, id: TaskId, to: TaskStatus) -> Result<()> {
    let found = db.query(TASK).bind(id).optional(|row| row.word::<TaskStatus>("status")).await?;
    match found {
        Some(from) if from != to && from.may_become(to) => set_status(db, id, to).await,
        _ => Ok(()),
    }
}

/// The status of a task within reach; `None` when there is none.
pub(super) async fn status_of(db: &mut Scoped<'_>, id: TaskId) -> Result<Option<TaskStatus>> {
    let found = db.query(TASK).bind(id).optional(|row| seen(task(row))).await?.flatten();
    Ok(found.map(|task| task.status))
}

/// Gives a task a status, whatever it has.
pub(super) async fn set_status(db: &mut Scoped<'_>, id: TaskId, to: TaskStatus) -> Result<()> {
    let now = db.now();
    db.query(MOVE).bind(id).bind(to.as_str()).bind(now).execute().await.map(drop)
}

/// A task within reach.
pub(super) async fn find(db: &mut Scoped<'_>, id: TaskId) -> Result<Task> {
    let found = db.query(TASK).bind(id).optional(|row| seen(task(row))).await?.flatten();
    found.ok_or_else(|| Error::not_found("task", id))
}

fn keywords_key(keywords: &[String]) -> String {
    keywords.iter().map(|keyword| fold(keyword)).collect::<Vec<_>>().join("\n")
}

fn task(row: &Row<'_>) -> Result<Task> {
    Ok(Task {
        id: row.get("id")?,
        place: row.place()?,
        title: row.get("title")?,
        description: row.get("description")?,
        keywords: row.json("keywords")?,
        cluster: row.get("cluster_id")?,
        idea: row.get("idea_id")?,
        content_type: ContentType::new(row.get::<String>("content_type")?),
        content_structure: ContentStructure::new(row.get::<String>("content_structure")?),
        word_count: row.get("word_count")?,
        status: row.word("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
