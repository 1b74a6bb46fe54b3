//! The ledger's own moves, within a transaction that somebody else began: hold, settle, release, write an entry.
//! The billing port and the runs are built upon these, so that both keep the same invariants.

use chrono::{DateTime, Utc};
use igny8_core::credits::{
    Balance, CreditTransaction, CreditUsage, Credits, Reservation, ReservationState, TransactionType,
    UsageNote,
};
use igny8_core::ids::{ReservationId, RunId, TransactionId, UsageId};
use igny8_core::{Error, Result};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::types::Json;

use super::columns::Row;
use super::executor::Scoped;
use super::outbox;
use crate::statement::TenantSql;

const BALANCE: TenantSql =
    TenantSql::new("SELECT balance, reserved FROM igny8_accounts WHERE account_id = $1");
const HOLD: TenantSql = TenantSql::new(
    "UPDATE igny8_accounts SET reserved = reserved + $2, updated_at = $3
     WHERE account_id = $1 AND balance - reserved >= $2",
);
const MOVE: TenantSql = TenantSql::new(
    "UPDATE igny8_accounts SET balance = balance + $2, reserved = reserved - $3, updated_at = $4 WHERE account_id = $1",
);
const RESERVE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_credit_reservations
         (account_id, id, run_id, amount, state, idempotency_key, description, expires_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, 'held', $5, $6, $7, $8, $8)
     RETURNING *",
);
const CLOSE: TenantSql = TenantSql::new(
    "UPDATE igny8_credit_reservations SET state = $3, settled = $4, updated_at = $5
     WHERE account_id = $1 AND id = $2 AND state = 'held'
     RETURNING *",
);
/// The entry for the balance as it is now.
const ENTER: TenantSql = TenantSql::new(
    "INSERT INTO igny8_credit_transactions
         (account_id, id, seq, transaction_type, amount, balance_after, description, reservation_id, idempotency_key, created_at)
     SELECT $1, $2, COALESCE((SELECT t.seq FROM igny8_credit_transactions t WHERE t.account_id = $1
                              ORDER BY t.seq DESC LIMIT 1), 0) + 1,
            $3, $4, a.balance, $5, $6, $7, $8
     FROM igny8_accounts a WHERE a.account_id = $1
     RETURNING *",
);
const LOG_USAGE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_credit_usage_logs
         (account_id, id, operation_type, credits_used, overrun, cost_nano_usd, run_id, reservation_id, details, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

/// Credits to hold.
pub(super) struct Hold<'a> {
    pub(super) run: Option<RunId>,
    pub(super) key: &'a str,
    pub(super) amount: Credits,
    pub(super) description: &'a str,
    pub(super) expires_at: DateTime<Utc>,
}

/// An entry to write.
pub(super) struct Entry<'a> {
    pub(super) transaction_type: TransactionType,
    pub(super) amount: Credits,
    pub(super) description: &'a str,
    pub(super) reservation: Option<ReservationId>,
    pub(super) key: &'a str,
}

/// What the account has and holds.
pub(super) async fn balance(db: &mut Scoped<'_>) -> Result<Balance> {
    db.query(BALANCE)
        .one(|row| Ok(Balance { balance: row.get("balance")?, reserved: row.get("reserved")? }))
        .await
}

/// Holds credits.
///
/// # Errors
/// `InsufficientCredits` when fewer are available.
pub(super) async fn hold(db: &mut Scoped<'_>, hold: Hold<'_>) -> Result<Reservation> {
    let now = db.now();
    if db.query(HOLD).bind(hold.amount).bind(now).execute().await? == 0 {
        let available = balance(db).await?.available();
        return Err(Error::InsufficientCredits { needed: hold.amount, available });
    }
    db.query(RESERVE)
        .bind(ReservationId::new())
        .bind(hold.run)
        .bind(hold.amount)
        .bind(hold.key)
        .bind(hold.description)
        .bind(hold.expires_at)
        .bind(now)
        .one(reservation)
        .await
}

/// Charges `actual` of a held reservation, or all of it when that is less, and explains it in the usage log, overrun included.
/// `None` when it is no longer held: somebody settled or released it before.
pub(super) async fn settle(
    db: &mut Scoped<'_>,
    held: &Reservation,
    actual: Credits,
    usage: &UsageNote,
) -> Result<Option<Reservation>> {
    let charge = actual.min(held.amount);
    let now = db.now();
    let closed = db
        .query(CLOSE)
        .bind(held.id)
        .bind(ReservationState::Settled.as_str())
        .bind(Some(charge))
        .bind(now)
        .optional(reservation)
        .await?;
    let Some(closed) = closed else { return Ok(None) };
    // The hold goes first, so that the balance never falls below what is reserved.
    db.query(MOVE).bind(-charge).bind(held.amount).bind(now).execute().await?;
    let key = format!("settle:{}", held.id);
    let entry = Entry {
        transaction_type: TransactionType::Usage,
        amount: -charge,
        description: &held.description,
        reservation: Some(held.id),
        key: &key,
    };
    write(db, entry).await?;
    let cost: i64 = to_nano(usage.cost_usd)?;
    db.query(LOG_USAGE)
        .bind(UsageId::new())
        .bind(usage.operation_type.as_str())
        .bind(charge)
        .bind(actual - charge)
        .bind(cost)
        .bind(held.run)
        .bind(held.id)
        .bind(Json(&usage.details))
        .bind(now)
        .execute()
        .await?;
    outbox::charged(db, charge).await?;
    Ok(Some(closed))
}

/// Gives a held reservation back. `None` when it is no longer held.
pub(super) async fn release(db: &mut Scoped<'_>, held: &Reservation) -> Result<Option<Reservation>> {
    let now = db.now();
    let closed = db
        .query(CLOSE)
        .bind(held.id)
        .bind(ReservationState::Released.as_str())
        .bind(None::<Credits>)
        .bind(now)
        .optional(reservation)
        .await?;
    if closed.is_some() {
        db.query(MOVE).bind(0_i64).bind(held.amount).bind(now).execute().await?;
    }
    Ok(closed)
}

/// Changes the balance and writes the entry that says so.
pub(super) async fn post(db: &mut Scoped<'_>, entry: Entry<'_>) -> Result<CreditTransaction> {
    let now = db.now();
    db.query(MOVE).bind(entry.amount).bind(0_i64).bind(now).execute().await?;
    write(db, entry).await
}

/// Writes the entry for a balance that has just been changed.
async fn write(db: &mut Scoped<'_>, entry: Entry<'_>) -> Result<CreditTransaction> {
    let now = db.now();
    db.query(ENTER)
        .bind(TransactionId::new())
        .bind(entry.transaction_type.as_str())
        .bind(entry.amount)
        .bind(entry.description)
        .bind(entry.reservation)
        .bind(entry.key)
        .bind(now)
        .one(transaction)
        .await
}

/// A reservation from its row.
pub(super) fn reservation(row: &Row<'_>) -> Result<Reservation> {
    Ok(Reservation {
        id: row.get("id")?,
        tenant: row.tenant()?,
        run: row.get("run_id")?,
        amount: row.get("amount")?,
        settled: row.get("settled")?,
        state: row.word("state")?,
        idempotency_key: row.get("idempotency_key")?,
        description: row.get("description")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
    })
}

/// A ledger entry from its row.
pub(super) fn transaction(row: &Row<'_>) -> Result<CreditTransaction> {
    Ok(CreditTransaction {
        id: row.get("id")?,
        tenant: row.tenant()?,
        seq: row.get("seq")?,
        transaction_type: row.word("transaction_type")?,
        amount: row.get("amount")?,
        balance_after: row.get("balance_after")?,
        description: row.get("description")?,
        reservation: row.get("reservation_id")?,
        idempotency_key: row.get("idempotency_key")?,
        created_at: row.get("created_at")?,
    })
}

/// A usage entry from its row.
pub(super) fn usage(row: &Row<'_>) -> Result<CreditUsage> {
    Ok(CreditUsage {
        id: row.get("id")?,
        tenant: row.tenant()?,
        operation_type: row.get("operation_type")?,
        credits_used: row.get("credits_used")?,
        overrun: row.get("overrun")?,
        cost_usd: from_nano(row.get("cost_nano_usd")?),
        run: row.get("run_id")?,
        reservation: row.get("reservation_id")?,
        details: row.json("details")?,
        created_at: row.get("created_at")?,
    })
}

/// Dollars as the billionths that are stored, rounded to the nearest.
pub(super) fn to_nano(dollars: Decimal) -> Result<i64> {
    let nano = (dollars * Decimal::from(1_000_000_000)).round().to_i64();
    nano.ok_or_else(|| Error::invalid("cost_usd", format!("{dollars} dollars are more than can be kept")))
}

/// Dollars from the billionths that are stored.
pub(super) fn from_nano(nano: i64) -> Decimal {
    Decimal::new(nano, 9).normalize()
}
