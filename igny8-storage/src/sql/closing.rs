//! Closing an account: it takes no further work, and what waits or is under way is stopped.

use igny8_core::Result;
use igny8_core::runs::Run;

use super::executor::Scoped;
use super::runs::{run, stop};
use crate::statement::TenantSql;

// Locked, so that no claim takes one between this and the commit.
const UNFINISHED: TenantSql = TenantSql::new(concat!(
    "SELECT * FROM igny8_runs WHERE account_id = $1 AND state IN ('pending', 'progress', 'retry')
     ORDER BY created_at, id",
    locked!()
));
const CANCEL: TenantSql =
    TenantSql::new("UPDATE igny8_accounts SET status = 'cancelled', updated_at = $2 WHERE account_id = $1");

/// Stops every unfinished run of the account; the answer is how each stands now.
pub(super) async fn stop_runs(db: &mut Scoped<'_>) -> Result<Vec<Run>> {
    let unfinished = db.query(UNFINISHED).all(run).await?;
    let mut stopped = Vec::with_capacity(unfinished.len());
    for found in &unfinished {
        stopped.push(stop(db, found).await?);
    }
    Ok(stopped)
}

/// Cancels the account and stops its runs. Tells whether workers still have some of them.
pub(super) async fn close(db: &mut Scoped<'_>) -> Result<bool> {
    let now = db.now();
    db.query(CANCEL).bind(now).execute().await?;
    Ok(stop_runs(db).await?.iter().any(|run| !run.state.is_finished()))
}
