//! Provider calls of runs, recorded before and after they are made, and the answers kept for a further attempt.
//! The record is nobody's alone: what a call took is written even when its run has gone to another worker.

use igny8_core::ids::RunId;
use igny8_core::runs::{CallOutcome, ProviderCall, RunState, StoredAnswer};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::Store;
use super::columns::Row;
use super::ledger::{from_nano, to_nano};
use super::plan::{Metric, meter};
use super::run_work::held;
use super::runs::find;
use crate::statement::TenantSql;

const CALLS: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_provider_calls WHERE account_id = $1 AND run_id = $2 ORDER BY created_at, id",
);
const BEGIN: TenantSql = TenantSql::new(
    "INSERT INTO igny8_provider_calls
         (account_id, id, run_id, item_key, provider, model, prompt_tokens, completion_tokens, cost_nano_usd, tries,
          duration_ms, outcome, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 'started', $7)",
);
const END: TenantSql = TenantSql::new(
    "UPDATE igny8_provider_calls SET model = $4, prompt_tokens = $5, completion_tokens = $6, cost_nano_usd = $7, tries = $8,
         duration_ms = $9, outcome = $10, error = $11, request_id = $12
     WHERE account_id = $1 AND run_id = $2 AND id = $3 AND outcome = 'started'",
);
const BEGUN: TenantSql =
    TenantSql::new("SELECT 1 FROM igny8_provider_calls WHERE account_id = $1 AND run_id = $2 AND id = $3");
const TAKE_REQUEST: TenantSql = TenantSql::new(
    "UPDATE igny8_runs SET announced_ai_requests =
         CASE WHEN announced_ai_requests > 0 THEN announced_ai_requests - 1 ELSE 0 END
     WHERE account_id = $1 AND id = $2",
);
const KEEP_ANSWER: TenantSql = TenantSql::new(
    "INSERT INTO igny8_run_answers (account_id, run_id, answer_key, answer, created_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (account_id, run_id, answer_key)
     DO UPDATE SET answer = excluded.answer, created_at = excluded.created_at",
);
const ANSWER: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_run_answers WHERE account_id = $1 AND run_id = $2 AND answer_key = $3",
);

pub(super) async fn provider_calls(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
) -> Result<Vec<ProviderCall>> {
    let mut db = store.read(scope, "read a run's provider calls").await?;
    find(&mut db, id).await?;
    db.query(CALLS).bind(id).all(call).await
}

pub(super) async fn begin_call(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    call: ProviderCall,
) -> Result<()> {
    let mut db = store.write(scope, "record a provider call").await?;
    held(&mut db, id, epoch).await?;
    let now = db.now();
    db.query(BEGIN)
        .bind(call.id)
        .bind(id)
        .bind(call.item_key)
        .bind(call.provider)
        .bind(call.model)
        .bind(now)
        .execute()
        .await?;
    meter(&mut db, Metric::AiRequests, 1).await?;
    db.query(TAKE_REQUEST).bind(id).execute().await?;
    db.commit().await
}

pub(super) async fn end_call(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    call: ProviderCall,
    answer: Option<StoredAnswer>,
) -> Result<()> {
    let mut db = store.write(scope, "complete the record of a provider call").await?;
    let run = find(&mut db, id).await?;
    let now = db.now();
    let completed = db
        .query(END)
        .bind(id)
        .bind(call.id)
        .bind(call.model)
        .bind(call.prompt_tokens)
        .bind(call.completion_tokens)
        .bind(to_nano(call.cost_usd)?)
        .bind(call.tries)
        .bind(call.duration_ms)
        .bind(CallOutcome::as_str(call.outcome))
        .bind(call.error)
        .bind(call.request_id)
        .execute()
        .await?;
    if completed == 0 && !db.query(BEGUN).bind(id).bind(call.id).exists().await? {
        return Err(Error::not_found("provider call", call.id));
    }
    let is_held = run.epoch == epoch && run.state == RunState::Progress;
    if let Some(answer) = answer.filter(|_| is_held) {
        db.query(KEEP_ANSWER)
            .bind(id)
            .bind(answer.key)
            .bind(Json(&answer.answer))
            .bind(now)
            .execute()
            .await?;
    }
    db.commit().await?;
    if is_held { Ok(()) } else { Err(Error::LeaseLost) }
}

pub(super) async fn stored_answer(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    key: &str,
) -> Result<Option<StoredAnswer>> {
    let mut db = store.read(scope, "read a stored answer").await?;
    find(&mut db, id).await?;
    db.query(ANSWER)
        .bind(id)
        .bind(key)
        .optional(|row| Ok(StoredAnswer { key: row.get("answer_key")?, answer: row.json("answer")? }))
        .await
}

/// A provider call from its row.
pub(super) fn call(row: &Row<'_>) -> Result<ProviderCall> {
    Ok(ProviderCall {
        id: row.get("id")?,
        item_key: row.get("item_key")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        prompt_tokens: row.get("prompt_tokens")?,
        completion_tokens: row.get("completion_tokens")?,
        cost_usd: from_nano(row.get("cost_nano_usd")?),
        tries: row.get("tries")?,
        duration_ms: row.get("duration_ms")?,
        outcome: row.word("outcome")?,
        error: row.get("error")?,
        request_id: row.get("request_id")?,
    })
}
