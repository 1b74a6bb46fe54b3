//! The queue across tenants: fair claims, leases that a dead process gives up at once, and the reaper.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::error::RunFailure;
use igny8_core::ids::{AccountId, RunId};
use igny8_core::ports::RunQueue;
use igny8_core::runs::{Claim, Heartbeat, Reaped, Run, RunState};
use igny8_core::tenancy::SystemScope;

use super::executor::System;
use super::ledger;
use super::run_end::{self, End};
use super::runs::run;
use super::{ONE_MACHINE, Store, later};
use crate::owner::Owner;
use crate::statement::SystemSql;

/// The next waiting run of the account that was served longest ago. `$2` lists the functions as `,one,two,`.
const WAITING: SystemSql = SystemSql::new(
    "SELECT q.account_id, q.run_id FROM (
         SELECT a.account_id, a.last_served_at,
             (SELECT r.id FROM igny8_runs r
              WHERE r.account_id = a.account_id AND r.state IN ('pending', 'retry') AND r.run_at <= $1
                AND $2 LIKE '%,' || replace(r.function, '_', '\\_') || ',%' ESCAPE '\\'
              ORDER BY r.priority DESC, r.created_at, r.id LIMIT 1) AS run_id
         FROM igny8_accounts a WHERE a.status IN ('active', 'trial')) q
     WHERE q.run_id IS NOT NULL ORDER BY q.last_served_at, q.account_id LIMIT 1",
);
/// A run whose lease has run out and that may be tried again, the longest expired first.
const ABANDONED: SystemSql = SystemSql::new(
    "SELECT r.account_id, r.id AS run_id FROM igny8_runs r
     JOIN igny8_accounts a ON a.account_id = r.account_id AND a.status IN ('active', 'trial')
     WHERE r.state = 'progress' AND r.lease_until <= $1 AND r.attempts < r.max_attempts AND NOT r.cancel_requested
       AND $2 LIKE '%,' || replace(r.function, '_', '\\_') || ',%' ESCAPE '\\'
     ORDER BY r.lease_until LIMIT 1",
);
const CLAIM: SystemSql = SystemSql::new(
    "UPDATE igny8_runs SET state = 'progress', epoch = epoch + 1, attempts = attempts + 1, lease_until = $3,
         lease_owner = $4, owner_host = $5, owner_pid = $6, owner_started_at = $7,
         started_at = COALESCE(started_at, $8), updated_at = $8
     WHERE account_id = $1 AND id = $2
     RETURNING *",
);
const SERVED: SystemSql =
    SystemSql::new("UPDATE igny8_accounts SET last_served_at = $2 WHERE account_id = $1");
const HEARTBEAT: SystemSql = SystemSql::new(
    "UPDATE igny8_runs SET lease_until = $3, updated_at = $4 WHERE id = $1 AND epoch = $2 AND state = 'progress'
     RETURNING cancel_requested",
);
const OWNERS: SystemSql = SystemSql::new(
    "SELECT DISTINCT owner_host, owner_pid, owner_started_at FROM igny8_runs
     WHERE state = 'progress' AND lease_until > $1",
);
const GIVE_UP: SystemSql = SystemSql::new(
    "UPDATE igny8_runs SET lease_until = $4
     WHERE state = 'progress' AND lease_until > $4 AND owner_host = $1 AND owner_pid = $2 AND owner_started_at = $3",
);
const EXPIRED: SystemSql = SystemSql::new(
    "SELECT * FROM igny8_runs WHERE state = 'progress' AND lease_until <= $1 ORDER BY lease_until",
);
const RETURN: SystemSql = SystemSql::new(
    "UPDATE igny8_runs SET state = 'retry', run_at = $3, error = $4, lease_until = NULL, lease_owner = NULL,
         owner_host = NULL, owner_pid = NULL, owner_started_at = NULL, updated_at = $3
     WHERE account_id = $1 AND id = $2",
);
const EXPIRED_HOLDS: SystemSql = SystemSql::new(
    "SELECT * FROM igny8_credit_reservations WHERE state = 'held' AND run_id IS NULL AND expires_at <= $1",
);
/// What a claim may find, now or later. What is left to the reaper is not among it.
const NEXT_DUE: SystemSql = SystemSql::new(
    "SELECT min(CASE WHEN r.state = 'progress' THEN r.lease_until ELSE r.run_at END) AS due FROM igny8_runs r
     JOIN igny8_accounts a ON a.account_id = r.account_id AND a.status IN ('active', 'trial')
     WHERE (r.state IN ('pending', 'retry')
            OR r.state = 'progress' AND r.attempts < r.max_attempts AND NOT r.cancel_requested)
       AND $1 LIKE '%,' || replace(r.function, '_', '\\_') || ',%' ESCAPE '\\'",
);

#[async_trait]
impl RunQueue for Store {
    async fn claim(&self, system: &SystemScope, claim: &Claim) -> Result<Option<Run>> {
        let functions = listed(&claim.functions);
        // A look that takes no write lock: an empty queue is asked often.
        {
            let mut db = self.system_read(system, "look for work").await?;
            let now = db.now();
            if next(&mut db, now, &functions).await?.is_none() && !any_dead_owner(&mut db, now).await? {
                return Ok(None);
            }
        }
        let mut db = self.system_write(system, "claim a run").await?;
        let now = db.now();
        give_dead_owners_leases_up(&mut db, now).await?;
        let Some((account, id)) = next(&mut db, now, &functions).await? else { return Ok(None) };
        let owner = Owner::this_process();
        let claimed = db
            .query(CLAIM)
            .bind(account)
            .bind(id)
            .bind(later(now, claim.lease))
            .bind(claim.worker.as_str())
            .bind(owner.host.as_str())
            .bind(owner.pid)
            .bind(owner.started_at)
            .bind(now)
            .one(run)
            .await?;
        db.query(SERVED).bind(account).bind(now).execute().await?;
        db.commit().await?;
        Ok(Some(claimed))
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
        let mut db = self.system_write(system, "reap runs").await?;
        let now = db.now();
        give_dead_owners_leases_up(&mut db, now).await?;
        let mut reaped = Reaped::default();
        for expired in db.query(EXPIRED).bind(now).all(run).await? {
            if expired.cancel_requested {
                let account = expired.tenant.account();
                reaped.ended.push(run_end::revoke(&mut db.within(account), &expired).await?);
            } else if expired.attempts >= expired.max_attempts {
                let message = format!("its worker was lost {} times", expired.attempts);
                let failure = RunFailure { code: "attempts_exhausted".to_owned(), message, retryable: false };
                reaped.ended.push(give_up(&mut db, &expired, failure).await?);
            } else {
                let failure = RunFailure {
                    code: "lease_expired".to_owned(),
                    message: "its worker was lost".to_owned(),
                    retryable: true,
                };
                let failure = serde_json::to_string(&failure)
                    .map_err(|fault| igny8_core::Error::storage("write a failure", fault))?;
                let account = expired.tenant.account();
                db.query(RETURN).bind(account).bind(expired.id).bind(now).bind(failure).execute().await?;
                reaped.returned += 1;
            }
        }
        let holds = db
            .query(EXPIRED_HOLDS)
            .bind(now)
            .all(|row| Ok((row.get::<AccountId>("account_id")?, ledger::reservation(row)?)))
            .await?;
        for (account, held) in holds {
            ledger::release(&mut db.within(account), &held).await?;
            reaped.expired_reservations += 1;
        }
        db.commit().await?;
        Ok(reaped)
    }

    async fn next_due(&self, system: &SystemScope, functions: &[String]) -> Result<Option<Duration>> {
        let mut db = self.system_read(system, "look when work is due").await?;
        let now = db.now();
        let due: Option<DateTime<Utc>> =
            db.query(NEXT_DUE).bind(listed(functions)).one(|row| row.get("due")).await?;
        Ok(due.map(|due| (due - now).to_std().unwrap_or_default()))
    }
}

/// Names as the statements above look them up.
fn listed(functions: &[String]) -> String {
    format!(",{},", functions.join(","))
}

async fn next(
    db: &mut System<'_>,
    now: DateTime<Utc>,
    functions: &str,
) -> Result<Option<(AccountId, RunId)>> {
    for sql in [ABANDONED, WAITING] {
        let found = db
            .query(sql)
            .bind(now)
            .bind(functions)
            .optional(|row| Ok((row.get("account_id")?, row.get("run_id")?)))
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn dead_owners(db: &mut System<'_>, now: DateTime<Utc>) -> Result<Vec<Owner>> {
    let owners = db.query(OWNERS).bind(now).all(Owner::read).await?;
    Ok(owners.into_iter().flatten().filter(|owner| owner.is_dead(ONE_MACHINE)).collect())
}

async fn any_dead_owner(db: &mut System<'_>, now: DateTime<Utc>) -> Result<bool> {
    Ok(!dead_owners(db, now).await?.is_empty())
}

/// A process that is gone renews nothing: its leases end now instead of when they would have run out.
async fn give_dead_owners_leases_up(db: &mut System<'_>, now: DateTime<Utc>) -> Result<()> {
    for owner in dead_owners(db, now).await? {
        db.query(GIVE_UP)
            .bind(owner.host.as_str())
            .bind(owner.pid)
            .bind(owner.started_at)
            .bind(now)
            .execute()
            .await?;
    }
    Ok(())
}

async fn give_up(db: &mut System<'_>, before: &Run, failure: RunFailure) -> Result<Run> {
    let mut progress = before.progress.clone();
    progress.advance(100, "Given up");
    let end = End { state: RunState::Failure, result: None, error: Some(failure), progress };
    run_end::end(&mut db.within(before.tenant.account()), before, end).await
}
