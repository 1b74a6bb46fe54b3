//! Images of tasks and articles. An article's image names the article's task too.

use async_trait::async_trait;
use igny8_core::ids::{ContentId, ImageId, SectorId, SiteId, TaskId};
use igny8_core::paging::Paged;
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Image, ImageChange, ImageField, ImageOwner, ImageQuery, ImageStatus, ImageType, NewImage,
};
use igny8_core::ports::Images;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey};
use super::{Store, contents, tasks};
use crate::statement::TenantSql;

const IMAGES: ListSql = ListSql::new("images", "i.*", "igny8_images i", "i");
const CREATED_AT: SortKey = SortKey::number("created_at", "i.created_at");
const POSITION: SortKey = SortKey::number("position", "i.position");
const STATUS: SortKey = SortKey::text("status", "i.status");

const IMAGE: TenantSql = TenantSql::new("SELECT * FROM igny8_images WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_images
         (account_id, id, site_id, sector_id, task_id, content_id, image_type, position, heading, prompt, alt, status,
          created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', $12, $12)
     ON CONFLICT (account_id, id) DO NOTHING",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_images WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Images for Store {
    async fn create_image(&self, scope: &TenantScope, new: NewImage) -> Result<Image> {
        let mut db = self.write(scope, "create an image").await?;
        insert(&mut db, &new).await?;
        let created = find(&mut db, new.id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_image(&self, scope: &TenantScope, id: ImageId) -> Result<Image> {
        find(&mut self.read(scope, "read an image").await?, id).await
    }

    async fn list_images(&self, scope: &TenantScope, query: &ImageQuery) -> Result<Paged<Image>> {
        let filter = &query.filter;
        let key = |field| match field {
            ImageField::CreatedAt => CREATED_AT,
            ImageField::Position => POSITION,
            ImageField::Status => STATUS,
        };
        self.read(scope, "list images")
            .await?
            .list(&IMAGES)
            .visible("i.site_id")
            .and("i.site_id =", filter.site)
            .and("i.sector_id =", filter.sector)
            .and_in("i.id", filter.ids.as_deref())
            .and("i.task_id =", filter.task)
            .and("i.content_id =", filter.content)
            .and("i.image_type =", filter.image_type.map(ImageType::as_str))
            .and_words("i.status", filter.statuses.iter().map(|status| status.as_str()))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, image)
            .await
    }

    async fn update_image(&self, scope: &TenantScope, id: ImageId, change: ImageChange) -> Result<Image> {
        let mut db = self.write(scope, "change an image").await?;
        let before = find(&mut db, id).await?;
        if let Some(to) = change.status {
            before.status.check_move(to)?;
        }
        write_change(&mut db, id, change).await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_image(&self, scope: &TenantScope, id: ImageId) -> Result<Image> {
        let mut db = self.write(scope, "delete an image").await?;
        let image = find(&mut db, id).await?;
        db.query(DELETE).bind(id).execute().await?;
        db.commit().await?;
        Ok(image)
    }
}

/// Writes a new image unless its id is there; where it belongs is told by its owner.
pub(super) async fn insert(db: &mut Scoped<'_>, new: &NewImage) -> Result<()> {
    let (site, sector, task, content): (SiteId, SectorId, TaskId, Option<ContentId>) = match new.owner {
        ImageOwner::Task(id) => {
            let task = tasks::find(db, id).await?;
            (task.place.site(), task.place.sector(), id, None)
        }
        ImageOwner::Content(id) => {
            let content = contents::find(db, id).await?;
            (content.place.site(), content.place.sector(), content.task, Some(id))
        }
    };
    let now = db.now();
    db.query(CREATE)
        .bind(new.id)
        .bind(site)
        .bind(sector)
        .bind(task)
        .bind(content)
        .bind(new.image_type.as_str())
        .bind(new.position)
        .bind(new.heading.as_deref())
        .bind(new.prompt.as_str())
        .bind(new.alt.as_str())
        .bind(now)
        .execute()
        .await
        .or_unlinked(|| Error::not_found("task or content", task))
        .map(drop)
}

/// Changes an image, leaving its status alone when the move is not legal. Tells whether it has a file now and had none.
/// An image that is gone has nothing to change; that it cannot have a file is an error, since the file was made for it.
pub(super) async fn advance(db: &mut Scoped<'_>, id: ImageId, mut change: ImageChange) -> Result<bool> {
    let before = match find(db, id).await {
        Err(Error::NotFound { .. }) if change.status != Some(ImageStatus::Generated) => return Ok(false),
        found => found?,
    };
    if change.status.is_some_and(|to| !before.status.may_become(to)) {
        change.status = None;
    }
    let generated = change.status == Some(ImageStatus::Generated);
    write_change(db, id, change).await?;
    Ok(generated)
}

async fn write_change(db: &mut Scoped<'_>, id: ImageId, change: ImageChange) -> Result<()> {
    let now = db.now();
    db.update("igny8_images")
        .set("prompt", change.prompt)
        .set("alt", change.alt)
        .set("image_url", change.image_url)
        .set("media_type", change.media_type)
        .set("status", change.status.map(ImageStatus::as_str))
        .set("error", change.error)
        .always("updated_at", now)
        .of(id)
        .execute()
        .await
        .map(drop)
}

async fn find(db: &mut Scoped<'_>, id: ImageId) -> Result<Image> {
    let found = db.query(IMAGE).bind(id).optional(|row| seen(image(row))).await?.flatten();
    found.ok_or_else(|| Error::not_found("image", id))
}

fn image(row: &Row<'_>) -> Result<Image> {
    Ok(Image {
        id: row.get("id")?,
        place: row.place()?,
        task: row.get("task_id")?,
        content: row.get("content_id")?,
        image_type: row.word("image_type")?,
        position: row.get("position")?,
        heading: row.get("heading")?,
        prompt: row.get("prompt")?,
        alt: row.get("alt")?,
        image_url: row.get("image_url")?,
        media_type: row.get("media_type")?,
        status: row.word("status")?,
        error: row.get("error")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
