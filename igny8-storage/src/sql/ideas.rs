//! Content ideas of the sectors within reach, and the way from an idea to a task.

use async_trait::async_trait;
use igny8_core::ids::{IdeaId, KeywordId, SectorId, SiteId, TaskId};
use igny8_core::paging::{BulkOutcome, Paged};
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Idea, IdeaChange, IdeaField, IdeaQuery, IdeaStatus, KeywordStatus, NewIdea, NewTask, Task,
};
use igny8_core::ports::Ideas;
use igny8_core::tenancy::{Limit, TenantScope};
use igny8_core::vocabulary::{ContentStructure, ContentType};
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey, fold};
use super::sectors::site_of;
use super::{Store, clusters, keywords, plan, tasks};
use crate::statement::TenantSql;

const IDEAS: ListSql = ListSql::new("ideas", "i.*", "igny8_content_ideas i", "i");
const CREATED_AT: SortKey = SortKey::number("created_at", "i.created_at");
const TITLE: SortKey = SortKey::text("title", "i.title_key");
const WORDS: SortKey = SortKey::number("estimated_word_count", "i.estimated_word_count");

const IDEA: TenantSql = TenantSql::new("SELECT * FROM igny8_content_ideas WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_content_ideas
         (account_id, id, site_id, sector_id, idea_title, title_key, description, content_type, content_structure,
          target_keywords, keyword_cluster_id, estimated_word_count, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
     ON CONFLICT (account_id, id) DO NOTHING",
);
const MOVE: TenantSql = TenantSql::new(
    "UPDATE igny8_content_ideas SET status = $3, updated_at = $4 WHERE account_id = $1 AND id = $2",
);
const CLUSTERED: TenantSql = TenantSql::new(
    "SELECT k.id FROM igny8_keyword_clusters m
     JOIN igny8_keywords k ON k.account_id = m.account_id AND k.id = m.keyword_id
     WHERE m.account_id = $1 AND m.cluster_id = $2 AND k.status = 'clustered'",
);
const DETACH: TenantSql =
    TenantSql::new("UPDATE igny8_tasks SET idea_id = NULL WHERE account_id = $1 AND idea_id = $2");
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_content_ideas WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Ideas for Store {
    async fn create_idea(&self, scope: &TenantScope, sector: SectorId, new: NewIdea) -> Result<Idea> {
        let mut db = self.write(scope, "create an idea").await?;
        let site = site_of(&mut db, sector).await?;
        if let Some(cluster) = new.cluster {
            clusters::check_in_sector(&mut db, cluster, sector).await?;
        }
        plan::admit(&mut db, Limit::ContentIdeas, 1).await?;
        insert(&mut db, site, sector, &new).await?;
        let created = find(&mut db, new.id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_idea(&self, scope: &TenantScope, id: IdeaId) -> Result<Idea> {
        find(&mut self.read(scope, "read an idea").await?, id).await
    }

    async fn list_ideas(&self, scope: &TenantScope, query: &IdeaQuery) -> Result<Paged<Idea>> {
        let filter = &query.filter;
        let key = |field| match field {
            IdeaField::CreatedAt => CREATED_AT,
            IdeaField::Title => TITLE,
            IdeaField::EstimatedWordCount => WORDS,
        };
        self.read(scope, "list ideas")
            .await?
            .list(&IDEAS)
            .visible("i.site_id")
            .and("i.site_id =", filter.site)
            .and("i.sector_id =", filter.sector)
            .and_in("i.id", filter.ids.as_deref())
            .and_search(&["i.title_key"], filter.search.as_deref())
            .and_words("i.status", filter.statuses.iter().map(|status| status.as_str()))
            .and("i.keyword_cluster_id =", filter.cluster)
            .and("i.content_type =", filter.content_type.as_ref().map(ContentType::as_str))
            .and("i.content_structure =", filter.content_structure.as_ref().map(ContentStructure::as_str))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, idea)
            .await
    }

    async fn update_idea(&self, scope: &TenantScope, id: IdeaId, change: IdeaChange) -> Result<Idea> {
        let mut db = self.write(scope, "change an idea").await?;
        let before = find(&mut db, id).await?;
        if let Some(to) = change.status {
            before.status.check_move(to)?;
        }
        if let Some(Some(cluster)) = change.cluster {
            clusters::check_in_sector(&mut db, cluster, before.place.sector()).await?;
        }
        let now = db.now();
        db.update("igny8_content_ideas")
            .set("title_key", change.title.as_deref().map(fold))
            .set("idea_title", change.title)
            .set("description", change.description)
            .set("content_type", change.content_type.as_ref().map(ContentType::as_str))
            .set("content_structure", change.content_structure.as_ref().map(ContentStructure::as_str))
            .set("target_keywords", change.target_keywords.as_ref().map(Json))
            .set("keyword_cluster_id", change.cluster)
            .set("estimated_word_count", change.estimated_word_count)
            .set("status", change.status.map(IdeaStatus::as_str))
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_idea(&self, scope: &TenantScope, id: IdeaId) -> Result<()> {
        let mut db = self.write(scope, "delete an idea").await?;
        find(&mut db, id).await?;
        db.query(DETACH).bind(id).execute().await?;
        db.query(DELETE).bind(id).execute().await?;
        db.commit().await
    }

    async fn queue_ideas(
        &self,
        scope: &TenantScope,
        ids: &[IdeaId],
    ) -> Result<(Vec<Task>, BulkOutcome<IdeaId>)> {
        let mut db = self.write(scope, "queue ideas to the writer").await?;
        let mut made = Vec::new();
        let mut outcome = BulkOutcome::default();
        for id in ids {
            match queue(&mut db, *id).await {
                Ok(task) => {
                    made.push(task);
                    outcome.changed.push(*id);
                }
                Err(error) => outcome.refused.push(keywords::refusal(*id, error)?),
            }
        }
        db.commit().await?;
        Ok((made, outcome))
    }
}

async fn queue(db: &mut Scoped<'_>, id: IdeaId) -> Result<Task> {
    let idea = find(db, id).await?;
    if idea.status != IdeaStatus::New {
        let (from, to) = (idea.status.to_string(), IdeaStatus::Scheduled.to_string());
        return Err(Error::IllegalMove { what: "idea", from, to });
    }
    if tasks::has_task(db, id).await? {
        return Err(Error::conflict("idea", "it has a task already"));
    }
    let task = NewTask {
        id: TaskId::new(),
        title: idea.title,
        description: idea.description,
        keywords: idea.target_keywords,
        cluster: idea.cluster,
        idea: Some(id),
        content_type: idea.content_type,
        content_structure: idea.content_structure,
        word_count: idea.estimated_word_count,
    };
    tasks::insert(db, idea.place.site(), idea.place.sector(), &task).await?;
    set_status(db, id, IdeaStatus::Scheduled).await?;
    if let Some(cluster) = idea.cluster {
        let used: Vec<KeywordId> = db.query(CLUSTERED).bind(cluster).all(|row| row.get("id")).await?;
        keywords::move_all(db, &used, KeywordStatus::InUse).await?;
    }
    tasks::find(db, task.id).await
}

/// Writes a new idea unless its id is there; whether the plan has room is the caller's to ask.
pub(super) async fn insert(db: &mut Scoped<'_>, site: SiteId, sector: SectorId, new: &NewIdea) -> Result<()> {
    let now = db.now();
    db.query(CREATE)
        .bind(new.id)
        .bind(site)
        .bind(sector)
        .bind(new.title.as_str())
        .bind(fold(&new.title))
        .bind(new.description.as_str())
        .bind(new.content_type.as_str())
        .bind(new.content_structure.as_str())
        .bind(Json(&new.target_keywords))
        .bind(new.cluster)
        .bind(new.estimated_word_count)
        .bind(IdeaStatus::New.as_str())
        .bind(now)
        .execute()
        .await
        .or_unlinked(|| Error::not_found("sector or cluster", sector))
        .map(drop)
}

/// Moves an idea when that is legal, and leaves it alone when it is not.
pub(super) async fn advance(db: &mut Scoped<'_>, id: IdeaId, to: IdeaStatus) -> Result<()> {
    let found = db.query(IDEA).bind(id).optional(|row| row.word::<IdeaStatus>("status")).await?;
    match found {
        Some(from) if from != to && from.may_become(to) => set_status(db, id, to).await,
        _ => Ok(()),
    }
}

/// Whether the idea is there.
pub(super) async fn exists(db: &mut Scoped<'_>, id: IdeaId) -> Result<bool> {
    db.query(IDEA).bind(id).exists().await
}

async fn set_status(db: &mut Scoped<'_>, id: IdeaId, to: IdeaStatus) -> Result<()> {
    let now = db.now();
    db.query(MOVE).bind(id).bind(to.as_str()).bind(now).execute().await.map(drop)
}

/// An idea within reach.
pub(super) async fn find(db: &mut Scoped<'_>, id: IdeaId) -> Result<Idea> {
    let found = db.query(IDEA).bind(id).optional(|row| seen(idea(row))).await?.flatten();
    found.ok_or_else(|| Error::not_found("idea", id))
}

fn idea(row: &Row<'_>) -> Result<Idea> {
    Ok(Idea {
        id: row.get("id")?,
        place: row.place()?,
        title: row.get("idea_title")?,
        description: row.get("description")?,
        content_type: ContentType::new(row.get::<String>("content_type")?),
        content_structure: ContentStructure::new(row.get::<String>("content_structure")?),
        target_keywords: row.json("target_keywords")?,
        cluster: row.get("keyword_cluster_id")?,
        estimated_word_count: row.get("estimated_word_count")?,
        status: row.word("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
