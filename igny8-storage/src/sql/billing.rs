//! The ledger as its port: balance, reservations of the host's own, postings, lists, and the snapshot for verification.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use igny8_core::credits::{
    Balance, CreditTransaction, CreditUsage, Credits, LedgerSnapshot, Posting, Reservation, ReservationState,
    RunCharge, TransactionFilter, TransactionType, UsageFilter, UsageNote, UsageSummaryRow,
};
use igny8_core::ids::ReservationId;
use igny8_core::paging::{ListQuery, Paged};
use igny8_core::ports::Billing;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};

use super::columns::Row;
use super::executor::Scoped;
use super::ledger::{self, Entry, Hold, from_nano};
use super::listing::{ListSql, SortKey};
use super::{Store, later};
use crate::statement::TenantSql;

const TRANSACTIONS: ListSql = ListSql::new("transactions", "t.*", "igny8_credit_transactions t", "t");
const SEQ: SortKey = SortKey::number("seq", "t.seq");
const USAGE: ListSql = ListSql::new("usage", "u.*", "igny8_credit_usage_logs u", "u");
const WRITTEN: SortKey = SortKey::number("created_at", "u.created_at");
const DAYS: ListSql = ListSql::new(
    "usage days",
    "u.created_at, u.operation_type, u.credits_used, u.cost_nano_usd, u.details",
    "igny8_credit_usage_logs u",
    "u",
);

const BY_ID: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_reservations WHERE account_id = $1 AND id = $2");
const BY_KEY: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_reservations WHERE account_id = $1 AND idempotency_key = $2");
const POSTED: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_transactions WHERE account_id = $1 AND idempotency_key = $2");
const REFUNDED: TenantSql = TenantSql::new(
    "SELECT CAST(COALESCE(sum(amount), 0) AS BIGINT) AS refunded FROM igny8_credit_transactions
     WHERE account_id = $1 AND reservation_id = $2 AND transaction_type = 'refund'",
);
const ALL_TRANSACTIONS: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_transactions WHERE account_id = $1 ORDER BY seq");
const ALL_RESERVATIONS: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_reservations WHERE account_id = $1 ORDER BY id");
const ALL_USAGE: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credit_usage_logs WHERE account_id = $1 ORDER BY created_at, id");
const ALL_RUNS: TenantSql = TenantSql::new(
    "SELECT r.id, r.state, r.reserved, CAST(COALESCE((SELECT sum(i.credits) FROM igny8_run_items i
         WHERE i.account_id = r.account_id AND i.run_id = r.id AND i.state = 'done'), 0) AS BIGINT) AS items
     FROM igny8_runs r WHERE r.account_id = $1 ORDER BY r.id",
);

#[async_trait]
impl Billing for Store {
    async fn balance(&self, scope: &TenantScope) -> Result<Balance> {
        ledger::balance(&mut self.read(scope, "read the balance").await?).await
    }

    async fn reserve(
        &self,
        scope: &TenantScope,
        key: &str,
        amount: Credits,
        expires_in: Duration,
        description: &str,
    ) -> Result<Reservation> {
        if amount < 1 {
            return Err(Error::invalid(
                "amount",
                "must be at least 1; work that costs nothing needs no hold",
            ));
        }
        let mut db = self.write(scope, "reserve credits").await?;
        if let Some(first) = db.query(BY_KEY).bind(key).optional(ledger::reservation).await? {
            return if first.amount == amount && first.run.is_none() {
                Ok(first)
            } else {
                Err(key_taken("reservation", key))
            };
        }
        let expires_at = later(db.now(), expires_in);
        let held = ledger::hold(&mut db, Hold { run: None, key, amount, description, expires_at }).await?;
        db.commit().await?;
        Ok(held)
    }

    async fn settle(
        &self,
        scope: &TenantScope,
        reservation: ReservationId,
        actual: Credits,
        usage: UsageNote,
    ) -> Result<Reservation> {
        let mut db = self.write(scope, "settle a reservation").await?;
        let held = hosts_own(&mut db, reservation).await?;
        if actual < 1 {
            return Err(Error::invalid("actual", "must be at least 1; release what produced nothing"));
        }
        match ledger::settle(&mut db, &held, actual, &usage).await? {
            Some(settled) => {
                db.commit().await?;
                Ok(settled)
            }
            None if held.settled == Some(actual.min(held.amount)) => Ok(held),
            None => Err(Error::conflict("reservation", format!("it is {} already", held.state))),
        }
    }

    async fn charge(
        &self,
        scope: &TenantScope,
        key: &str,
        amount: Credits,
        description: &str,
        usage: UsageNote,
    ) -> Result<Reservation> {
        if amount < 1 {
            return Err(Error::invalid(
                "amount",
                "must be at least 1; work that costs nothing needs no charge",
            ));
        }
        let mut db = self.write(scope, "charge credits").await?;
        if let Some(first) = db.query(BY_KEY).bind(key).optional(ledger::reservation).await? {
            let same = first.run.is_none() && first.amount == amount && first.settled == Some(amount);
            return if same { Ok(first) } else { Err(key_taken("reservation", key)) };
        }
        let expires_at = db.now();
        let held = ledger::hold(&mut db, Hold { run: None, key, amount, description, expires_at }).await?;
        let settled = ledger::settle(&mut db, &held, amount, &usage).await?;
        db.commit().await?;
        Ok(settled.unwrap_or(held))
    }

    async fn release(&self, scope: &TenantScope, reservation: ReservationId) -> Result<Reservation> {
        let mut db = self.write(scope, "release a reservation").await?;
        let held = hosts_own(&mut db, reservation).await?;
        match ledger::release(&mut db, &held).await? {
            Some(released) => {
                db.commit().await?;
                Ok(released)
            }
            None if held.state == ReservationState::Released => Ok(held),
            None => Err(Error::conflict("reservation", format!("it is {} already", held.state))),
        }
    }

    async fn post(&self, scope: &TenantScope, posting: Posting) -> Result<CreditTransaction> {
        let mut db = self.write(scope, "write a ledger entry").await?;
        let key = posting.idempotency_key.as_str();
        if let Some(first) = db.query(POSTED).bind(key).optional(ledger::transaction).await? {
            let same = first.transaction_type == posting.transaction_type
                && first.amount == posting.amount
                && first.reservation == posting.reservation;
            return if same { Ok(first) } else { Err(key_taken("transaction", key)) };
        }
        check(&mut db, &posting).await?;
        let entry = Entry {
            transaction_type: posting.transaction_type,
            amount: posting.amount,
            description: &posting.description,
            reservation: posting.reservation,
            key,
        };
        let written = ledger::post(&mut db, entry).await?;
        db.commit().await?;
        Ok(written)
    }

    async fn transactions(
        &self,
        scope: &TenantScope,
        query: &ListQuery<TransactionFilter, ()>,
    ) -> Result<Paged<CreditTransaction>> {
        let filter = &query.filter;
        self.report(scope, "list ledger entries")
            .await?
            .list(&TRANSACTIONS)
            .and("t.transaction_type =", filter.transaction_type.map(TransactionType::as_str))
            .and("t.created_at >=", filter.from)
            .and("t.created_at <", filter.to)
            .order(&query.order, |()| SEQ, SEQ)
            .page(&query.page, ledger::transaction)
            .await
    }

    async fn usage(
        &self,
        scope: &TenantScope,
        query: &ListQuery<UsageFilter, ()>,
    ) -> Result<Paged<CreditUsage>> {
        let filter = &query.filter;
        self.report(scope, "list usage")
            .await?
            .list(&USAGE)
            .and("u.operation_type =", filter.operation_type.as_deref())
            .and("u.run_id =", filter.run)
            .and("u.created_at >=", filter.from)
            .and("u.created_at <", filter.to)
            .order(&query.order, |()| WRITTEN, WRITTEN)
            .page(&query.page, ledger::usage)
            .await
    }

    async fn usage_summary(&self, scope: &TenantScope, filter: &UsageFilter) -> Result<Vec<UsageSummaryRow>> {
        // Days are told in the program: no function that tells them is the same on every database.
        let rows: Vec<UsageRow> = self
            .report(scope, "sum usage up")
            .await?
            .list(&DAYS)
            .and("u.operation_type =", filter.operation_type.as_deref())
            .and("u.run_id =", filter.run)
            .and("u.created_at >=", filter.from)
            .and("u.created_at <", filter.to)
            .all(day)
            .await?;
        let mut days = std::collections::BTreeMap::new();
        for (of, credits, nano) in rows {
            let sum: &mut (u64, Credits, i64) = days.entry(of).or_default();
            *sum = (sum.0 + 1, sum.1 + credits, sum.2 + nano);
        }
        let row = |((day, operation_type, models), (count, credits_used, nano))| UsageSummaryRow {
            day,
            operation_type,
            models,
            count,
            credits_used,
            cost_usd: from_nano(nano),
        };
        Ok(days.into_iter().map(row).collect())
    }

    async fn ledger(&self, scope: &TenantScope) -> Result<LedgerSnapshot> {
        let mut db = self.read(scope, "read the ledger").await?;
        Ok(LedgerSnapshot {
            balance: ledger::balance(&mut db).await?,
            transactions: db.query(ALL_TRANSACTIONS).all(ledger::transaction).await?,
            reservations: db.query(ALL_RESERVATIONS).all(ledger::reservation).await?,
            usage: db.query(ALL_USAGE).all(ledger::usage).await?,
            runs: db
                .query(ALL_RUNS)
                .all(|row| {
                    Ok(RunCharge {
                        run: row.get("id")?,
                        state: row.word("state")?,
                        reserved: row.get("reserved")?,
                        items: row.get("items")?,
                    })
                })
                .await?,
            taken_at: db.now(),
        })
    }
}

fn key_taken(what: &'static str, key: &str) -> Error {
    Error::conflict(what, format!("the key `{key}` was used for something else"))
}

/// A reservation that no run owns.
async fn hosts_own(db: &mut Scoped<'_>, id: ReservationId) -> Result<Reservation> {
    let found = db.query(BY_ID).bind(id).optional(ledger::reservation).await?;
    let found = found.ok_or_else(|| Error::not_found("reservation", id))?;
    match found.run {
        Some(run) => Err(Error::conflict("reservation", format!("the run {run} settles it"))),
        None => Ok(found),
    }
}

/// Whether a posting keeps within its bounds.
async fn check(db: &mut Scoped<'_>, posting: &Posting) -> Result<()> {
    match posting.transaction_type {
        TransactionType::Usage => {
            Err(Error::invalid("transaction_type", "usage is written by settling only"))
        }
        TransactionType::Purchase if posting.amount < 1 => {
            Err(Error::invalid("amount", "must be more than 0"))
        }
        TransactionType::Refund => {
            let id = posting.reservation.ok_or_else(|| {
                Error::invalid("reservation", "a refund names the reservation it gives back")
            })?;
            let settled = db.query(BY_ID).bind(id).optional(ledger::reservation).await?;
            let settled = settled.ok_or_else(|| Error::not_found("reservation", id))?;
            let refunded: Credits = db.query(REFUNDED).bind(id).one(|row| row.get("refunded")).await?;
            let left = settled.settled.unwrap_or(0) - refunded;
            if posting.amount < 1 {
                Err(Error::invalid("amount", "must be more than 0"))
            } else if posting.amount > left {
                Err(Error::conflict("refund", format!("of what was charged only {left} are left to refund")))
            } else {
                Ok(())
            }
        }
        TransactionType::Adjustment if posting.amount < 0 => {
            let available = ledger::balance(db).await?.available();
            if available + posting.amount < 0 {
                Err(Error::InsufficientCredits { needed: -posting.amount, available })
            } else {
                Ok(())
            }
        }
        TransactionType::Adjustment if posting.amount == 0 => Err(Error::invalid("amount", "must not be 0")),
        TransactionType::Purchase | TransactionType::Adjustment => Ok(()),
    }
}

/// What usage is summed by (day, operation, models), with its credits and billionths of a dollar.
type UsageRow = ((NaiveDate, String, Vec<String>), Credits, i64);

fn day(row: &Row<'_>) -> Result<UsageRow> {
    let written: DateTime<Utc> = row.get("created_at")?;
    let details: serde_json::Value = row.json("details")?;
    let models = details.get("models").and_then(serde_json::Value::as_array);
    let models = models.into_iter().flatten().filter_map(|model| Some(model.as_str()?.to_owned())).collect();
    let of = (written.date_naive(), row.get("operation_type")?, models);
    Ok((of, row.get("credits_used")?, row.get("cost_nano_usd")?))
}
