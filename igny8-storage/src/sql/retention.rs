//! What is too old to keep: finished runs with all that hangs on them, raw answers that no end of a run has removed, webhooks' messages
//! that are told or given up, and tokens and idempotency keys past their time. The ledger refers to runs by their ids only and stays whole.

use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::ids::AccountId;
use igny8_core::runs::{Pruned, Retention};
use igny8_core::tenancy::SystemScope;

use super::Store;
use crate::statement::{SystemSql, TenantSql};

/// How many rows of one account are removed in one commit. Its other writes wait for that long.
const AT_ONCE: u32 = 200;
/// How many of the oldest rows, or of the accounts with old answers, one look goes by.
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
const OLD_ANSWERS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_run_answers WHERE account_id = $1 AND (run_id, answer_key) IN (
         SELECT run_id, answer_key FROM igny8_run_answers WHERE account_id = $1 AND created_at <= $2
         ORDER BY created_at LIMIT $3)",
);

/// Accounts of the tokens that expired longest ago, and how many of those are theirs.
const WITH_EXPIRED_TOKENS: SystemSql = SystemSql::new(
    "SELECT account_id, count(*) AS found FROM (
         SELECT account_id FROM igny8_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) oldest
     GROUP BY account_id",
);
const EXPIRED_SESSIONS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_sessions WHERE account_id = $1 AND token_hash IN (
         SELECT token_hash FROM igny8_tokens WHERE account_id = $1 AND expires_at <= $2
         ORDER BY expires_at, token_hash LIMIT $3)",
);
const EXPIRED_TOKENS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_tokens WHERE account_id = $1 AND token_hash IN (
         SELECT token_hash FROM igny8_tokens WHERE account_id = $1 AND expires_at <= $2
         ORDER BY expires_at, token_hash LIMIT $3)",
);
const WITH_EXPIRED_KEYS: SystemSql = SystemSql::new(
    "SELECT account_id, count(*) AS found FROM (
         SELECT account_id FROM igny8_idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) oldest
     GROUP BY account_id",
);
const EXPIRED_KEYS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_idempotency_keys WHERE account_id = $1 AND (actor_id, key) IN (
         SELECT actor_id, key FROM igny8_idempotency_keys WHERE account_id = $1 AND expires_at <= $2
         ORDER BY expires_at LIMIT $3)",
);

/// Accounts of the messages that ended longest ago, and how many of those are theirs.
const WITH_OLD_DELIVERIES: SystemSql = SystemSql::new(
    "SELECT account_id, count(*) AS found FROM (
         SELECT account_id FROM igny8_webhook_deliveries WHERE ended_at <= $1 ORDER BY ended_at LIMIT $2) oldest
     GROUP BY account_id",
);
const OLD_DELIVERIES: TenantSql = TenantSql::new(
    "DELETE FROM igny8_webhook_deliveries WHERE account_id = $1 AND id IN (
         SELECT id FROM igny8_webhook_deliveries WHERE account_id = $1 AND ended_at <= $2
         ORDER BY ended_at LIMIT $3)",
);

/// Rows of one kind that may be too old.
struct Kind {
    /// Finds the accounts that have some, and how many.
    with: SystemSql,
    /// Removes an account's, from before a time and so many of them; the first statement's rows are counted.
    remove: &'static [TenantSql],
}

const RUNS: Kind = Kind { with: WITH_OLD_RUNS, remove: &[OLD_RUNS] };
const ANSWERS: Kind = Kind { with: WITH_OLD_ANSWERS, remove: &[OLD_ANSWERS] };
const SESSIONS: Kind = Kind { with: WITH_EXPIRED_TOKENS, remove: &[EXPIRED_SESSIONS, EXPIRED_TOKENS] };
const DELIVERIES: Kind = Kind { with: WITH_OLD_DELIVERIES, remove: &[OLD_DELIVERIES] };
const KEYS: Kind = Kind { with: WITH_EXPIRED_KEYS, remove: &[EXPIRED_KEYS] };

/// Removes what is older than it is to be kept, each account's in a commit of its own. One that cannot be had at this moment
/// is passed over.
pub(super) async fn prune(store: &Store, system: &SystemScope, retention: Retention) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    if let Some(kept) = retention.finished_runs {
        pruned.runs = prune_kind(store, system, &RUNS, kept, &mut pruned.more).await?;
    }
    if let Some(kept) = retention.answers {
        // Those that are found may have old answers: that they are many says nothing of what is left.
        pruned.answers = prune_kind(store, system, &ANSWERS, kept, &mut false).await?;
        pruned.more |= pruned.answers >= u64::from(AT_ONCE);
    }
    if let Some(kept) = retention.deliveries {
        pruned.deliveries = prune_kind(store, system, &DELIVERIES, kept, &mut pruned.more).await?;
    }
    pruned.sessions = prune_kind(store, system, &SESSIONS, Duration::ZERO, &mut pruned.more).await?;
    pruned.idempotency_keys = prune_kind(store, system, &KEYS, Duration::ZERO, &mut pruned.more).await?;
    Ok(pruned)
}

async fn prune_kind(
    store: &Store,
    system: &SystemScope,
    kind: &Kind,
    kept: Duration,
    more: &mut bool,
) -> Result<u64> {
    let (old, before) = look(store, system, kind.with, kept).await?;
    *more |= old.iter().map(|(_, found)| found).sum::<u64>() >= u64::from(LOOKED_AT);
    let mut removed = 0;
    for (account, _) in old {
        removed += passed_over(account, remove(store, system, account, kind, before).await);
    }
    Ok(removed)
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

async fn remove(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    kind: &Kind,
    before: DateTime<Utc>,
) -> Result<u64> {
    let mut db = store.system_write(system, "remove what is too old to keep").await?;
    let mut of_account = db.within(account).await?;
    let mut removed = None;
    for sql in kind.remove {
        let rows = of_account.query(*sql).bind(before).bind(AT_ONCE).execute().await?;
        removed.get_or_insert(rows);
    }
    db.commit().await?;
    Ok(removed.unwrap_or(0))
}

/// What was removed; nothing of an account that failed, which the next look tries again.
fn passed_over(account: AccountId, removed: Result<u64>) -> u64 {
    removed.unwrap_or_else(|error| {
        tracing::warn!(%account, error = &error as &dyn std::error::Error, "old rows are left for the next look");
        0
    })
}
