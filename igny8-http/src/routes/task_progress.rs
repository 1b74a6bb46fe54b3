//! `system/settings/task_progress/`: how far a run is, and stopping one.

use chrono::{DateTime, Utc};
use igny8_core::RunFailure;
use igny8_core::functions::RunReport;
use igny8_core::ids::RunId;
use igny8_core::runs::{Phase, Run, Step};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::answer::{Answer, One};
use crate::request::{Id, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("ai")
        .get("system/settings/task_progress/{task_id}/", "getTaskProgress", "How far a run is", get)
        .post("system/settings/task_progress/{task_id}/cancel/", "cancelTask", "Ask a run to stop", cancel)
}

/// How far a run is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TaskProgress {
    /// The run.
    task_id: RunId,
    /// Its AI function.
    function: String,
    /// PENDING, PROGRESS, SUCCESS, FAILURE, RETRY or REVOKED, as Celery's clients know them.
    state: String,
    /// The part of the work.
    phase: Phase,
    /// 0 to 100; never falls.
    percentage: u8,
    /// For people.
    message: String,
    /// Items ended so far.
    current: u64,
    /// Items in all.
    total: u64,
    /// Steps up to and with the provider calls.
    request_steps: Vec<Step>,
    /// Steps after them.
    response_steps: Vec<Step>,
    /// What it has to show, once it has ended: `output` is the function's own.
    #[schemars(with = "Option<RunReport<Value>>")]
    result: Option<Value>,
    /// Why it failed.
    error: Option<RunFailure>,
    /// Whether somebody asked it to stop.
    cancel_requested: bool,
    /// Credits charged, once it has ended.
    credits_charged: Option<i64>,
    /// Raised by every change.
    version: u64,
    /// When it was started.
    created_at: DateTime<Utc>,
    /// When a worker first took it.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Run> for TaskProgress {
    fn from(run: Run) -> Self {
        Self {
            task_id: run.id,
            function: run.function,
            state: run.state.as_str().to_uppercase(),
            phase: run.progress.phase,
            percentage: run.progress.percentage,
            message: run.progress.message,
            current: run.progress.current,
            total: run.progress.total,
            request_steps: run.progress.request_steps,
            response_steps: run.progress.response_steps,
            result: run.result,
            error: run.error,
            cancel_requested: run.cancel_requested,
            credits_charged: run.charged,
            version: run.progress.version,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

async fn get(tenant: Tenant, Id(id): Id<RunId>) -> Answer<One<TaskProgress>> {
    Ok(One(tenant.igny8.runs(&tenant.scope).get(id).await?.into()))
}

async fn cancel(tenant: Tenant, Id(id): Id<RunId>) -> Answer<One<TaskProgress>> {
    Ok(One(tenant.igny8.runs(&tenant.scope).cancel(id).await?.into()))
}
