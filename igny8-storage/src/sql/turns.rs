//! Whose turn it is: one row for each account that ever had a run, with when it was last served and when its next run is
//! due at the earliest. A claim reads these in their order and stops at the first account that has something for it, so
//! neither idle accounts nor a long backlog slow it down.
//!
//! `due_at` may be too early and is never too late: what makes a run wait lowers it and keeps hold of the row until its
//! commit ([`wait_until`]), and who raises it has the row alone ([`served`]).

use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::ids::AccountId;

use super::executor::{Scoped, System};
use crate::statement::{SystemSql, TenantSql};

/// Whether a run `r` is of one of these functions, listed as `,one,two,`.
macro_rules! known {
    ($functions:literal) => {
        concat!("replace(", $functions, ", ',' || r.function || ',', '') <> ", $functions)
    };
}
/// The runs that the account has under way: under a lease that has not run out by then.
macro_rules! live {
    ($what:literal, $account:literal, $now:literal) => {
        concat!(
            "(SELECT ",
            $what,
            " FROM igny8_runs l WHERE l.account_id = ",
            $account,
            " AND l.state = 'progress' AND l.lease_until > ",
            $now,
            ")"
        )
    };
}
/// Whether the account has fewer runs under way than it may; no limit is null.
macro_rules! has_room {
    ($limit:literal, $account:literal, $now:literal) => {
        concat!("(", $limit, " IS NULL OR ", live!("count(*)", $account, $now), " < ", $limit, ")")
    };
}
pub(super) use {has_room, known, live};

/// Accounts with a due run and room for it, the one that was served longest ago first.
macro_rules! turns {
    ($limit:literal) => {
        SystemSql::new(concat!(
            "SELECT t.account_id FROM igny8_run_turns t CROSS JOIN igny8_accounts a
             WHERE t.due_at <= $1 AND a.account_id = t.account_id AND a.status IN ('active', 'trial')
               AND (SELECT r.run_at FROM igny8_runs r
                    WHERE r.account_id = t.account_id AND r.state IN ('pending', 'retry') AND r.run_at <= $1 AND ",
            known!("$2"),
            " ORDER BY r.run_at LIMIT 1) IS NOT NULL AND ",
            has_room!("$3", "t.account_id", "$1"),
            " ORDER BY t.last_served_at, t.account_id LIMIT ",
            $limit
        ))
    };
}
/// How many are looked for: few at first, more where others are taking the first ones' runs at this moment.
const TURNS: [(usize, SystemSql); 2] = [(3, turns!("3")), (64, turns!("64"))];
/// The account's row, so that claims under a limit count one after the other.
const TAKE: SystemSql =
    SystemSql::new(concat!("SELECT 1 AS taken FROM igny8_run_turns WHERE account_id = $1", skip_locked!()));
/// Notes the turn, and tells whether more is due. A worker that notes the same at this moment is not waited for.
const SERVED: SystemSql = SystemSql::new(concat!(
    "UPDATE igny8_run_turns SET last_served_at = $2
     WHERE account_id = (SELECT account_id FROM igny8_run_turns WHERE account_id = $1",
    skip_locked!(),
    ") RETURNING EXISTS (SELECT 1 FROM igny8_runs r
         WHERE r.account_id = $1 AND r.state IN ('pending', 'retry') AND r.run_at <= $2) AS more"
));
const TAKE_ALONE: SystemSql =
    SystemSql::new(concat!("SELECT 1 AS taken FROM igny8_run_turns WHERE account_id = $1", alone!()));
/// When the account's next run is due, now that none can come to wait beside this.
const NEXT: SystemSql = SystemSql::new(
    "UPDATE igny8_run_turns SET due_at =
         (SELECT r.run_at FROM igny8_runs r WHERE r.account_id = $1 AND r.state IN ('pending', 'retry')
          ORDER BY r.run_at LIMIT 1)
     WHERE account_id = $1",
);
const IDLE: SystemSql = SystemSql::new(
    "SELECT t.account_id FROM igny8_run_turns t WHERE t.due_at <= $1 AND NOT EXISTS (SELECT 1 FROM igny8_runs r
         WHERE r.account_id = t.account_id AND r.state IN ('pending', 'retry') AND r.run_at <= $1)
     ORDER BY t.last_served_at, t.account_id LIMIT 100",
);
/// Lowers `due_at`; where it is low enough the row is only kept from who would raise it.
const WAIT: TenantSql = TenantSql::new(concat!(
    "WITH turn AS (SELECT due_at FROM igny8_run_turns WHERE account_id = $1",
    shared!(),
    ")
     INSERT INTO igny8_run_turns (account_id, last_served_at, due_at)
     SELECT $1, 0, $2 WHERE NOT EXISTS (SELECT 1 FROM turn WHERE due_at <= $2)
     ON CONFLICT (account_id) DO UPDATE SET due_at = excluded.due_at"
));

/// Says that a run of the account waits until then, in the transaction that makes it wait.
pub(super) async fn wait_until(db: &mut Scoped<'_>, due: DateTime<Utc>) -> Result<()> {
    db.query(WAIT).bind(due).execute().await.map(drop)
}

/// Accounts whose turn it is: the first few, or with `more` as many as a claim ever tries.
pub(super) async fn next(
    db: &mut System<'_>,
    functions: &str,
    limit: Option<u32>,
    more: bool,
) -> Result<Turns> {
    let (many, sql) = TURNS[usize::from(more)];
    let now = db.now();
    let turns = db.query(sql).bind(now).bind(functions).bind(limit);
    let accounts: Vec<AccountId> = turns.all(|row| row.get("account_id")).await?;
    Ok(Turns { are_all: accounts.len() < many, accounts })
}

/// Accounts whose turn it is, in order.
pub(super) struct Turns {
    pub(super) accounts: Vec<AccountId>,
    /// Whether there are no others.
    pub(super) are_all: bool,
}

/// Keeps others from taking runs of the account under a limit; whether nobody else does so at this moment.
pub(super) async fn take(db: &mut System<'_>, account: AccountId) -> Result<bool> {
    db.query(TAKE).bind(account).exists().await
}

/// Notes the account's turn, and when its next one is.
pub(super) async fn served(db: &mut System<'_>, account: AccountId) -> Result<()> {
    let now = db.now();
    let more: Option<bool> = db.query(SERVED).bind(account).bind(now).optional(|row| row.get("more")).await?;
    if more == Some(false) { look_ahead(db, account).await } else { Ok(()) }
}

/// Writes when the account's next run is due.
async fn look_ahead(db: &mut System<'_>, account: AccountId) -> Result<()> {
    // A statement of its own for the lock: what the next one reads is as it is once the row is had.
    if db.query(TAKE_ALONE).bind(account).exists().await? {
        db.query(NEXT).bind(account).execute().await?;
    }
    Ok(())
}

/// Sees to accounts of which nothing is due, though their row says so: their runs were cancelled, or are under way.
pub(super) async fn tidy(db: &mut System<'_>) -> Result<()> {
    let now = db.now();
    for account in db.query(IDLE).bind(now).all(|row| row.get::<AccountId>("account_id")).await? {
        look_ahead(db, account).await?;
    }
    Ok(())
}
