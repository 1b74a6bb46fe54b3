//! Tasks that wait for a run and show it: queued with its start, at work once it is planned, and as they were when it ends
//! without having come to them. Each step is part of the transaction that takes the run there.

use igny8_core::Result;
use igny8_core::ids::{RunId, TaskId};
use igny8_core::pipeline::TaskStatus;
use igny8_core::pipeline::moves::Moves;

use super::executor::Scoped;
use super::tasks;
use crate::statement::TenantSql;

const WAIT: TenantSql = TenantSql::new(
    "INSERT INTO igny8_run_tasks (account_id, run_id, task_id, was) VALUES ($1, $2, $3, $4)
     ON CONFLICT (account_id, run_id, task_id) DO NOTHING",
);
const WAITING: TenantSql = TenantSql::new(
    "SELECT w.task_id, w.was, t.status FROM igny8_run_tasks w
     JOIN igny8_tasks t ON t.account_id = w.account_id AND t.id = w.task_id
     WHERE w.account_id = $1 AND w.run_id = $2",
);
const LEAVE: TenantSql = TenantSql::new("DELETE FROM igny8_run_tasks WHERE account_id = $1 AND run_id = $2");

/// A task that waits for a run.
struct Waiting {
    task: TaskId,
    was: TaskStatus,
    status: TaskStatus,
}

/// Queues the tasks; those that are gone, out of reach or not to be queued are passed over.
pub(super) async fn queue(db: &mut Scoped<'_>, run: RunId, waiting: &[TaskId]) -> Result<()> {
    for task in waiting {
        let Some(was) = tasks::status_of(db, *task).await? else { continue };
        if was.may_become(TaskStatus::Queued) {
            db.query(WAIT).bind(run).bind(*task).bind(was.as_str()).execute().await?;
            tasks::set_status(db, *task, TaskStatus::Queued).await?;
        }
    }
    Ok(())
}

/// The run begins to work on its tasks.
pub(super) async fn begin(db: &mut Scoped<'_>, run: RunId) -> Result<()> {
    for waiting in of(db, run).await? {
        tasks::advance(db, waiting.task, TaskStatus::InProgress).await?;
    }
    Ok(())
}

/// The run ends: tasks that still wait get their old status back.
pub(super) async fn give_back(db: &mut Scoped<'_>, run: RunId) -> Result<()> {
    let waits = |status| matches!(status, TaskStatus::Queued | TaskStatus::InProgress);
    let all = of(db, run).await?;
    if all.is_empty() {
        return Ok(());
    }
    for waiting in all {
        if waits(waiting.status) {
            // One that waited before for somebody who is not known waits no more.
            let back = if waits(waiting.was) { TaskStatus::Pending } else { waiting.was };
            tasks::set_status(db, waiting.task, back).await?;
        }
    }
    db.query(LEAVE).bind(run).execute().await.map(drop)
}

async fn of(db: &mut Scoped<'_>, run: RunId) -> Result<Vec<Waiting>> {
    db.query(WAITING)
        .bind(run)
        .all(|row| {
            Ok(Waiting { task: row.get("task_id")?, was: row.word("was")?, status: row.word("status")? })
        })
        .await
}
