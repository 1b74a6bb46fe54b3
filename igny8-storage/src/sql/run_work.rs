//! What a worker writes while it holds a run: every write is fenced by the run's epoch and touches nothing when the run
//! is finished or somebody else's.

use igny8_core::error::RunFailure;
use igny8_core::ids::RunId;
use igny8_core::runs::{
    GiveBack, ItemCommit, ItemOutcome, ItemState, PlannedItem, Progress, Run, RunItem, RunState,
};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::changeset;
use super::executor::Scoped;
use super::insert::{Bind as _, InsertSql};
use super::plan::{Metric, meter};
use super::runs::{items, run};
use super::{Store, later, run_end, run_tasks, turns};
use crate::statement::TenantSql;

// Locked, so that no claim takes the run over between this and the commit.
const HELD: TenantSql = TenantSql::new(concat!(
    "SELECT * FROM igny8_runs WHERE account_id = $1 AND id = $2 AND epoch = $3 AND state = 'progress'",
    locked!()
));
const PROGRESS: TenantSql =
    TenantSql::new("UPDATE igny8_runs SET progress = $3, updated_at = $4 WHERE account_id = $1 AND id = $2");
const PLANNED: InsertSql =
    InsertSql::new("igny8_run_items", &["run_id", "item_key", "position", "label", "input", "state"], "");
const ITEM_STATE: TenantSql = TenantSql::new(
    "SELECT state FROM igny8_run_items WHERE account_id = $1 AND run_id = $2 AND item_key = $3",
);
const END_ITEM: TenantSql = TenantSql::new(
    "UPDATE igny8_run_items SET state = $4, credits = $5, result = $6, error = $7
     WHERE account_id = $1 AND run_id = $2 AND item_key = $3",
);
const TRIED: TenantSql = TenantSql::new(
    "UPDATE igny8_run_items SET attempts = attempts + 1, error = $4
     WHERE account_id = $1 AND run_id = $2 AND item_key = $3",
);
const TAKE_WORK: TenantSql = TenantSql::new(
    "UPDATE igny8_runs SET
         announced_words = CASE WHEN announced_words > $3 THEN announced_words - $3 ELSE 0 END,
         announced_images = CASE WHEN announced_images > $4 THEN announced_images - $4 ELSE 0 END
     WHERE account_id = $1 AND id = $2",
);
const RETURN: TenantSql = TenantSql::new(
    "UPDATE igny8_runs SET state = $3, attempts = attempts - $4, run_at = $5, error = $6, lease_until = NULL,
         lease_owner = NULL, owner_host = NULL, owner_pid = NULL, owner_started_at = NULL, updated_at = $7
     WHERE account_id = $1 AND id = $2
     RETURNING *",
);

/// The run, if it is held under this epoch.
///
/// # Errors
/// `LeaseLost` when it is not.
pub(super) async fn held(db: &mut Scoped<'_>, id: RunId, epoch: u64) -> Result<Run> {
    let found = db.query(HELD).bind(id).bind(epoch).optional(run).await?;
    found.filter(|run| db.check_reach(run.site).is_ok()).ok_or(Error::LeaseLost)
}

/// The later progress, which never falls behind the earlier one.
pub(super) fn onward(before: &Progress, mut after: Progress) -> Progress {
    after.percentage = after.percentage.max(before.percentage);
    after.version = after.version.max(before.version + 1);
    after
}

pub(super) async fn plan_items(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    planned: Vec<PlannedItem>,
) -> Result<Vec<RunItem>> {
    let mut db = store.write(scope, "plan a run's items").await?;
    held(&mut db, id, epoch).await?;
    let there = items(&mut db, id).await?;
    if !there.is_empty() {
        return Ok(there);
    }
    let mut position = 0_u32;
    for chunk in planned.chunks(PLANNED.rows_at_once()) {
        let mut insert = db.insert(&PLANNED);
        for item in chunk {
            insert = insert.row(|values| {
                values
                    .bind(id)
                    .bind(item.key.clone())
                    .bind(position)
                    .bind(item.label.clone())
                    .bind(item.input.to_string())
                    .bind(ItemState::Pending.as_str());
            });
            position += 1;
        }
        insert.statement().execute().await?;
    }
    run_tasks::begin(&mut db, id).await?;
    let items = items(&mut db, id).await?;
    db.commit().await?;
    Ok(items)
}

pub(super) async fn save_progress(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    progress: &Progress,
) -> Result<()> {
    let mut db = store.write(scope, "save a run's progress").await?;
    let before = held(&mut db, id, epoch).await?;
    write_progress(&mut db, &before, progress.clone()).await?;
    db.commit().await
}

async fn write_progress(db: &mut Scoped<'_>, before: &Run, progress: Progress) -> Result<()> {
    let progress = onward(&before.progress, progress);
    let now = db.now();
    db.query(PROGRESS).bind(before.id).bind(Json(&progress)).bind(now).execute().await.map(drop)
}

pub(super) async fn commit_item(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    item: ItemCommit,
) -> Result<()> {
    let mut db = store.write(scope, "save an item of a run").await?;
    let before = held(&mut db, id, epoch).await?;
    let state = db
        .query(ITEM_STATE)
        .bind(id)
        .bind(item.key.as_str())
        .optional(|row| row.word::<ItemState>("state"))
        .await?;
    match state {
        Some(ItemState::Pending) => {}
        Some(ItemState::Done | ItemState::Failed) => return Ok(()),
        None => return Err(Error::not_found("run item", item.key)),
    }
    let (state, credits, result, error, changes) = match item.outcome {
        ItemOutcome::Done { changes, credits, result } => {
            (ItemState::Done, credits, Some(result.to_string()), None, changes)
        }
        ItemOutcome::Failed { changes, error } => {
            (ItemState::Failed, 0, None, Some(written(&error)?), changes)
        }
        ItemOutcome::TryAgain { error } => {
            db.query(TRIED).bind(id).bind(item.key).bind(written(&error)?).execute().await?;
            write_progress(&mut db, &before, item.progress).await?;
            return db.commit().await;
        }
    };
    let made = changeset::apply(&mut db, changes).await?;
    meter(&mut db, Metric::Words, made.words).await?;
    meter(&mut db, Metric::Images, made.images).await?;
    if made.words + made.images > 0 {
        db.query(TAKE_WORK).bind(id).bind(made.words).bind(made.images).execute().await?;
    }
    db.query(END_ITEM)
        .bind(id)
        .bind(item.key)
        .bind(state.as_str())
        .bind(credits.max(0))
        .bind(result)
        .bind(error)
        .execute()
        .await?;
    write_progress(&mut db, &before, item.progress).await?;
    db.commit().await
}

pub(super) async fn return_run(
    store: &Store,
    scope: &TenantScope,
    id: RunId,
    epoch: u64,
    back: GiveBack,
) -> Result<Run> {
    let mut db = store.write(scope, "give a run back").await?;
    let before = held(&mut db, id, epoch).await?;
    // Nobody would tell the next worker that it is to stop, and it would ask the provider again.
    if before.cancel_requested {
        let revoked = run_end::revoke(&mut db, &before).await?;
        db.commit().await?;
        return Ok(revoked);
    }
    let now = db.now();
    let state = if back.failure.is_some() { RunState::Retry } else { RunState::Pending };
    let error = back.failure.as_ref().map(written).transpose()?;
    let waiting = db
        .query(RETURN)
        .bind(id)
        .bind(state.as_str())
        .bind(i64::from(!back.counted))
        .bind(later(now, back.delay))
        .bind(error)
        .bind(now)
        .one(run)
        .await?;
    turns::wait_until(&mut db, waiting.run_at).await?;
    db.commit().await?;
    Ok(waiting)
}

/// A failure as it is stored.
fn written(failure: &RunFailure) -> Result<String> {
    serde_json::to_string(failure).map_err(|fault| Error::storage("write a failure", fault))
}
