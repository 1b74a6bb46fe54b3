//! The credit service: every operation on an account's credits, each a no-op when its key is repeated.

use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike;

use super::{
    Balance, Breach, CreditPricing, CreditTransaction, CreditUsage, Credits, Operation, Posting, Reservation,
    TransactionFilter, TransactionType, UsageFilter, UsageNote, UsageSummaryRow,
};
use crate::error::{Error, Result};
use crate::ids::ReservationId;
use crate::paging::{ListQuery, Paged};
use crate::ports::{Clock, Store};
use crate::tenancy::{Action, TenantScope};

/// How long credits stay held for work of the host's own that never reports back.
const HOLD: Duration = Duration::from_secs(60 * 60);

/// Credits of one account, seen through one scope.
#[derive(Clone)]
pub struct CreditService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    pricing: Arc<CreditPricing>,
    scope: TenantScope,
}

impl std::fmt::Debug for CreditService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreditService").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl CreditService {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        pricing: Arc<CreditPricing>,
        scope: TenantScope,
    ) -> Self {
        Self { store, clock, pricing, scope }
    }

    /// What the operation costs.
    #[must_use]
    pub fn calculate(&self, operation: Operation) -> Credits {
        self.pricing.price(operation)
    }

    /// What the account has and holds.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn balance(&self) -> Result<Balance> {
        self.scope.require(Action::ReadBilling)?;
        self.store.balance(&self.scope).await
    }

    /// Whether this many credits could be held now.
    ///
    /// # Errors
    /// [`Error::InsufficientCredits`] when not; [`Error::Forbidden`] for viewers.
    pub async fn check(&self, needed: Credits) -> Result<()> {
        self.scope.require(Action::Run)?;
        let balance = self.store.balance(&self.scope).await?;
        if balance.available() >= needed {
            Ok(())
        } else {
            Err(Error::InsufficientCredits { needed, available: balance.available() })
        }
    }

    /// Holds credits for work of the host's own, for an hour at the most. Runs hold theirs by themselves.
    ///
    /// # Errors
    /// [`Error::InsufficientCredits`]; [`Error::Conflict`] when the key was used for another amount.
    pub async fn reserve(&self, key: &str, amount: Credits, description: &str) -> Result<Reservation> {
        self.scope.require(Action::Run)?;
        positive(amount)?;
        self.store.reserve(&self.scope, key, amount, HOLD, description).await
    }

    /// Charges what was really produced, at most what was held; 0 releases. What passes the hold is the platform's cost:
    /// the usage entry tells it as its [`overrun`](CreditUsage::overrun).
    ///
    /// # Errors
    /// [`Error::Conflict`] when the reservation was released or settled to something else before.
    pub async fn settle(
        &self,
        reservation: ReservationId,
        actual: Credits,
        usage: UsageNote,
    ) -> Result<Reservation> {
        self.scope.require(Action::Run)?;
        if actual <= 0 {
            return self.store.release(&self.scope, reservation).await;
        }
        self.store.settle(&self.scope, reservation, actual, usage).await
    }

    /// Gives held credits back.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the reservation was settled before.
    pub async fn release(&self, reservation: ReservationId) -> Result<Reservation> {
        self.scope.require(Action::Run)?;
        self.store.release(&self.scope, reservation).await
    }

    /// Reserves and settles at once, in one commit, for work that is already done.
    ///
    /// # Errors
    /// [`Error::InsufficientCredits`]; [`Error::Conflict`] when the key was used for another amount or another operation.
    pub async fn deduct(
        &self,
        key: &str,
        amount: Credits,
        description: &str,
        usage: UsageNote,
    ) -> Result<Reservation> {
        self.scope.require(Action::Run)?;
        positive(amount)?;
        self.store.charge(&self.scope, key, amount, description, usage).await
    }

    /// Adds bought credits.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for tenants' own users; [`Error::Conflict`] when the key was used for another amount.
    pub async fn add(&self, key: &str, amount: Credits, description: &str) -> Result<CreditTransaction> {
        self.scope.require(Action::GrantCredits)?;
        positive(amount)?;
        self.post(TransactionType::Purchase, key, amount, description, None).await
    }

    /// Gives back what a settled reservation charged, in whole or in part.
    ///
    /// # Errors
    /// [`Error::Conflict`] past what was charged; [`Error::Forbidden`] for tenants' own users.
    pub async fn refund(
        &self,
        key: &str,
        reservation: ReservationId,
        amount: Credits,
        description: &str,
    ) -> Result<CreditTransaction> {
        self.scope.require(Action::GrantCredits)?;
        positive(amount)?;
        self.post(TransactionType::Refund, key, amount, description, Some(reservation)).await
    }

    /// Corrects the balance up, or down to what is available.
    ///
    /// # Errors
    /// [`Error::InsufficientCredits`] below that; [`Error::Forbidden`] for tenants' own users.
    pub async fn adjust(&self, key: &str, amount: Credits, description: &str) -> Result<CreditTransaction> {
        self.scope.require(Action::GrantCredits)?;
        if amount == 0 {
            return Err(Error::invalid("amount", "must not be 0"));
        }
        self.post(TransactionType::Adjustment, key, amount, description, None).await
    }

    /// Grants the plan's credits for the current month (UTC), once, whatever restarts. `None` when the plan grants nothing.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn grant_month(&self) -> Result<Option<CreditTransaction>> {
        let plan = self.store.plan_of(&self.scope).await?;
        let amount = plan.effective_credits_per_month();
        if amount <= 0 {
            return Ok(None);
        }
        let month = month_key(self.clock.as_ref());
        let description = format!("Credits of the plan {} for {month}", plan.name);
        let key = grant_key(&month);
        match self.post(TransactionType::Purchase, &key, amount, &description, None).await {
            // The plan changed within the month: the first grant stands.
            Err(Error::Conflict { .. }) => Ok(None),
            posted => posted.map(Some),
        }
    }

    /// The ledger, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn transactions(
        &self,
        query: &ListQuery<TransactionFilter, ()>,
    ) -> Result<Paged<CreditTransaction>> {
        self.scope.require(Action::ReadBilling)?;
        self.store.transactions(&self.scope, query).await
    }

    /// The usage log, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn usage(&self, query: &ListQuery<UsageFilter, ()>) -> Result<Paged<CreditUsage>> {
        self.scope.require(Action::ReadBilling)?;
        self.store.usage(&self.scope, query).await
    }

    /// Usage by day, operation and models, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn usage_summary(&self, filter: &UsageFilter) -> Result<Vec<UsageSummaryRow>> {
        self.scope.require(Action::ReadBilling)?;
        self.store.usage_summary(&self.scope, filter).await
    }

    /// Every breach of the ledger's invariants; empty when it is sound.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for editors and viewers.
    pub async fn verify(&self) -> Result<Vec<Breach>> {
        self.scope.require(Action::ReadBilling)?;
        Ok(super::verify(&self.store.ledger(&self.scope).await?))
    }

    async fn post(
        &self,
        transaction_type: TransactionType,
        key: &str,
        amount: Credits,
        description: &str,
        reservation: Option<ReservationId>,
    ) -> Result<CreditTransaction> {
        let posting = Posting {
            transaction_type,
            amount,
            description: description.to_owned(),
            reservation,
            idempotency_key: key.to_owned(),
        };
        self.store.post(&self.scope, posting).await
    }
}

/// The month a grant is for, such as `2026-11`, in UTC.
pub(crate) fn month_key(clock: &dyn Clock) -> String {
    let today = clock.now();
    format!("{:04}-{:02}", today.year(), today.month())
}

/// The idempotency key of a month's grant.
pub(crate) fn grant_key(month: &str) -> String {
    format!("grant:{month}")
}

fn positive(amount: Credits) -> Result<()> {
    if amount > 0 { Ok(()) } else { Err(Error::invalid("amount", "must be more than 0")) }
}
