//! Articles and their revisions: a new text never destroys the old one.

use async_trait::async_trait;
use igny8_core::ids::{ContentId, RunId, TaskId};
use igny8_core::paging::Paged;
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Content, ContentChange, ContentField, ContentQuery, ContentStatus, Draft, Revision, TaskStatus,
};
use igny8_core::ports::Contents;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey, fold};
use super::{Store, outbox, tasks};
use crate::statement::TenantSql;

const CONTENTS: ListSql = ListSql::new("contents", "c.*", "igny8_content c", "c");
const CREATED_AT: SortKey = SortKey::number("created_at", "c.created_at");
const TITLE: SortKey = SortKey::text("title", "c.title_key");
const WORDS: SortKey = SortKey::number("word_count", "c.word_count");
const SEO_SCORE: SortKey = SortKey::number("seo_score", "c.seo_score");

const CONTENT: TenantSql = TenantSql::new("SELECT * FROM igny8_content WHERE account_id = $1 AND id = $2");
const OF_TASK: TenantSql =
    TenantSql::new("SELECT id, revision, status FROM igny8_content WHERE account_id = $1 AND task_id = $2");
const OF_RUN: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_content_revisions WHERE account_id = $1 AND content_id = $2 AND run_id = $3",
);
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_content
         (account_id, id, site_id, sector_id, task_id, revision, title, title_key, html_content, word_count,
          within_word_target, meta_title, meta_description, primary_keyword, secondary_keywords, seo, seo_score, written_by,
          status, created_at, updated_at)
     SELECT $1, $2, t.site_id, t.sector_id, t.id, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17
     FROM igny8_tasks t WHERE t.account_id = $1 AND t.id = $3",
);
const RENEW: TenantSql = TenantSql::new(
    "UPDATE igny8_content SET revision = $3, title = $4, title_key = $5, html_content = $6, word_count = $7,
         within_word_target = $8, meta_title = $9, meta_description = $10, primary_keyword = $11, secondary_keywords = $12,
         seo = $13, seo_score = $14, written_by = $15, status = $16, updated_at = $17
     WHERE account_id = $1 AND id = $2",
);
const REVISION: TenantSql = TenantSql::new(
    "INSERT INTO igny8_content_revisions
         (account_id, content_id, revision, title, html_content, word_count, within_word_target, meta_title,
          meta_description, primary_keyword, secondary_keywords, seo, written_by, run_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
);
const REVISIONS: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_content_revisions WHERE account_id = $1 AND content_id = $2 ORDER BY revision DESC",
);

#[async_trait]
impl Contents for Store {
    async fn get_content(&self, scope: &TenantScope, id: ContentId) -> Result<Content> {
        find(&mut self.read(scope, "read an article").await?, id).await
    }

    async fn list_contents(&self, scope: &TenantScope, query: &ContentQuery) -> Result<Paged<Content>> {
        let filter = &query.filter;
        let key = |field| match field {
            ContentField::CreatedAt => CREATED_AT,
            ContentField::Title => TITLE,
            ContentField::WordCount => WORDS,
            ContentField::SeoScore => SEO_SCORE,
        };
        self.read(scope, "list articles")
            .await?
            .list(&CONTENTS)
            .visible("c.site_id")
            .and("c.site_id =", filter.site)
            .and("c.sector_id =", filter.sector)
            .and_in("c.id", filter.ids.as_deref())
            .and_in("c.task_id", filter.tasks.as_deref())
            .and_search(&["c.title_key"], filter.search.as_deref())
            .and_words("c.status", filter.statuses.iter().map(|status| status.as_str()))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, content)
            .await
    }

    async fn update_content(
        &self,
        scope: &TenantScope,
        id: ContentId,
        change: ContentChange,
    ) -> Result<Content> {
        let mut db = self.write(scope, "change an article").await?;
        let before = find(&mut db, id).await?;
        if let Some(to) = change.status {
            before.status.check_move(to)?;
        }
        let now = db.now();
        db.update("igny8_content")
            .set("status", change.status.map(ContentStatus::as_str))
            .set("wp_post_id", change.wp_post_id)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        if change.status == Some(ContentStatus::Published) {
            tasks::advance(&mut db, before.task, TaskStatus::Published).await?;
        }
        let after = find(&mut db, id).await?;
        if after.status == ContentStatus::Published && before.status != ContentStatus::Published {
            outbox::content_published(&mut db, &after).await?;
        }
        db.commit().await?;
        Ok(after)
    }

    async fn save_draft(
        &self,
        scope: &TenantScope,
        task: TaskId,
        draft: Draft,
        based_on: Option<u32>,
    ) -> Result<Content> {
        let mut db = self.write(scope, "save an article").await?;
        tasks::find(&mut db, task).await?;
        let current = of_task(&mut db, task).await?;
        let revision = current.as_ref().map(|current| current.revision);
        if based_on.is_some() && based_on != revision {
            let now = revision.map_or_else(|| "none".to_owned(), |revision| revision.to_string());
            return Err(Error::conflict(
                "content",
                format!("the current revision is {now}: load it and try again"),
            ));
        }
        let id = write(&mut db, task, ContentId::new(), &draft, None).await?;
        let saved = find(&mut db, id).await?;
        db.commit().await?;
        Ok(saved)
    }

    async fn list_revisions(&self, scope: &TenantScope, id: ContentId) -> Result<Vec<Revision>> {
        let mut db = self.read(scope, "list an article's revisions").await?;
        find(&mut db, id).await?;
        db.query(REVISIONS).bind(id).all(revision).await
    }
}

/// A task's article as far as a new text needs to know it.
struct Current {
    id: ContentId,
    revision: u32,
    status: ContentStatus,
}

async fn of_task(db: &mut Scoped<'_>, task: TaskId) -> Result<Option<Current>> {
    db.query(OF_TASK)
        .bind(task)
        .optional(|row| {
            Ok(Current { id: row.get("id")?, revision: row.get("revision")?, status: row.word("status")? })
        })
        .await
}

/// Whether this run has written a revision of the task's article.
pub(super) async fn has_written(db: &mut Scoped<'_>, task: TaskId, run: RunId) -> Result<bool> {
    match of_task(db, task).await? {
        Some(current) => db.query(OF_RUN).bind(current.id).bind(run).exists().await,
        None => Ok(false),
    }
}

/// Writes a text as the next revision of the task's article, which gets `id` when it is the first.
pub(super) async fn write(
    db: &mut Scoped<'_>,
    task: TaskId,
    id: ContentId,
    draft: &Draft,
    run: Option<RunId>,
) -> Result<ContentId> {
    let now = db.now();
    let current = of_task(db, task).await?;
    let (sql, id, revision, status) = match &current {
        None => (CREATE, id, 1, ContentStatus::Draft),
        // A new text of a live article is a draft again until it is published anew.
        Some(current) if current.status == ContentStatus::Published => {
            (RENEW, current.id, current.revision + 1, ContentStatus::Draft)
        }
        Some(current) => (RENEW, current.id, current.revision + 1, current.status),
    };
    let statement = db.query(sql).bind(id);
    let statement = match &current {
        None => statement.bind(task),
        Some(_) => statement.bind(revision),
    };
    let written = statement
        .bind(draft.title.as_str())
        .bind(fold(&draft.title))
        .bind(draft.html_content.as_str())
        .bind(draft.word_count)
        .bind(draft.within_word_target)
        .bind(draft.meta_title.as_deref())
        .bind(draft.meta_description.as_deref())
        .bind(draft.primary_keyword.as_deref())
        .bind(Json(&draft.secondary_keywords))
        .bind(Json(&draft.seo))
        .bind(draft.seo.score)
        .bind(draft.written_by.as_str())
        .bind(status.as_str())
        .bind(now)
        .execute()
        .await
        .or_taken(|| Error::conflict("content", "there is an article of that id already"))?;
    if written == 0 {
        return Err(Error::not_found("task", task));
    }
    db.query(REVISION)
        .bind(id)
        .bind(revision)
        .bind(draft.title.as_str())
        .bind(draft.html_content.as_str())
        .bind(draft.word_count)
        .bind(draft.within_word_target)
        .bind(draft.meta_title.as_deref())
        .bind(draft.meta_description.as_deref())
        .bind(draft.primary_keyword.as_deref())
        .bind(Json(&draft.secondary_keywords))
        .bind(Json(&draft.seo))
        .bind(draft.written_by.as_str())
        .bind(run)
        .bind(now)
        .execute()
        .await?;
    Ok(id)
}

/// An article within reach.
pub(super) async fn find(db: &mut Scoped<'_>, id: ContentId) -> Result<Content> {
    let found = db.query(CONTENT).bind(id).optional(|row| seen(content(row))).await?.flatten();
    found.ok_or_else(|| Error::not_found("content", id))
}

fn draft(row: &Row<'_>) -> Result<Draft> {
    Ok(Draft {
        title: row.get("title")?,
        html_content: row.get("html_content")?,
        word_count: row.get("word_count")?,
        within_word_target: row.get("within_word_target")?,
        meta_title: row.get("meta_title")?,
        meta_description: row.get("meta_description")?,
        primary_keyword: row.get("primary_keyword")?,
        secondary_keywords: row.json("secondary_keywords")?,
        seo: row.json("seo")?,
        written_by: row.get("written_by")?,
    })
}

fn content(row: &Row<'_>) -> Result<Content> {
    Ok(Content {
        id: row.get("id")?,
        place: row.place()?,
        task: row.get("task_id")?,
        revision: row.get("revision")?,
        draft: draft(row)?,
        status: row.word("status")?,
        wp_post_id: row.get("wp_post_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn revision(row: &Row<'_>) -> Result<Revision> {
    Ok(Revision {
        content: row.get("content_id")?,
        revision: row.get("revision")?,
        draft: draft(row)?,
        run: row.get("run_id")?,
        created_at: row.get("created_at")?,
    })
}
