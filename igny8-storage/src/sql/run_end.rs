//! The end of a run, however it comes, in the transaction of whoever ends it: the items' charges are settled or the hold is
//! released, the usage is logged, stored answers go, pending items fail, subjects are free, waiting tasks wait no more, webhooks are told.

use igny8_core::credits::{Credits, UsageNote};
use igny8_core::error::RunFailure;
use igny8_core::runs::{ItemState, Progress, Run, RunState};
use igny8_core::{Error, Result};
use serde_json::{Value, json};
use sqlx::types::Json;

use super::executor::Scoped;
use super::run_calls::call;
use super::run_tasks;
use super::runs::{items, run};
use super::{ledger, outbox};
use crate::statement::TenantSql;

const RESERVATION: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_credit_reservations WHERE account_id = $1 AND run_id = $2 AND state = 'held'",
);
const CALLS: TenantSql =
    TenantSql::new("SELECT * FROM igny8_provider_calls WHERE account_id = $1 AND run_id = $2 ORDER BY id");
const DROP_ANSWERS: TenantSql =
    TenantSql::new("DELETE FROM igny8_run_answers WHERE account_id = $1 AND run_id = $2");
const FREE_SUBJECTS: TenantSql =
    TenantSql::new("DELETE FROM igny8_run_subjects WHERE account_id = $1 AND run_id = $2");
const FAIL_PENDING: TenantSql = TenantSql::new(
    "UPDATE igny8_run_items SET state = 'failed', error = $3
     WHERE account_id = $1 AND run_id = $2 AND state = 'pending'",
);
const END: TenantSql = TenantSql::new(
    "UPDATE igny8_runs SET state = $3, charged = $4, result = $5, error = $6, progress = $7, finished_at = $8,
         updated_at = $8, announced_ai_requests = 0, announced_words = 0, announced_images = 0, lease_until = NULL,
         lease_owner = NULL, owner_host = NULL, owner_pid = NULL, owner_started_at = NULL
     WHERE account_id = $1 AND id = $2
     RETURNING *",
);

/// How a run ends.
pub(super) struct End {
    pub(super) state: RunState,
    pub(super) result: Option<Value>,
    pub(super) error: Option<RunFailure>,
    pub(super) progress: Progress,
}

/// Ends an unfinished run that somebody asked to stop.
pub(super) async fn revoke(db: &mut Scoped<'_>, before: &Run) -> Result<Run> {
    let mut progress = before.progress.clone();
    progress.advance(100, "Cancelled");
    let error = Some(RunFailure::from(&Error::Cancelled));
    end(db, before, End { state: RunState::Revoked, result: None, error, progress }).await
}

/// Ends a run that is known to be unfinished. Items that nobody came to fail by its error.
pub(super) async fn end(db: &mut Scoped<'_>, before: &Run, end: End) -> Result<Run> {
    let charged = settle(db, before).await?;
    for sql in [DROP_ANSWERS, FREE_SUBJECTS] {
        db.query(sql).bind(before.id).execute().await?;
    }
    run_tasks::give_back(db, before.id).await?;
    let error = end
        .error
        .map(|failure| serde_json::to_string(&failure))
        .transpose()
        .map_err(|fault| Error::storage("write a failure", fault))?;
    if let Some(error) = &error {
        db.query(FAIL_PENDING).bind(before.id).bind(error.clone()).execute().await?;
    }
    let now = db.now();
    let ended = db
        .query(END)
        .bind(before.id)
        .bind(end.state.as_str())
        .bind(charged)
        .bind(end.result.map(|result| result.to_string()))
        .bind(error)
        .bind(Json(&end.progress))
        .bind(now)
        .one(run)
        .await?;
    outbox::run_ended(db, &ended).await?;
    Ok(ended)
}

/// Charges what the committed items add up to, at most what is held.
async fn settle(db: &mut Scoped<'_>, before: &Run) -> Result<Credits> {
    let Some(held) = db.query(RESERVATION).bind(before.id).optional(ledger::reservation).await? else {
        return Ok(0);
    };
    let items = items(db, before.id).await?;
    let due: Credits =
        items.iter().filter(|item| item.state == ItemState::Done).map(|item| item.credits).sum();
    if due == 0 {
        ledger::release(db, &held).await?;
        return Ok(0);
    }
    let calls = db.query(CALLS).bind(before.id).all(call).await?;
    let mut models: Vec<&str> = calls.iter().map(|call| call.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let count = |state| items.iter().filter(|item| item.state == state).count();
    let usage = UsageNote {
        operation_type: before.function.clone(),
        cost_usd: calls.iter().map(|call| call.cost_usd).sum(),
        details: json!({
            "items": count(ItemState::Done),
            "failed": count(ItemState::Failed),
            "calls": calls.len(),
            "prompt_tokens": calls.iter().map(|call| call.prompt_tokens).sum::<u64>(),
            "completion_tokens": calls.iter().map(|call| call.completion_tokens).sum::<u64>(),
            "models": models,
        }),
    };
    let settled = ledger::settle(db, &held, due, &usage).await?;
    Ok(settled.and_then(|settled| settled.settled).unwrap_or(0))
}
