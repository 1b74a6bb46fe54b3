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
/// How many accounts one look goes through.
const ACCOUNTS_AT_ONCE: u32 = 50;

/// Accounts of the runs that finished longest ago.
const WITH_OLD_RUNS: SystemSql = SystemSql::new(
    "SELECT DISTINCT account_id FROM (
         SELECT account_id FROM igny8_runs
         WHERE state IN ('success', 'failure', 'revoked') AND finished_at <= $1 ORDER BY finished_at LIMIT $2) oldest",
);
const OLD_RUNS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_runs WHERE account_id = $1 AND id IN (
         SELECT id FROM igny8_runs
         WHERE account_id = $1 AND state IN ('success', 'failure', 'revoked') AND finished_at <= $2
         ORDER BY finished_at LIMIT $3)",
);
/// Accounts with runs that have been under way for so long that they may have bought answers before then.
const WITH_OLD_ANSWERS: SystemSql = SystemSql::new(
    "SELECT DISTINCT account_id FROM igny8_runs
     WHERE state IN ('pending', 'progress', 'retry') AND started_at <= $1",
);
const OLD_ANSWERS: TenantSql =
    TenantSql::new("DELETE FROM igny8_run_answers WHERE account_id = $1 AND created_at <= $2");

/// Removes what is older than it is to be kept, each account's in a commit of its own.
pub(super) async fn prune(store: &Store, system: &SystemScope, retention: Retention) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    if let Some(kept) = retention.finished_runs {
        let (accounts, before) = accounts(store, system, WITH_OLD_RUNS, kept, true).await?;
        pruned.more = accounts.len() > 1;
        for account in accounts {
            let mut db = store.system_write(system, "remove old runs").await?;
            let mut of_account = db.within(account).await?;
            let removed = of_account.query(OLD_RUNS).bind(before).bind(RUNS_AT_ONCE).execute().await?;
            db.commit().await?;
            pruned.runs += removed;
            pruned.more |= removed >= u64::from(RUNS_AT_ONCE);
        }
    }
    if let Some(kept) = retention.answers {
        let (accounts, before) = accounts(store, system, WITH_OLD_ANSWERS, kept, false).await?;
        for account in accounts {
            let mut db = store.system_write(system, "remove old answers").await?;
            let mut of_account = db.within(account).await?;
            pruned.answers += of_account.query(OLD_ANSWERS).bind(before).execute().await?;
            db.commit().await?;
        }
    }
    Ok(pruned)
}

/// The accounts that have something from before the time up to which nothing is kept, and that time.
async fn accounts(
    store: &Store,
    system: &SystemScope,
    sql: SystemSql,
    kept: Duration,
    bounded: bool,
) -> Result<(Vec<AccountId>, DateTime<Utc>)> {
    let mut db = store.system_read(system, "look for what is too old to keep").await?;
    let kept = chrono::Duration::from_std(kept).unwrap_or(chrono::Duration::MAX);
    // Kept for longer than there has been time: nothing is old.
    let before = db.now().checked_sub_signed(kept).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let mut statement = db.query(sql).bind(before);
    if bounded {
        statement = statement.bind(ACCOUNTS_AT_ONCE);
    }
    Ok((statement.all(|row| row.get("account_id")).await?, before))
}
