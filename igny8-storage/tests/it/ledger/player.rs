//! Carries operations out on a store, remembering which reservation and which claim stand in which slot.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use igny8_core::Result;
use igny8_core::credits::{Balance, TransactionType, verify};
use igny8_core::error::RunFailure;
use igny8_core::ids::{ReservationId, RunId};
use igny8_core::ports::Store;
use igny8_core::runs::{Changeset, Finish, GiveBack, ItemCommit, ItemOutcome, PlannedItem, Run, RunState};
use igny8_core::testing::{Tenant, system_scope};
use serde_json::json;

use super::clock::Hands;
use super::operation::{LEASE, Operation, hold_key, new_run, posting, progress, usage};
use crate::databases::Database;
use crate::work::claim;

/// The items that every claimed run is planned to have.
pub(super) const ITEMS: u8 = 3;

/// One worker's view of a tenant. Clones play on the same database and share their memory.
#[derive(Clone)]
pub(super) struct Player<S> {
    pub(super) store: S,
    pub(super) tenant: Tenant,
    pub(super) clock: Hands,
    holds: Arc<Mutex<HashMap<u8, ReservationId>>>,
    claims: Arc<Mutex<HashMap<u8, (RunId, u64)>>>,
}

/// What an operation came to.
#[derive(Debug, PartialEq)]
pub(super) enum Played {
    Done,
    /// The run that a claim brought.
    Claimed(Box<Run>),
    /// Its slot is empty, so there was nothing to do.
    Nothing,
}

impl<S: Store + Clone> Player<S> {
    /// A fresh tenant with these credits, alone on this database.
    pub(super) async fn open(database: &impl Database<Store = S>, funds: i64) -> Self {
        database.renew().await;
        let clock = Hands::default();
        let store = database.open_at(Arc::new(clock.clone())).await;
        let tenant = Tenant::open(&store, "acme", "unlimited").await.unwrap();
        let bought = posting(u8::MAX, TransactionType::Purchase, funds, None);
        store.post(&tenant.scope, bought).await.unwrap();
        Self { store, tenant, clock, holds: Arc::default(), claims: Arc::default() }
    }

    /// The same player with other connections.
    pub(super) fn through(&self, store: S) -> Self {
        Self { store, ..self.clone() }
    }

    pub(super) async fn balance(&self) -> Balance {
        self.store.balance(&self.tenant.scope).await.unwrap()
    }

    /// Insists that the ledger is sound.
    pub(super) async fn assert_sound(&self) {
        // Holds past their expiry are the reaper's to give back.
        self.store.reap(&system_scope()).await.unwrap();
        let breaches = verify(&self.store.ledger(&self.tenant.scope).await.unwrap());
        assert!(breaches.is_empty(), "{breaches:#?}");
    }

    pub(super) async fn play(&self, operation: &Operation) -> Result<Played> {
        let (store, scope) = (&self.store, &self.tenant.scope);
        match *operation {
            Operation::Reserve { hold, amount, expires_in } => {
                let held = store.reserve(scope, &hold_key(hold), amount, expires_in, "Held").await?;
                self.holds.lock().unwrap().insert(hold, held.id);
            }
            Operation::Settle { hold, actual } => {
                let Some(id) = self.hold(hold) else { return Ok(Played::Nothing) };
                store.settle(scope, id, actual, usage()).await?;
            }
            Operation::Charge { hold, amount } => {
                let charged = store.charge(scope, &hold_key(hold), amount, "Held", usage()).await?;
                self.holds.lock().unwrap().insert(hold, charged.id);
            }
            Operation::Release { hold } => {
                let Some(id) = self.hold(hold) else { return Ok(Played::Nothing) };
                store.release(scope, id).await?;
            }
            Operation::Purchase { posting: slot, amount } => {
                store.post(scope, posting(slot, TransactionType::Purchase, amount, None)).await?;
            }
            Operation::Adjust { posting: slot, amount } => {
                store.post(scope, posting(slot, TransactionType::Adjustment, amount, None)).await?;
            }
            Operation::Refund { posting: slot, hold, amount } => {
                let Some(id) = self.hold(hold) else { return Ok(Played::Nothing) };
                store.post(scope, posting(slot, TransactionType::Refund, amount, Some(id))).await?;
            }
            Operation::Enqueue { run, reserve } => {
                store.enqueue(scope, new_run(&self.tenant, run, reserve)).await?;
            }
            Operation::Claim => return self.claim().await,
            Operation::Save { run, item, credits } => {
                let outcome =
                    ItemOutcome::Done { changes: Changeset::new(), credits, result: json!({ "item": item }) };
                return self.end_item(run, item, outcome).await;
            }
            Operation::Fail { run, item } => {
                let outcome = ItemOutcome::Failed { changes: Changeset::new(), error: failure() };
                return self.end_item(run, item, outcome).await;
            }
            Operation::Finish { run, state } => {
                let Some((id, epoch)) = self.claimed(run) else { return Ok(Played::Nothing) };
                let error = (state != RunState::Success).then(failure);
                let finish = Finish { state, result: json!({}), error, progress: progress() };
                store.finish_run(scope, id, epoch, finish).await?;
            }
            Operation::GiveBack { run, counted } => {
                let Some((id, epoch)) = self.claimed(run) else { return Ok(Played::Nothing) };
                let failure = counted.then(failure);
                let back = GiveBack { delay: std::time::Duration::ZERO, failure, counted };
                store.return_run(scope, id, epoch, back).await?;
            }
            Operation::Cancel { run } => {
                let key = super::operation::run_key(run);
                let Some(run) = store.run_by_key(scope, &key).await? else { return Ok(Played::Nothing) };
                store.cancel_run(scope, run.id).await?;
            }
            Operation::Advance { by } => self.clock.advance(by),
            Operation::Reap => drop(store.reap(&system_scope()).await?),
        }
        Ok(Played::Done)
    }

    async fn claim(&self) -> Result<Played> {
        let claimed = claim(&self.store, LEASE).await?;
        let Some(run) = claimed else { return Ok(Played::Nothing) };
        let slot = slot_of(&run);
        self.claims.lock().unwrap().insert(slot, (run.id, run.epoch));
        let items = (0..ITEMS)
            .map(|item| PlannedItem { key: item.to_string(), label: "Item".to_owned(), input: json!({}) })
            .collect();
        self.store.plan_items(&self.tenant.scope, run.id, run.epoch, items).await?;
        Ok(Played::Claimed(Box::new(run)))
    }

    async fn end_item(&self, run: u8, item: u8, outcome: ItemOutcome) -> Result<Played> {
        let Some((id, epoch)) = self.claimed(run) else { return Ok(Played::Nothing) };
        let item = ItemCommit { key: item.to_string(), outcome, progress: progress() };
        self.store.commit_item(&self.tenant.scope, id, epoch, item).await?;
        Ok(Played::Done)
    }

    fn hold(&self, slot: u8) -> Option<ReservationId> {
        self.holds.lock().unwrap().get(&slot).copied()
    }

    fn claimed(&self, slot: u8) -> Option<(RunId, u64)> {
        self.claims.lock().unwrap().get(&slot).copied()
    }
}

/// The slot that a run was started for.
pub(super) fn slot_of(run: &Run) -> u8 {
    run.input["run"].as_u64().and_then(|slot| u8::try_from(slot).ok()).unwrap()
}

fn failure() -> RunFailure {
    RunFailure { code: "unusable_answer".to_owned(), message: "As generated".to_owned(), retryable: true }
}
