//! Machine keys of the account, and the one that a caller shows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::identity::{ApiKey, ApiKeyQuery, NewApiKey, TokenHash};
use igny8_core::ids::ApiKeyId;
use igny8_core::paging::Paged;
use igny8_core::ports::ApiKeys;
use igny8_core::tenancy::{SystemScope, TenantScope};
use igny8_core::{Error, Result};

use super::columns::Row;
use super::executor::Scoped;
use super::listing::{ListSql, SortKey};
use super::{Store, tokens, users};
use crate::statement::TenantSql;

/// How exactly it is known when a key was last used.
const NOTED: chrono::Duration = chrono::Duration::minutes(1);

const KEYS: ListSql = ListSql::new("api keys", "k.*", "igny8_api_keys k", "k");
const CREATED_AT: SortKey = SortKey::number("created_at", "k.created_at");

const KEY: TenantSql = TenantSql::new("SELECT * FROM igny8_api_keys WHERE account_id = $1 AND id = $2");
const GOOD: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_api_keys WHERE account_id = $1 AND token_hash = $2 AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > $3)",
);
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_api_keys (account_id, id, user_id, name, prefix, token_hash, role, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     RETURNING *",
);
const REVOKE: TenantSql = TenantSql::new(
    "UPDATE igny8_api_keys SET revoked_at = $3 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL",
);
const TOKEN: TenantSql =
    TenantSql::new("SELECT token_hash FROM igny8_api_keys WHERE account_id = $1 AND id = $2");
const NOTE_USE: TenantSql = TenantSql::new(
    "UPDATE igny8_api_keys SET last_used_at = $3
     WHERE account_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $4)",
);

#[async_trait]
impl ApiKeys for Store {
    async fn create_api_key(&self, scope: &TenantScope, key: NewApiKey) -> Result<ApiKey> {
        let mut db = self.write(scope, "create a machine key").await?;
        users::find(&mut db, key.user).await?;
        tokens::enter(&mut db, key.user, key.hash, None).await?;
        let now = db.now();
        let created = db
            .query(CREATE)
            .bind(ApiKeyId::new())
            .bind(key.user)
            .bind(key.name)
            .bind(key.prefix)
            .bind(key.hash)
            .bind(key.role.as_str())
            .bind(now)
            .bind(key.expires_at)
            .one(api_key)
            .await?;
        db.commit().await?;
        Ok(created)
    }

    async fn list_api_keys(&self, scope: &TenantScope, query: &ApiKeyQuery) -> Result<Paged<ApiKey>> {
        self.read(scope, "list machine keys")
            .await?
            .list(&KEYS)
            .order(&query.order, |()| CREATED_AT, CREATED_AT)
            .page(&query.page, api_key)
            .await
    }

    async fn get_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<ApiKey> {
        find(&mut self.read(scope, "read a machine key").await?, id).await
    }

    async fn revoke_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<ApiKey> {
        let mut db = self.write(scope, "take a machine key back").await?;
        let now = db.now();
        if db.query(REVOKE).bind(id).bind(now).execute().await? > 0 {
            let token: Vec<u8> = db.query(TOKEN).bind(id).one(|row| row.get("token_hash")).await?;
            if let Ok(bytes) = <[u8; 32]>::try_from(token) {
                tokens::forget(&mut db, TokenHash::from_bytes(bytes)).await?;
            }
        }
        let revoked = find(&mut db, id).await?;
        db.commit().await?;
        Ok(revoked)
    }
}

/// The key that is good now, its use noted.
pub(super) async fn by_token(
    store: &Store,
    system: &SystemScope,
    token: &TokenHash,
) -> Result<Option<ApiKey>> {
    let mut db = store.system_read(system, "find a machine key").await?;
    let Some(account) = tokens::account_of(&mut db, token).await? else { return Ok(None) };
    let now = db.now();
    let found = db.within(account).await?.query(GOOD).bind(*token).bind(now).optional(api_key).await?;
    drop(db);
    let Some(mut key) = found else { return Ok(None) };
    if key.last_used_at.is_none_or(|last| last <= now - NOTED) {
        match note_use(store, system, &key, now).await {
            Ok(()) => key.last_used_at = Some(now),
            // The caller is known all the same.
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(key = %key.id, error, "the use of a machine key was not noted");
            }
        }
    }
    Ok(Some(key))
}

async fn note_use(store: &Store, system: &SystemScope, key: &ApiKey, now: DateTime<Utc>) -> Result<()> {
    let mut db = store.system_note(system, "note the use of a machine key").await?;
    let mut of_account = db.within(key.tenant.account()).await?;
    of_account.query(NOTE_USE).bind(key.id).bind(now).bind(now - NOTED).execute().await?;
    db.commit().await
}

async fn find(db: &mut Scoped<'_>, id: ApiKeyId) -> Result<ApiKey> {
    let found = db.query(KEY).bind(id).optional(api_key).await?;
    found.ok_or_else(|| Error::not_found("api key", id))
}

fn api_key(row: &Row<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        tenant: row.tenant()?,
        user: row.get("user_id")?,
        name: row.get("name")?,
        prefix: row.get("prefix")?,
        role: row.word("role")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}
