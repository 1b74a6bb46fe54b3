//! Author profiles of the account; at most one is the default.

use async_trait::async_trait;
use igny8_core::ids::AuthorProfileId;
use igny8_core::ports::AuthorProfiles;
use igny8_core::settings::{AuthorProfile, AuthorProfileChange, NewAuthorProfile};
use igny8_core::tenancy::TenantScope;
use igny8_core::vocabulary::Tone;
use igny8_core::{Error, Result};

use super::Store;
use super::columns::Row;
use super::executor::Scoped;
use super::failure::BrokenRule;
use crate::statement::TenantSql;

const ALL: TenantSql =
    TenantSql::new("SELECT * FROM igny8_author_profiles WHERE account_id = $1 ORDER BY name, id");
const ONE: TenantSql =
    TenantSql::new("SELECT * FROM igny8_author_profiles WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_author_profiles
         (account_id, id, name, description, tone, language, is_default, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
     RETURNING *",
);
const NO_DEFAULT: TenantSql = TenantSql::new(
    "UPDATE igny8_author_profiles SET is_default = FALSE, updated_at = $2 WHERE account_id = $1 AND is_default",
);
const DETACH: [TenantSql; 2] = [
    TenantSql::new(
        "UPDATE igny8_sites SET author_profile_id = NULL WHERE account_id = $1 AND author_profile_id = $2",
    ),
    TenantSql::new(
        "UPDATE igny8_sectors SET author_profile_id = NULL WHERE account_id = $1 AND author_profile_id = $2",
    ),
];
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM igny8_author_profiles WHERE account_id = $1 AND id = $2");

#[async_trait]
impl AuthorProfiles for Store {
    async fn create_author_profile(
        &self,
        scope: &TenantScope,
        new: NewAuthorProfile,
    ) -> Result<AuthorProfile> {
        let mut db = self.write(scope, "create an author profile").await?;
        if new.is_default {
            clear_default(&mut db).await?;
        }
        let now = db.now();
        let created = db
            .query(CREATE)
            .bind(AuthorProfileId::new())
            .bind(new.name.as_str())
            .bind(new.description.as_str())
            .bind(new.tone.as_str())
            .bind(new.language.as_str())
            .bind(new.is_default)
            .bind(now)
            .one(profile)
            .await
            .or_taken(|| taken(&new.name))?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_author_profile(&self, scope: &TenantScope, id: AuthorProfileId) -> Result<AuthorProfile> {
        find(&mut self.read(scope, "read an author profile").await?, id).await
    }

    async fn list_author_profiles(&self, scope: &TenantScope) -> Result<Vec<AuthorProfile>> {
        self.read(scope, "list author profiles").await?.query(ALL).all(profile).await
    }

    async fn update_author_profile(
        &self,
        scope: &TenantScope,
        id: AuthorProfileId,
        change: AuthorProfileChange,
    ) -> Result<AuthorProfile> {
        let mut db = self.write(scope, "change an author profile").await?;
        find(&mut db, id).await?;
        if change.is_default == Some(true) {
            clear_default(&mut db).await?;
        }
        let now = db.now();
        let name = change.name.clone().unwrap_or_default();
        db.update("igny8_author_profiles")
            .set("name", change.name)
            .set("description", change.description)
            .set("tone", change.tone.as_ref().map(Tone::as_str))
            .set("language", change.language)
            .set("is_default", change.is_default)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await
            .or_taken(|| taken(&name))?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_author_profile(&self, scope: &TenantScope, id: AuthorProfileId) -> Result<()> {
        let mut db = self.write(scope, "delete an author profile").await?;
        find(&mut db, id).await?;
        for sql in DETACH {
            db.query(sql).bind(id).execute().await?;
        }
        db.query(DELETE).bind(id).execute().await?;
        db.commit().await
    }
}

async fn clear_default(db: &mut Scoped<'_>) -> Result<()> {
    let now = db.now();
    db.query(NO_DEFAULT).bind(now).execute().await.map(drop)
}

async fn find(db: &mut Scoped<'_>, id: AuthorProfileId) -> Result<AuthorProfile> {
    let found = db.query(ONE).bind(id).optional(profile).await?;
    found.ok_or_else(|| Error::not_found("author profile", id))
}

fn taken(name: &str) -> Error {
    Error::conflict("author profile", format!("the account has one named `{name}` already"))
}

fn profile(row: &Row<'_>) -> Result<AuthorProfile> {
    Ok(AuthorProfile {
        id: row.get("id")?,
        tenant: row.tenant()?,
        name: row.get("name")?,
        description: row.get("description")?,
        tone: Tone::new(row.get::<String>("tone")?),
        language: row.get("language")?,
        is_default: row.get("is_default")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
