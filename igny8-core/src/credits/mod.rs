//! Metering: what an operation costs, the append-only ledger, and the checks that it is sound.
//! Credits are reserved before work, settled to what was really produced, or released.

mod ledger;
mod pricing;
mod service;
mod verify;

pub use ledger::{
    CreditTransaction, CreditUsage, LedgerSnapshot, Posting, Reservation, ReservationState, RunCharge,
    TransactionFilter, TransactionType, UsageFilter, UsageNote, UsageSummaryRow,
};
pub use pricing::{CreditPricing, Operation};
pub use service::CreditService;
#[cfg(feature = "worker")]
pub(crate) use service::{grant_key, month_key};
pub use verify::{Breach, Invariant, verify};

/// Whole credits. Amounts that leave the balance are negative in the ledger.
pub type Credits = i64;

/// An account's credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Balance {
    /// What the ledger adds up to, held credits included.
    pub balance: Credits,
    /// Held for work under way.
    pub reserved: Credits,
}

impl Balance {
    /// What new work may hold.
    #[must_use]
    pub const fn available(self) -> Credits {
        self.balance - self.reserved
    }
}
