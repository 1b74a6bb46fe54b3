//! The ledger as a few numbers: what each operation must come to, and what the tenant then has.

use std::collections::HashMap;

use igny8_core::credits::{Credits, ReservationState, TransactionType};
use igny8_core::runs::{Run, RunState};

use super::operation::{ATTEMPTS, LEASE, Operation};
use super::player::{ITEMS, slot_of};

/// What an operation is expected to come to: done or nothing to do, or an error of this code.
pub(super) type Due = Result<(), &'static str>;

#[derive(Debug)]
struct Hold {
    amount: Credits,
    state: ReservationState,
    settled: Credits,
    refunded: Credits,
    expires_at: u64,
}

#[derive(Debug)]
struct ModelRun {
    reserve: Credits,
    state: RunState,
    epoch: u64,
    attempts: u32,
    lease_until: u64,
    cancel_requested: bool,
    /// What each item was saved for; 0 when it failed, `None` while it is pending.
    items: Vec<Option<Credits>>,
    /// The epoch that the player believes to hold.
    believed: u64,
}

/// The model of one tenant.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) balance: Credits,
    pub(super) reserved: Credits,
    now: u64,
    holds: HashMap<u8, Hold>,
    postings: HashMap<u8, (TransactionType, Credits, Option<u8>)>,
    runs: HashMap<u8, ModelRun>,
}

impl Model {
    pub(super) fn with_funds(funds: Credits) -> Self {
        Self { balance: funds, ..Self::default() }
    }

    fn available(&self) -> Credits {
        self.balance - self.reserved
    }

    /// Carries an operation out; for a claim, [`claimed`](Self::claimed) follows.
    pub(super) fn play(&mut self, operation: &Operation) -> Due {
        match *operation {
            Operation::Reserve { hold, amount, expires_in } => {
                self.reserve(hold, amount, self.now + expires_in.as_secs())
            }
            Operation::Settle { hold, actual } => self.settle(hold, actual),
            Operation::Charge { hold, amount } => self.charge(hold, amount),
            Operation::Release { hold } => self.release(hold),
            Operation::Purchase { posting, amount } => {
                self.post(posting, TransactionType::Purchase, amount, None)
            }
            Operation::Adjust { posting, amount } => {
                self.post(posting, TransactionType::Adjustment, amount, None)
            }
            Operation::Refund { posting, hold, amount } if self.holds.contains_key(&hold) => {
                self.post(posting, TransactionType::Refund, amount, Some(hold))
            }
            Operation::Enqueue { run, reserve } => self.enqueue(run, reserve),
            Operation::Save { run, item, credits } => self.end_item(run, item, credits),
            Operation::Fail { run, item } => self.end_item(run, item, 0),
            Operation::Finish { run, state } => self.held(run).map(|held| {
                if held {
                    self.end(run, state);
                }
            }),
            Operation::GiveBack { run, counted } => self.give_back(run, counted),
            Operation::Cancel { run } => {
                self.cancel(run);
                Ok(())
            }
            Operation::Advance { by } => {
                self.now += by.as_secs();
                Ok(())
            }
            Operation::Reap => {
                self.reap();
                Ok(())
            }
            Operation::Refund { .. } | Operation::Claim => Ok(()),
        }
    }

    fn reserve(&mut self, slot: u8, amount: Credits, expires_at: u64) -> Due {
        if amount < 1 {
            return Err("invalid");
        }
        if let Some(first) = self.holds.get(&slot) {
            return if first.amount == amount { Ok(()) } else { Err("conflict") };
        }
        if amount > self.available() {
            return Err("insufficient_credits");
        }
        self.reserved += amount;
        let state = ReservationState::Held;
        self.holds.insert(slot, Hold { amount, state, settled: 0, refunded: 0, expires_at });
        Ok(())
    }

    fn settle(&mut self, slot: u8, actual: Credits) -> Due {
        let Some(hold) = self.holds.get_mut(&slot) else { return Ok(()) };
        let charge = actual.min(hold.amount);
        match hold.state {
            _ if actual < 1 => Err("invalid"),
            ReservationState::Held => {
                (hold.state, hold.settled) = (ReservationState::Settled, charge);
                self.reserved -= hold.amount;
                self.balance -= charge;
                Ok(())
            }
            ReservationState::Settled if hold.settled == charge => Ok(()),
            ReservationState::Settled | ReservationState::Released => Err("conflict"),
        }
    }

    fn charge(&mut self, slot: u8, amount: Credits) -> Due {
        match self.holds.get(&slot) {
            _ if amount < 1 => Err("invalid"),
            Some(first) => {
                let same = first.state == ReservationState::Settled && first.settled == first.amount;
                if same && first.amount == amount { Ok(()) } else { Err("conflict") }
            }
            None => {
                self.reserve(slot, amount, self.now)?;
                self.settle(slot, amount)
            }
        }
    }

    fn release(&mut self, slot: u8) -> Due {
        let Some(hold) = self.holds.get_mut(&slot) else { return Ok(()) };
        match hold.state {
            ReservationState::Held => {
                hold.state = ReservationState::Released;
                self.reserved -= hold.amount;
                Ok(())
            }
            ReservationState::Released => Ok(()),
            ReservationState::Settled => Err("conflict"),
        }
    }

    fn post(&mut self, slot: u8, kind: TransactionType, amount: Credits, hold: Option<u8>) -> Due {
        if let Some(first) = self.postings.get(&slot) {
            return if *first == (kind, amount, hold) { Ok(()) } else { Err("conflict") };
        }
        let available = self.available();
        let refundable = hold.and_then(|slot| self.holds.get_mut(&slot));
        match (kind, refundable) {
            (TransactionType::Purchase | TransactionType::Refund, _) if amount < 1 => Err("invalid")?,
            (TransactionType::Adjustment, _) if amount == 0 => Err("invalid")?,
            (TransactionType::Adjustment, _) if available + amount < 0 => Err("insufficient_credits")?,
            (TransactionType::Refund, Some(hold)) => {
                if amount > hold.settled - hold.refunded {
                    return Err("conflict");
                }
                hold.refunded += amount;
            }
            _ => {}
        }
        self.balance += amount;
        self.postings.insert(slot, (kind, amount, hold));
        Ok(())
    }

    fn enqueue(&mut self, slot: u8, reserve: Credits) -> Due {
        if self.runs.contains_key(&slot) {
            return Ok(());
        }
        if reserve > self.available() {
            return Err("insufficient_credits");
        }
        self.reserved += reserve;
        let run = ModelRun {
            reserve,
            state: RunState::Pending,
            epoch: 0,
            attempts: 0,
            lease_until: 0,
            cancel_requested: false,
            items: Vec::new(),
            believed: 0,
        };
        self.runs.insert(slot, run);
        Ok(())
    }

    /// Whether the store may hand a run out at all.
    pub(super) fn any_due(&self) -> bool {
        self.runs.values().any(|run| self.is_due(run))
    }

    fn is_due(&self, run: &ModelRun) -> bool {
        match run.state {
            RunState::Pending | RunState::Retry => true,
            RunState::Progress => {
                run.lease_until <= self.now && run.attempts < ATTEMPTS && !run.cancel_requested
            }
            _ => false,
        }
    }

    /// The store handed this run out: it must have been due.
    pub(super) fn claimed(&mut self, claimed: &Run) {
        let slot = slot_of(claimed);
        assert!(self.runs.get(&slot).is_some_and(|run| self.is_due(run)), "{slot} was not due");
        let (now, run) = (self.now, self.runs.get_mut(&slot).unwrap());
        (run.state, run.epoch, run.attempts) = (RunState::Progress, run.epoch + 1, run.attempts + 1);
        (run.lease_until, run.believed) = (now + LEASE.as_secs(), run.epoch);
        assert_eq!(
            (claimed.epoch, claimed.attempts, claimed.reserved),
            (run.epoch, run.attempts, run.reserve)
        );
        if run.items.is_empty() {
            run.items = vec![None; usize::from(ITEMS)];
        }
    }

    /// Whether the player's claim of a run still holds; one that was never claimed is nothing to do.
    fn held(&self, slot: u8) -> Result<bool, &'static str> {
        match self.runs.get(&slot) {
            Some(run) if run.believed > 0 => {
                if run.state == RunState::Progress && run.epoch == run.believed {
                    Ok(true)
                } else {
                    Err("lease_lost")
                }
            }
            _ => Ok(false),
        }
    }

    fn end_item(&mut self, slot: u8, item: u8, credits: Credits) -> Due {
        if self.held(slot)?
            && let Some(item) = self.runs.get_mut(&slot).and_then(|run| run.items.get_mut(usize::from(item)))
        {
            item.get_or_insert(credits);
        }
        Ok(())
    }

    fn end(&mut self, slot: u8, state: RunState) {
        let Some(run) = self.runs.get_mut(&slot) else { return };
        run.state = state;
        let due: Credits = run.items.iter().flatten().sum();
        self.reserved -= run.reserve;
        self.balance -= due.min(run.reserve);
    }

    fn give_back(&mut self, slot: u8, counted: bool) -> Due {
        if !self.held(slot)? {
            return Ok(());
        }
        match self.runs.get_mut(&slot) {
            Some(run) if run.cancel_requested => self.end(slot, RunState::Revoked),
            Some(run) => {
                run.state = if counted { RunState::Retry } else { RunState::Pending };
                run.attempts -= u32::from(!counted);
            }
            None => {}
        }
        Ok(())
    }

    fn cancel(&mut self, slot: u8) {
        let Some(run) = self.runs.get_mut(&slot) else { return };
        if run.state == RunState::Progress && run.lease_until > self.now {
            run.cancel_requested = true;
        } else if !run.state.is_finished() {
            self.end(slot, RunState::Revoked);
        }
    }

    fn reap(&mut self) {
        let lost: Vec<u8> = self
            .runs
            .iter()
            .filter(|(_, run)| run.state == RunState::Progress && run.lease_until <= self.now)
            .map(|(slot, _)| *slot)
            .collect();
        for slot in lost {
            match self.runs.get_mut(&slot) {
                Some(run) if run.cancel_requested => self.end(slot, RunState::Revoked),
                Some(run) if run.attempts >= ATTEMPTS => self.end(slot, RunState::Failure),
                Some(run) => run.state = RunState::Retry,
                None => {}
            }
        }
        for hold in self.holds.values_mut() {
            if hold.state == ReservationState::Held && hold.expires_at <= self.now {
                hold.state = ReservationState::Released;
                self.reserved -= hold.amount;
            }
        }
    }
}
