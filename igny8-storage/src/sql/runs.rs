//! Runs as their tenant sees them: starting, reading and cancelling them.

use std::time::Duration;

use async_trait::async_trait;
use igny8_core::ids::RunId;
use igny8_core::paging::Paged;
use igny8_core::ports::Runs;
use igny8_core::runs::{
    Enqueued, Finish, GiveBack, ItemCommit, NewRun, PlannedItem, Progress, ProviderCall, Run, RunField,
    RunItem, RunQuery, RunState, StoredAnswer,
};
use igny8_core::tenancy::{Limit, TenantScope};
use igny8_core::{Error, Result};
use sqlx::types::Json;
use uuid::Uuid;

use super::columns::Row;
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::insert::{Bind as _, InsertSql};
use super::ledger::{self, Hold};
use super::listing::{ListSql, SortKey};
use super::run_end::{self, End};
use super::sites::check_site;
use super::{ONE_MACHINE, Store, later, plan, run_calls, run_tasks, run_work, turns};
use crate::owner::Owner;
use crate::statement::TenantSql;

/// How long a run's credits stay held should the run itself be lost; while it lives they stay whatever the time.
const HOLD: Duration = Duration::from_secs(24 * 60 * 60);

const RUNS: ListSql = ListSql::new("runs", "r.*", "igny8_runs r", "r");
const CREATED_AT: SortKey = SortKey::number("created_at", "r.created_at");
const FINISHED_AT: SortKey =
    SortKey::number("finished_at", "CASE WHEN r.finished_at IS NULL THEN -1 ELSE r.finished_at END");

const RUN: TenantSql = TenantSql::new("SELECT * FROM igny8_runs WHERE account_id = $1 AND id = $2");
// Locked, so that no claim takes the run between this and the commit.
const RUN_TO_STOP: TenantSql =
    TenantSql::new(concat!("SELECT * FROM igny8_runs WHERE account_id = $1 AND id = $2", locked!()));
const BY_KEY: TenantSql =
    TenantSql::new("SELECT * FROM igny8_runs WHERE account_id = $1 AND idempotency_key = $2");
const ENQUEUE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_runs
         (account_id, id, site_id, sector_id, function, input, actor_id, state, max_attempts, priority, run_at, reserved,
          announced_ai_requests, announced_words, announced_images, progress, idempotency_key, created_at, updated_at, forecast)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18)
     RETURNING *",
);
const SUBJECTS: InsertSql = InsertSql::new("igny8_run_subjects", &["function", "subject", "run_id"], "");
const ITEMS: TenantSql =
    TenantSql::new("SELECT * FROM igny8_run_items WHERE account_id = $1 AND run_id = $2 ORDER BY position");
const LEASE: TenantSql = TenantSql::new(
    "SELECT lease_until, owner_host, owner_pid, owner_started_at FROM igny8_runs WHERE account_id = $1 AND id = $2",
);
const REQUEST_CANCEL: TenantSql = TenantSql::new(
    "UPDATE igny8_runs SET cancel_requested = TRUE, updated_at = $3 WHERE account_id = $1 AND id = $2 RETURNING *",
);

#[async_trait]
impl Runs for Store {
    async fn enqueue(&self, scope: &TenantScope, new: NewRun) -> Result<Enqueued> {
        let mut db = self.write(scope, "start a run").await?;
        if let Some(key) = &new.idempotency_key
            && let Some(first) = db.query(BY_KEY).bind(key.as_str()).optional(run).await?
        {
            return if first.function == new.function && first.input == new.input {
                Ok(Enqueued { run: first, replayed: true })
            } else {
                Err(Error::conflict("run", "the idempotency key was used for another function or input"))
            };
        }
        check_site(&mut db, new.site).await?;
        let announced = new.announced;
        for (limit, adding) in [
            (Limit::AiRequests, announced.ai_requests),
            (Limit::Words, announced.words),
            (Limit::Images, announced.images),
        ] {
            if adding > 0 {
                plan::admit(&mut db, limit, adding).await?;
            }
        }
        if new.reserve > 0 {
            let expires_at = later(db.now(), HOLD);
            let key = format!("run:{}", new.id);
            let description = format!("{} {}", new.function, new.id);
            let hold = Hold {
                run: Some(new.id),
                key: &key,
                amount: new.reserve,
                description: &description,
                expires_at,
            };
            ledger::hold(&mut db, hold).await?;
        }
        let now = db.now();
        let started = db
            .query(ENQUEUE)
            .bind(new.id)
            .bind(new.site)
            .bind(new.sector)
            .bind(new.function.as_str())
            .bind(Json(&new.input))
            .bind(scope.actor())
            .bind(new.max_attempts.max(1))
            .bind(new.priority)
            .bind(later(now, new.delay))
            .bind(new.reserve.max(0))
            .bind(announced.ai_requests)
            .bind(announced.words)
            .bind(announced.images)
            .bind(Json(&Progress::default()))
            .bind(new.idempotency_key.as_deref())
            .bind(now)
            .bind(new.forecast.as_ref().map(Json))
            .one(run)
            .await
            .or_taken(|| Error::conflict("run", format!("there is a run {} already", new.id)))
            .or_unlinked(|| {
                Error::not_found("sector", new.sector.map_or_else(String::new, |id| id.to_string()))
            })?;
        hold_subjects(&mut db, &started, new.subjects).await?;
        run_tasks::queue(&mut db, started.id, &new.waiting_tasks).await?;
        turns::wait_until(&mut db, started.run_at).await?;
        db.commit().await?;
        Ok(Enqueued { run: started, replayed: false })
    }

    async fn get_run(&self, scope: &TenantScope, id: RunId) -> Result<Run> {
        find(&mut self.read(scope, "read a run").await?, id).await
    }

    async fn run_by_key(&self, scope: &TenantScope, idempotency_key: &str) -> Result<Option<Run>> {
        let mut db = self.read(scope, "find a run by its key").await?;
        let found = db.query(BY_KEY).bind(idempotency_key).optional(run).await?;
        Ok(found.filter(|run| db.check_reach(run.site).is_ok()))
    }

    async fn list_runs(&self, scope: &TenantScope, query: &RunQuery) -> Result<Paged<Run>> {
        let filter = &query.filter;
        let key = |field| match field {
            RunField::CreatedAt => CREATED_AT,
            RunField::FinishedAt => FINISHED_AT,
        };
        self.read(scope, "list runs")
            .await?
            .list(&RUNS)
            .visible("r.site_id")
            .and("r.site_id =", filter.site)
            .and("r.function =", filter.function.as_deref())
            .and_words("r.state", filter.states.iter().map(|state| state.as_str()))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, run)
            .await
    }

    async fn cancel_run(&self, scope: &TenantScope, id: RunId) -> Result<Run> {
        let mut db = self.write(scope, "cancel a run").await?;
        let found = find_by(&mut db, RUN_TO_STOP, id).await?;
        if found.state.is_finished() {
            return Ok(found);
        }
        let ended = stop(&mut db, &found).await?;
        db.commit().await?;
        Ok(ended)
    }

    async fn run_items(&self, scope: &TenantScope, id: RunId) -> Result<Vec<RunItem>> {
        let mut db = self.read(scope, "read a run's items").await?;
        find(&mut db, id).await?;
        items(&mut db, id).await
    }

    async fn provider_calls(&self, scope: &TenantScope, id: RunId) -> Result<Vec<ProviderCall>> {
        run_calls::provider_calls(self, scope, id).await
    }

    async fn plan_items(
        &self,
        scope: &TenantScope,
        id: RunId,
        epoch: u64,
        planned: Vec<PlannedItem>,
    ) -> Result<Vec<RunItem>> {
        run_work::plan_items(self, scope, id, epoch, planned).await
    }

    async fn save_progress(
        &self,
        scope: &TenantScope,
        id: RunId,
        epoch: u64,
        progress: &Progress,
    ) -> Result<()> {
        run_work::save_progress(self, scope, id, epoch, progress).await
    }

    async fn begin_call(&self, scope: &TenantScope, id: RunId, epoch: u64, call: ProviderCall) -> Result<()> {
        run_calls::begin_call(self, scope, id, epoch, call).await
    }

    async fn end_call(
        &self,
        scope: &TenantScope,
        id: RunId,
        epoch: u64,
        call: ProviderCall,
        answer: Option<StoredAnswer>,
    ) -> Result<()> {
        run_calls::end_call(self, scope, id, epoch, call, answer).await
    }

    async fn stored_answer(&self, scope: &TenantScope, id: RunId, key: &str) -> Result<Option<StoredAnswer>> {
        run_calls::stored_answer(self, scope, id, key).await
    }

    async fn commit_item(&self, scope: &TenantScope, id: RunId, epoch: u64, item: ItemCommit) -> Result<()> {
        run_work::commit_item(self, scope, id, epoch, item).await
    }

    async fn finish_run(&self, scope: &TenantScope, id: RunId, epoch: u64, finish: Finish) -> Result<Run> {
        if !finish.state.is_finished() {
            return Err(Error::invalid("state", "a run finishes as success, failure or revoked"));
        }
        let mut db = self.write(scope, "finish a run").await?;
        let held = run_work::held(&mut db, id, epoch).await?;
        let progress = run_work::onward(&held.progress, finish.progress);
        let end = End { state: finish.state, result: Some(finish.result), error: finish.error, progress };
        let ended = run_end::end(&mut db, &held, end).await?;
        db.commit().await?;
        Ok(ended)
    }

    async fn return_run(&self, scope: &TenantScope, id: RunId, epoch: u64, back: GiveBack) -> Result<Run> {
        run_work::return_run(self, scope, id, epoch, back).await
    }
}

/// Keeps other runs of the function from these rows until the run has ended.
async fn hold_subjects(db: &mut Scoped<'_>, run: &Run, mut subjects: Vec<Uuid>) -> Result<()> {
    subjects.sort_unstable();
    subjects.dedup();
    for chunk in subjects.chunks(SUBJECTS.rows_at_once()) {
        let mut insert = db.insert(&SUBJECTS);
        for subject in chunk {
            insert = insert.row(|values| {
                values.bind(run.function.as_str()).bind(*subject).bind(run.id);
            });
        }
        insert.statement().execute().await.or_taken(|| {
            Error::conflict("run", "another run works on the same rows: wait for it or cancel it")
        })?;
    }
    Ok(())
}

/// A run within reach.
pub(super) async fn find(db: &mut Scoped<'_>, id: RunId) -> Result<Run> {
    find_by(db, RUN, id).await
}

async fn find_by(db: &mut Scoped<'_>, sql: TenantSql, id: RunId) -> Result<Run> {
    let found = db.query(sql).bind(id).optional(run).await?;
    let found = found.filter(|run| db.check_reach(run.site).is_ok());
    found.ok_or_else(|| Error::not_found("run", id))
}

/// The items of a run, by position.
pub(super) async fn items(db: &mut Scoped<'_>, id: RunId) -> Result<Vec<RunItem>> {
    db.query(ITEMS).bind(id).all(item).await
}

/// Stops a run that is known to be unfinished: one that a worker has is asked to, any other ends as revoked.
pub(super) async fn stop(db: &mut Scoped<'_>, found: &Run) -> Result<Run> {
    if found.state == RunState::Progress && is_held(db, found.id).await? {
        let now = db.now();
        return db.query(REQUEST_CANCEL).bind(found.id).bind(now).one(run).await;
    }
    run_end::revoke(db, found).await
}

/// Whether a live worker holds the run.
async fn is_held(db: &mut Scoped<'_>, id: RunId) -> Result<bool> {
    let now = db.now();
    db.query(LEASE)
        .bind(id)
        .one(|row| {
            let until: Option<chrono::DateTime<chrono::Utc>> = row.get("lease_until")?;
            Ok(until.is_some_and(|until| until > now)
                && !owner(row)?.is_some_and(|owner| owner.is_dead(ONE_MACHINE)))
        })
        .await
}

/// The process that a row's lease names.
pub(super) fn owner(row: &Row<'_>) -> Result<Option<Owner>> {
    let host: Option<String> = row.get("owner_host")?;
    let pid: Option<u32> = row.get("owner_pid")?;
    let started_at: Option<u64> = row.get("owner_started_at")?;
    Ok(host.zip(pid).zip(started_at).map(|((host, pid), started_at)| Owner { host, pid, started_at }))
}

/// A run from its row.
pub(super) fn run(row: &Row<'_>) -> Result<Run> {
    Ok(Run {
        id: row.get("id")?,
        tenant: row.tenant()?,
        site: row.get("site_id")?,
        sector: row.get("sector_id")?,
        function: row.get("function")?,
        input: row.json("input")?,
        actor: row.get("actor_id")?,
        state: row.word("state")?,
        epoch: row.get("epoch")?,
        attempts: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        priority: row.get("priority")?,
        run_at: row.get("run_at")?,
        reserved: row.get("reserved")?,
        charged: row.get("charged")?,
        forecast: row.maybe_json("forecast")?,
        progress: row.json("progress")?,
        cancel_requested: row.get("cancel_requested")?,
        result: row.maybe_json("result")?,
        error: row.maybe_json("error")?,
        idempotency_key: row.get("idempotency_key")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
    })
}

fn item(row: &Row<'_>) -> Result<RunItem> {
    Ok(RunItem {
        key: row.get("item_key")?,
        position: row.get("position")?,
        label: row.get("label")?,
        input: row.json("input")?,
        state: row.word("state")?,
        attempts: row.get("attempts")?,
        credits: row.get("credits")?,
        result: row.maybe_json("result")?,
        error: row.maybe_json("error")?,
    })
}
