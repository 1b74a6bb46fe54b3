//! The ledger. Every operation is one commit and a no-op when its key is repeated.

use std::time::Duration;

use super::port;
use crate::credits::{
    Balance, CreditTransaction, CreditUsage, Credits, LedgerSnapshot, Posting, Reservation,
    TransactionFilter, UsageFilter, UsageNote, UsageSummaryRow,
};
use crate::error::Result;
use crate::ids::ReservationId;
use crate::paging::{ListQuery, Paged};
use crate::tenancy::TenantScope;

port! {
    /// Credits of the account. Runs reserve and settle through [`Runs`](super::Runs), under the same rules.
    pub trait Billing {
        /// Balance and held credits.
        async fn balance(&self, scope: &TenantScope) -> Result<Balance>;
        /// Holds credits for `expires_in`. The same key and amount again answers with the first reservation, whatever became of it.
        /// Errors: `Invalid` below 1; `InsufficientCredits`; `Conflict` when the key was used for another amount.
        async fn reserve(&self, scope: &TenantScope, key: &str, amount: Credits, expires_in: Duration, description: &str) -> Result<Reservation>;
        /// Charges `actual` (1 up to what is held; what passes it is noted as the entry's overrun) and writes the usage entry. Settled to the same amount before: a no-op.
        /// Errors: `NotFound`; `Conflict` when released, settled to another amount, or owned by a run.
        async fn settle(&self, scope: &TenantScope, reservation: ReservationId, actual: Credits, usage: UsageNote) -> Result<Reservation>;
        /// Holds and settles at once, in one commit, for work that is done. The same key and amount again answers with the first reservation.
        /// Errors: `Invalid` below 1; `InsufficientCredits`; `Conflict` when the key was used for something else.
        async fn charge(&self, scope: &TenantScope, key: &str, amount: Credits, description: &str, usage: UsageNote) -> Result<Reservation>;
        /// Gives held credits back. Released before: a no-op. Errors: `NotFound`; `Conflict` when settled, or owned by a run.
        async fn release(&self, scope: &TenantScope, reservation: ReservationId) -> Result<Reservation>;
        /// Writes a purchase, refund or adjustment. The same key, type and amount again answers with the first entry.
        /// Errors: `Conflict` when the key was used for something else, or a refund passes what its reservation charged;
        /// `InsufficientCredits` when an adjustment would take more than is available; `NotFound` for the reservation.
        async fn post(&self, scope: &TenantScope, posting: Posting) -> Result<CreditTransaction>;
        /// The ledger, newest first.
        async fn transactions(&self, scope: &TenantScope, query: &ListQuery<TransactionFilter, ()>) -> Result<Paged<CreditTransaction>>;
        /// The usage log, newest first.
        async fn usage(&self, scope: &TenantScope, query: &ListQuery<UsageFilter, ()>) -> Result<Paged<CreditUsage>>;
        /// Usage by day (UTC), operation and the models that `details` names (`models`), oldest first.
        async fn usage_summary(&self, scope: &TenantScope, filter: &UsageFilter) -> Result<Vec<UsageSummaryRow>>;
        /// The whole ledger as of one moment, for verification.
        async fn ledger(&self, scope: &TenantScope) -> Result<LedgerSnapshot>;
    }
}
