//! The queue across tenants: fair claims, leases that a dead process gives up at once, and the reaper.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::credits::Reservation;
use igny8_core::error::RunFailure;
use igny8_core::ids::{AccountId, RunId};
use igny8_core::ports::RunQueue;
use igny8_core::runs::{Claim, Heartbeat, Pruned, QueueCount, Reaped, Retention, Run, RunState};
use igny8_core::tenancy::SystemScope;

use super::executor::{Scoped, Statement, System};
use super::run_end::{self, End};
use super::runs::{owner, run};
use super::turns::{self, has_room, known, live};
use super::{ONE_MACHINE, ONE_WRITER, Store, census, later, ledger, retention};
use crate::owner::Owner;
use crate::statement::{SystemSql, TenantSql};

/// Runs whose lease has run out and that may be tried again: those with the fewest chances left, then the longest expired. How
/// many are tried before the claim goes on: others may be taking the first ones at this moment.
const ABANDONED: SystemSql = SystemSql::new(concat!(
    "SELECT r.account_id, r.id AS run_id FROM igny8_runs r
     JOIN igny8_accounts a ON a.account_id = r.account_id AND a.status IN ('active', 'trial')
     WHERE r.state = 'progress' AND r.lease_until <= $1 AND r.attempts < r.max_attempts AND NOT r.cancel_requested AND ",
    known!("$2"),
    " AND ",
    has_room!("$3", "r.account_id", "$1"),
    " ORDER BY r.attempts - r.max_attempts DESC, r.lease_until LIMIT 32"
));

/// What a run is told to have failed by when its worker is gone.
macro_rules! lost {
    () => {
        r#"'{"code":"lease_expired","message":"its worker was lost","retryable":true}'"#
    };
}

/// Takes one run of the account, passing over those that others are taking.
macro_rules! claim {
    ($which:expr, $order:literal) => {
        SystemSql::new(concat!(
            "UPDATE igny8_runs SET state = 'progress', epoch = epoch + 1, attempts = attempts + 1, lease_until = $3,
                 lease_owner = $4, owner_host = $5, owner_pid = $6, owner_started_at = $7,
                 started_at = COALESCE(started_at, $8), updated_at = $8,
                 error = CASE WHEN state = 'progress' THEN ",
            lost!(),
            " ELSE error END
             WHERE account_id = $1 AND id = (SELECT r.id FROM igny8_runs r WHERE r.account_id = $1 AND ",
            $which,
            " AND ",
            has_room!("$9", "$1", "$8"),
            $order,
            skip_locked!(),
            ") RETURNING *"
        ))
    };
}
const CLAIM_WAITING: SystemSql = claim!(
    concat!("r.state IN ('pending', 'retry') AND r.run_at <= $8 AND ", known!("$2")),
    " ORDER BY r.priority DESC, r.created_at, r.id LIMIT 1"
);
const CLAIM_ABANDONED: SystemSql = claim!(
    "r.id = $2 AND r.state = 'progress' AND r.lease_until <= $8 AND r.attempts < r.max_attempts
       AND NOT r.cancel_requested",
    ""
);
const HEARTBEAT: SystemSql = SystemSql::new(
    "UPDATE igny8_runs SET lease_until = $3, updated_at = $4 WHERE id = $1 AND epoch = $2 AND state = 'progress'
     RETURNING cancel_requested",
);
/// Who holds runs: on one machine all of them, else those of `$3` alone, for of others nothing can be told.
const OWNERS: SystemSql = SystemSql::new(
    "SELECT DISTINCT owner_host, owner_pid, owner_started_at FROM igny8_runs
     WHERE state = 'progress' AND lease_until > $1 AND ($2 OR owner_host = $3)",
);
const GIVE_UP: SystemSql = SystemSql::new(concat!(
    "UPDATE igny8_runs SET lease_until = $4 WHERE (account_id, id) IN (
         SELECT account_id, id FROM igny8_runs
         WHERE state = 'progress' AND lease_until > $4 AND owner_host = $1 AND owner_pid = $2 AND owner_started_at = $3",
    skip_locked!(),
    ")"
));
const EXPIRED: SystemSql = SystemSql::new(
    "SELECT account_id, id FROM igny8_runs WHERE state = 'progress' AND lease_until <= $1 ORDER BY lease_until LIMIT 1000",
);
/// The run, if its lease is still run out now that nobody else can take it.
const STILL_EXPIRED: TenantSql = TenantSql::new(concat!(
    "SELECT * FROM igny8_runs WHERE account_id = $1 AND id = $2 AND state = 'progress' AND lease_until <= $3",
    locked!()
));
const RETURN: TenantSql = TenantSql::new(concat!(
    "UPDATE igny8_runs SET state = 'retry', run_at = $3, error = ",
    lost!(),
    ", lease_until = NULL, lease_owner = NULL,
         owner_host = NULL, owner_pid = NULL, owner_started_at = NULL, updated_at = $3
     WHERE account_id = $1 AND id = $2"
));
const EXPIRED_HOLDS: SystemSql = SystemSql::new(
    "SELECT * FROM igny8_credit_reservations WHERE state = 'held' AND run_id IS NULL AND expires_at <= $1
     ORDER BY expires_at LIMIT 1000",
);
/// What a claim may find, now or later. What is left to the reaper is not among it; what an account's limit holds back is
/// due when a lease of the account's ends.
const NEXT_DUE: SystemSql = SystemSql::new(concat!(
    "SELECT (
         SELECT min(CASE WHEN w.ends IS NULL OR w.run_at > w.ends THEN w.run_at ELSE w.ends END) FROM (
             SELECT (SELECT r.run_at FROM igny8_runs r
                     WHERE r.account_id = t.account_id AND r.state IN ('pending', 'retry') AND ",
    known!("$2"),
    "                ORDER BY r.run_at LIMIT 1) AS run_at,
                    CASE WHEN NOT ",
    has_room!("$3", "t.account_id", "$1"),
    "               THEN ",
    live!("min(l.lease_until)", "t.account_id", "$1"),
    "               END AS ends
             FROM igny8_run_turns t CROSS JOIN igny8_accounts a
             WHERE t.due_at IS NOT NULL AND a.account_id = t.account_id AND a.status IN ('active', 'trial')) w
         WHERE w.run_at IS NOT NULL) AS waits,
     (SELECT min(CASE WHEN r.lease_until > $1 OR ",
    has_room!("$3", "r.account_id", "$1"),
    "                THEN r.lease_until ELSE ",
    live!("min(l.lease_until)", "r.account_id", "$1"),
    "                END) FROM igny8_runs r
      JOIN igny8_accounts a ON a.account_id = r.account_id AND a.status IN ('active', 'trial')
      WHERE r.state = 'progress' AND r.attempts < r.max_attempts AND NOT r.cancel_requested AND ",
    known!("$2"),
    ") AS leased"
));

#[async_trait]
impl RunQueue for Store {
    async fn claim(&self, system: &SystemScope, claim: &Claim) -> Result<Option<Run>> {
        let functions = listed(&claim.functions);
        // A look that does not keep others from writing: an empty queue is asked often.
        if ONE_WRITER {
            let mut db = self.system_read(system, "look for work").await?;
            let any = !abandoned(&mut db, &functions, claim.per_account).await?.is_empty()
                || !turns::next(&mut db, &functions, claim.per_account, false).await?.accounts.is_empty();
            if !any && dead_owners(&mut db).await?.is_empty() {
                return Ok(None);
            }
        }
        let mut db = self.system_write(system, "claim a run").await?;
        let mut taken = take_any(&mut db, claim, &functions).await?;
        // All who hold runs are looked at only where nothing else is to be had; the reaper does it now and then.
        if taken.is_none() && give_dead_owners_leases_up(&mut db).await? {
            taken = take_abandoned(&mut db, claim, &functions).await?;
        }
        // Leases of the dead that were given up stay so, for workers that know their functions.
        db.commit().await?;
        Ok(taken)
    }

    async fn heartbeat(
        &self,
        system: &SystemScope,
        id: RunId,
        epoch: u64,
        lease: Duration,
    ) -> Result<Heartbeat> {
        let mut db = self.system_write(system, "renew a lease").await?;
        let now = db.now();
        let cancelled: Option<bool> = db
            .query(HEARTBEAT)
            .bind(id)
            .bind(epoch)
            .bind(later(now, lease))
            .bind(now)
            .optional(|row| row.get("cancel_requested"))
            .await?;
        db.commit().await?;
        Ok(match cancelled {
            None => Heartbeat::Lost,
            Some(true) => Heartbeat::CancelRequested,
            Some(false) => Heartbeat::Held,
        })
    }

    async fn reap(&self, system: &SystemScope) -> Result<Reaped> {
        let mut db = self.system_write(system, "give dead workers' leases up").await?;
        give_dead_owners_leases_up(&mut db).await?;
        turns::tidy(&mut db).await?;
        db.commit().await?;

        let mut db = self.system_read(system, "find runs to reap").await?;
        let now = db.now();
        let expired: Vec<(AccountId, RunId)> =
            db.query(EXPIRED).bind(now).all(|row| Ok((row.get("account_id")?, row.get("id")?))).await?;
        let holds = db
            .query(EXPIRED_HOLDS)
            .bind(now)
            .all(|row| Ok((row.get::<AccountId>("account_id")?, ledger::reservation(row)?)))
            .await?;
        drop(db);

        // Each in a commit of its own: no account waits for another's. One that cannot be had at this moment (an import has
        // its turn) is passed over with all its runs, and looked at again by the next round.
        let mut reaped = Reaped::default();
        let mut busy = BTreeSet::new();
        for (account, id) in expired {
            if busy.contains(&account) {
                continue;
            }
            if let Err(error) = reap_run(self, system, account, id, &mut reaped).await {
                passed_over(account, &error);
                busy.insert(account);
            }
        }
        for (account, held) in holds {
            if busy.contains(&account) {
                continue;
            }
            match release_hold(self, system, account, &held).await {
                Ok(released) => reaped.expired_reservations += u64::from(released),
                Err(error) => {
                    passed_over(account, &error);
                    busy.insert(account);
                }
            }
        }
        Ok(reaped)
    }

    async fn next_due(
        &self,
        system: &SystemScope,
        functions: &[String],
        per_account: Option<u32>,
    ) -> Result<Option<Duration>> {
        let mut db = self.system_read(system, "look when work is due").await?;
        let now = db.now();
        let question = db.query(NEXT_DUE).bind(now).bind(listed(functions)).bind(per_account);
        let due: [Option<DateTime<Utc>>; 2] =
            question.one(|row| Ok([row.get("waits")?, row.get("leased")?])).await?;
        Ok(due.into_iter().flatten().min().map(|due| (due - now).to_std().unwrap_or_default()))
    }

    async fn census(&self, system: &SystemScope) -> Result<Vec<QueueCount>> {
        census::census(self, system).await
    }

    async fn prune(&self, system: &SystemScope, retention: Retention) -> Result<Pruned> {
        retention::prune(self, system, retention).await
    }
}

/// Names as the statements above look them up.
fn listed(functions: &[String]) -> String {
    format!(",{},", functions.join(","))
}

async fn abandoned(
    db: &mut System<'_>,
    functions: &str,
    limit: Option<u32>,
) -> Result<Vec<(AccountId, RunId)>> {
    let now = db.now();
    let runs = db.query(ABANDONED).bind(now).bind(functions).bind(limit);
    runs.all(|row| Ok((row.get("account_id")?, row.get("run_id")?))).await
}

async fn take_any(db: &mut System<'_>, claim: &Claim, functions: &str) -> Result<Option<Run>> {
    let taken = take_abandoned(db, claim, functions).await?;
    if taken.is_some() {
        return Ok(taken);
    }
    let now = db.now();
    let mut tried = BTreeSet::new();
    for more in [false, true] {
        let turns = turns::next(db, functions, claim.per_account, more).await?;
        for account in turns.accounts {
            if !tried.insert(account) || !may_take(db, claim, account).await? {
                continue;
            }
            let statement = db.query(CLAIM_WAITING).bind(account).bind(functions);
            if let Some(taken) = take(statement, claim, now).await? {
                turns::served(db, account).await?;
                return Ok(Some(taken));
            }
        }
        if turns.are_all {
            break;
        }
    }
    Ok(None)
}

async fn take_abandoned(db: &mut System<'_>, claim: &Claim, functions: &str) -> Result<Option<Run>> {
    let now = db.now();
    for (account, id) in abandoned(db, functions, claim.per_account).await? {
        if !may_take(db, claim, account).await? {
            continue;
        }
        if let Some(taken) = take(db.query(CLAIM_ABANDONED).bind(account).bind(id), claim, now).await? {
            turns::served(db, account).await?;
            return Ok(Some(taken));
        }
    }
    Ok(None)
}

/// Under a limit, whether nobody else is taking one of the account's runs: they would count the same.
async fn may_take(db: &mut System<'_>, claim: &Claim, account: AccountId) -> Result<bool> {
    if claim.per_account.is_none() {
        return Ok(true);
    }
    turns::take(db, account).await
}

/// Runs a claim's statement, the first two values of which are bound.
async fn take(statement: Statement<'_>, claim: &Claim, now: DateTime<Utc>) -> Result<Option<Run>> {
    let owner = Owner::this_process();
    statement
        .bind(later(now, claim.lease))
        .bind(claim.worker.as_str())
        .bind(owner.host.as_str())
        .bind(owner.pid)
        .bind(owner.started_at)
        .bind(now)
        .bind(claim.per_account)
        .optional(run)
        .await
}

fn passed_over(account: AccountId, error: &igny8_core::Error) {
    tracing::warn!(%account, error = error as &dyn std::error::Error, "an account is left for the next round");
}

async fn release_hold(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    held: &Reservation,
) -> Result<bool> {
    let mut db = store.system_write(system, "give an expired reservation back").await?;
    let released = ledger::release(&mut db.within(account).await?, held).await?;
    db.commit().await?;
    Ok(released.is_some())
}

async fn reap_run(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    id: RunId,
    reaped: &mut Reaped,
) -> Result<()> {
    let mut db = store.system_write(system, "reap a run").await?;
    let mut of_account = db.within(account).await?;
    let now = of_account.now();
    let Some(expired) = of_account.query(STILL_EXPIRED).bind(id).bind(now).optional(run).await? else {
        return Ok(());
    };
    if expired.cancel_requested {
        reaped.ended.push(run_end::revoke(&mut of_account, &expired).await?);
    } else if expired.attempts >= expired.max_attempts {
        let message = format!("its worker was lost {} times", expired.attempts);
        let failure = RunFailure { code: "attempts_exhausted".to_owned(), message, retryable: false };
        reaped.ended.push(give_up(&mut of_account, &expired, failure).await?);
    } else {
        of_account.query(RETURN).bind(id).bind(now).execute().await?;
        turns::wait_until(&mut of_account, now).await?;
        reaped.returned += 1;
    }
    db.commit().await
}

async fn dead_owners(db: &mut System<'_>) -> Result<Vec<Owner>> {
    let now = db.now();
    let here = Owner::this_process().host.as_str();
    let owners = db.query(OWNERS).bind(now).bind(ONE_MACHINE).bind(here).all(owner).await?;
    Ok(owners.into_iter().flatten().filter(|owner| owner.is_dead(ONE_MACHINE)).collect())
}

/// A process that is gone renews nothing: its leases end now instead of when they would have run out. Whether there was one.
async fn give_dead_owners_leases_up(db: &mut System<'_>) -> Result<bool> {
    let now = db.now();
    let dead = dead_owners(db).await?;
    for owner in &dead {
        db.query(GIVE_UP)
            .bind(owner.host.as_str())
            .bind(owner.pid)
            .bind(owner.started_at)
            .bind(now)
            .execute()
            .await?;
    }
    Ok(!dead.is_empty())
}

async fn give_up(db: &mut Scoped<'_>, before: &Run, failure: RunFailure) -> Result<Run> {
    let mut progress = before.progress.clone();
    progress.advance(100, "Given up");
    let end = End { state: RunState::Failure, result: None, error: Some(failure), progress };
    run_end::end(db, before, end).await
}
