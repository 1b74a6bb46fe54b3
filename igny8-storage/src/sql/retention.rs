//! What is too old to keep: finished runs with all that hangs on them, and raw answers that no end of a run has removed.
//! The ledger refers to runs by their ids only and stays whole.

use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::ids::AccountId;
use igny8_core::runs::{Pruned, Retention};
use igny8_core::tenancy::SystemScope;

use super::Store;
use crate::statement::{SystemSql, TenantSql};

/// How many runs of one account are removed in one commit. Its other writes wait for that long.
const RUNS_AT_ONCE: u32 = 200;
/// How many of the oldest runs, or of the accounts with old answers, one look goes by.
const LOOKED_AT: u32 = 200;

/// Accounts of the runs that finished longest ago, and how many of those are theirs.
const WITH_OLD_RUNS: SystemSql = SystemSql::new(
    "SELECT account_id, count(*) AS found FROM (
         SELECT account_id FROM igny8_runs
         WHERE state IN ('success', 'failure', 'revoked') AND finished_at <= $1 ORDER BY finished_at LIMIT $2) oldest
     GROUP BY account_id",
);
const OLD_RUNS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_runs WHERE account_id = $1 AND id IN (
         SELECT id FROM igny8_runs
         WHERE account_id = $1 AND state IN ('success', 'failure', 'revoked') AND finished_at <= $2
         ORDER BY finished_at LIMIT $3)",
);
/// Accounts with runs that have been under way for so long that they may have bought answers before then.
const WITH_OLD_ANSWERS: SystemSql = SystemSql::new(
    "SELECT account_id, count(*) AS found FROM igny8_runs
     WHERE state IN ('pending', 'progress', 'retry') AND started_at <= $1 GROUP BY account_id LIMIT $2",
);
const OLD_ANSWERS: TenantSql =
    TenantSql::new("DELETE FROM igny8_run_answers WHERE account_id = $1 AND created_at <= $2");

/// Removes what is older than it is to be kept, each account's in a commit of its own. One that cannot be had at this moment
/// is passed over.
pub(super) async fn prune(store: &Store, system: &SystemScope, retention: Retention) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    if let Some(kept) = retention.finished_runs {
        let (old, before) = look(store, system, WITH_OLD_RUNS, kept).await?;
        pruned.more = old.iter().map(|(_, found)| found).sum::<u64>() >= u64::from(LOOKED_AT);
        for (account, _) in old {
            let removed = remove_runs(store, system, account, before).await;
            pruned.runs += passed_over(account, removed);
        }
    }
    if let Some(kept) = retention.answers {
        let (old, before) = look(store, system, WITH_OLD_ANSWERS, kept).await?;
        for (account, _) in old {
            let removed = remove_answers(store, system, account, before).await;
            pruned.answers += passed_over(account, removed);
        }
    }
    Ok(pruned)
}

/// The accounts that have something from before the time up to which nothing is kept, how much, and that time.
async fn look(
    store: &Store,
    system: &SystemScope,
    sql: SystemSql,
    kept: Duration,
) -> Result<(Vec<(AccountId, u64)>, DateTime<Utc>)> {
    let mut db = store.system_read(system, "look for what is too old to keep").await?;
    let kept = chrono::Duration::from_std(kept).unwrap_or(chrono::Duration::MAX);
    // Kept for longer than there has been time: nothing is old.
    let before = db.now().checked_sub_signed(kept).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let found = db.query(sql).bind(before).bind(LOOKED_AT);
    Ok((found.all(|row| Ok((row.get("account_id")?, row.get("found")?))).await?, before))
}

async fn remove_runs(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    before: DateTime<Utc>,
) -> Result<u64> {
    let mut db = store.system_write(system, "remove old runs").await?;
    let mut of_account = db.within(account).await?;
    let removed = of_account.query(OLD_RUNS).bind(before).bind(RUNS_AT_ONCE).execute().await?;
    db.commit().await?;
    Ok(removed)
}

async fn remove_answers(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    before: DateTime<Utc>,
) -> Result<u64> {
    let mut db = store.system_write(system, "remove old answers").await?;
    let removed = db.within(account).await?.query(OLD_ANSWERS).bind(before).execute().await?;
    db.commit().await?;
    Ok(removed)
}

/// What was removed; nothing of an account that failed, which the next look tries again.
fn passed_over(account: AccountId, removed: Result<u64>) -> u64 {
    removed.unwrap_or_else(|error| {
        tracing::warn!(%account, error = &error as &dyn std::error::Error, "old rows are left for the next look");
        0
    })
}
