//! Idempotency keys of requests: claimed under a lease, then answered once for all.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::idempotency::{KeyClaim, StoredResponse};
use igny8_core::ids::UserId;
use igny8_core::ports::IdempotencyKeys;
use igny8_core::tenancy::TenantScope;
use sqlx::types::Json;
use uuid::Uuid;

use super::columns::Row;
use super::{Store, later};
use crate::statement::TenantSql;

const KEY: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_idempotency_keys
     WHERE account_id = $1 AND actor_id = $2 AND key = $3 AND expires_at > $4",
);
const CLAIM: TenantSql = TenantSql::new(
    "INSERT INTO igny8_idempotency_keys
         (account_id, actor_id, key, fingerprint, state, created_at, locked_until, expires_at)
     VALUES ($1, $2, $3, $4, 'claimed', $5, $6, $7)
     ON CONFLICT (account_id, actor_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, state = 'claimed',
         status = NULL, headers = NULL, body = NULL, created_at = excluded.created_at,
         locked_until = excluded.locked_until, expires_at = excluded.expires_at",
);
const COMPLETE: TenantSql = TenantSql::new(
    "UPDATE igny8_idempotency_keys SET state = 'answered', status = $4, headers = $5, body = $6
     WHERE account_id = $1 AND actor_id = $2 AND key = $3 AND state = 'claimed'",
);
const RELEASE: TenantSql = TenantSql::new(
    "DELETE FROM igny8_idempotency_keys
     WHERE account_id = $1 AND actor_id = $2 AND key = $3 AND state = 'claimed'",
);

/// A key as it is stored.
struct Known {
    fingerprint: Vec<u8>,
    locked_until: DateTime<Utc>,
    answer: Option<StoredResponse>,
}

#[async_trait]
impl IdempotencyKeys for Store {
    async fn claim_key(
        &self,
        scope: &TenantScope,
        key: &str,
        fingerprint: &[u8; 32],
        lease: Duration,
        keep: Duration,
    ) -> Result<KeyClaim> {
        let mut db = self.write(scope, "claim an idempotency key").await?;
        let (actor, now) = (actor(scope), db.now());
        if let Some(known) = db.query(KEY).bind(actor).bind(key).bind(now).optional(of_row).await? {
            if known.fingerprint != fingerprint {
                return Ok(KeyClaim::Mismatch);
            }
            if let Some(answer) = known.answer {
                return Ok(KeyClaim::Replay(answer));
            }
            if known.locked_until > now {
                return Ok(KeyClaim::InProgress);
            }
        }
        db.query(CLAIM)
            .bind(actor)
            .bind(key)
            .bind(fingerprint.to_vec())
            .bind(now)
            .bind(later(now, lease))
            .bind(later(now, keep))
            .execute()
            .await?;
        db.commit().await?;
        Ok(KeyClaim::Fresh)
    }

    async fn complete_key(&self, scope: &TenantScope, key: &str, response: StoredResponse) -> Result<()> {
        let mut db = self.write(scope, "keep the answer of a request").await?;
        db.query(COMPLETE)
            .bind(actor(scope))
            .bind(key)
            .bind(i32::from(response.status))
            .bind(Json(&response.headers))
            .bind(response.body)
            .execute()
            .await?;
        db.commit().await
    }

    async fn release_key(&self, scope: &TenantScope, key: &str) -> Result<()> {
        let mut db = self.write(scope, "release an idempotency key").await?;
        db.query(RELEASE).bind(actor(scope)).bind(key).execute().await?;
        db.commit().await
    }
}

/// Whose keys these are; a worker has no id and stands under the one of nobody.
fn actor(scope: &TenantScope) -> Uuid {
    scope.actor().map_or(Uuid::nil(), UserId::as_uuid)
}

fn of_row(row: &Row<'_>) -> Result<Known> {
    let status: Option<i32> = row.get("status")?;
    let answer = match status.and_then(|status| u16::try_from(status).ok()) {
        Some(status) => Some(StoredResponse {
            status,
            headers: row.maybe_json("headers")?.unwrap_or_default(),
            body: row.get::<Option<Vec<u8>>>("body")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Known { fingerprint: row.get("fingerprint")?, locked_until: row.get("locked_until")?, answer })
}
