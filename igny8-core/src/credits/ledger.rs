//! The ledger's rows: append-only transactions with a gapless sequence per account, reservations, and the usage log.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Balance, Credits};
use crate::ids::{ReservationId, RunId, TransactionId, UsageId};
use crate::runs::RunState;
use crate::tenancy::TenantKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Why the balance changed.
    pub enum TransactionType as "transaction_type" {
        /// Bought, or granted with the plan.
        Purchase = "purchase",
        /// Spent on work.
        Usage = "usage",
        /// Given back.
        Refund = "refund",
        /// Corrected by an operator.
        Adjustment = "adjustment",
    }
}

vocabulary! {
    /// What became of held credits.
    pub enum ReservationState as "state" {
        /// Held.
        Held = "held",
        /// Charged to what was produced.
        Settled = "settled",
        /// Given back whole.
        Released = "released",
    }
}

/// One entry of the ledger. Table `igny8_credit_transactions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreditTransaction {
    /// Identifier.
    pub id: TransactionId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Its number in the account's ledger, from 1, without gaps.
    pub seq: u64,
    /// Why the balance changed.
    pub transaction_type: TransactionType,
    /// By how much; negative for usage.
    pub amount: Credits,
    /// The balance after it.
    pub balance_after: Credits,
    /// In words.
    pub description: String,
    /// The reservation it settles or refunds.
    pub reservation: Option<ReservationId>,
    /// The key that makes a repetition a no-op.
    pub idempotency_key: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// Credits held for work under way. Table `igny8_credit_reservations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reservation {
    /// Identifier.
    pub id: ReservationId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// The run it is for; `None` for work of the host's own.
    pub run: Option<RunId>,
    /// What is or was held.
    pub amount: Credits,
    /// What was charged once settled.
    pub settled: Option<Credits>,
    /// What became of it.
    pub state: ReservationState,
    /// The key that makes a repetition a no-op.
    pub idempotency_key: String,
    /// In words.
    pub description: String,
    /// When it is given back unless a live run owns it.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// One entry of the usage log. Table `igny8_credit_usage_logs`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CreditUsage {
    /// Identifier.
    pub id: UsageId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// The AI function or host operation.
    pub operation_type: String,
    /// Credits charged.
    pub credits_used: Credits,
    /// What the work came to beyond the hold: the platform's cost, not the tenant's.
    pub overrun: Credits,
    /// What the providers were paid, in US dollars.
    pub cost_usd: Decimal,
    /// The run.
    pub run: Option<RunId>,
    /// The reservation whose settlement it explains.
    pub reservation: ReservationId,
    /// Figures: items, tokens, models.
    pub details: Value,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// A change of the balance that is not the settlement of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Purchase, refund or adjustment.
    pub transaction_type: TransactionType,
    /// Positive, except for adjustments, which may be negative down to what is available.
    pub amount: Credits,
    /// In words.
    pub description: String,
    /// The settled reservation a refund gives back; refunds never exceed what it charged.
    pub reservation: Option<ReservationId>,
    /// The key that makes a repetition a no-op.
    pub idempotency_key: String,
}

/// What a settlement writes to the usage log.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageNote {
    /// The AI function or host operation.
    pub operation_type: String,
    /// What the providers were paid, in US dollars.
    pub cost_usd: Decimal,
    /// Figures.
    pub details: Value,
}

/// Which ledger entries a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Of this type.
    pub transaction_type: Option<TransactionType>,
    /// Written at or after.
    pub from: Option<DateTime<Utc>>,
    /// Written before.
    pub to: Option<DateTime<Utc>>,
}

/// Which usage entries a list or summary holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// Of this operation.
    pub operation_type: Option<String>,
    /// Of this run.
    pub run: Option<RunId>,
    /// Written at or after.
    pub from: Option<DateTime<Utc>>,
    /// Written before.
    pub to: Option<DateTime<Utc>>,
}

/// Usage of one operation by the same models on one day (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UsageSummaryRow {
    /// The day.
    pub day: chrono::NaiveDate,
    /// The operation.
    pub operation_type: String,
    /// The models that did the work, in alphabetical order; none for what is computed, and for work of the host's own.
    pub models: Vec<String>,
    /// How many settlements.
    pub count: u64,
    /// Credits charged.
    pub credits_used: Credits,
    /// What the providers were paid, in US dollars.
    pub cost_usd: Decimal,
}

/// How one run stands in the ledger, for [`verify`](super::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCharge {
    /// The run.
    pub run: RunId,
    /// Its state.
    pub state: RunState,
    /// What it was to hold; 0 for work that costs nothing.
    pub reserved: Credits,
    /// The sum of what its committed items charge.
    pub items: Credits,
}

/// One account's whole ledger as it stood at one moment.
#[derive(Clone, Debug)]
pub struct LedgerSnapshot {
    /// The account's own figures.
    pub balance: Balance,
    /// Every transaction, by sequence.
    pub transactions: Vec<CreditTransaction>,
    /// Every reservation.
    pub reservations: Vec<Reservation>,
    /// Every usage entry.
    pub usage: Vec<CreditUsage>,
    /// Every run that is still stored.
    pub runs: Vec<RunCharge>,
    /// When the snapshot was taken, on the store's clock.
    pub taken_at: DateTime<Utc>,
}
