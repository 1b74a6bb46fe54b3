//! The ledger's invariants I1 to I8 as a check over one account's snapshot: the oracle of every test.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Credits, LedgerSnapshot, Reservation, ReservationState, TransactionType};
use crate::ids::{ReservationId, RunId};
use crate::runs::RunState;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// One rule of the ledger.
    pub enum Invariant as "invariant" {
        /// I1: the amounts add up to the balance.
        Sum = "sum",
        /// I2: each `balance_after` is the one before plus the amount; the sequence has no gap.
        Chain = "chain",
        /// I3: nothing is negative, and no more is reserved than there is.
        Bounds = "bounds",
        /// I4: held reservations add up to the reserved figure.
        Held = "held",
        /// I5: each finished run has exactly one settlement or release, to what its items charge.
        Settlement = "settlement",
        /// I6: no usage entry without a settlement, and their sums agree.
        Usage = "usage",
        /// I7: nothing is held past its expiry without a live run.
        Expiry = "expiry",
        /// I8: one row for one idempotency key.
        Idempotency = "idempotency",
    }
}

/// One broken rule with the rows that break it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Breach {
    /// The rule.
    pub invariant: Invariant,
    /// What was found and what should have been.
    pub found: String,
    /// Identifiers of the rows.
    pub rows: Vec<String>,
}

/// Every breach of the ledger's rules; empty when the ledger is sound.
#[must_use]
pub fn verify(ledger: &LedgerSnapshot) -> Vec<Breach> {
    let mut breaches = Breaches(Vec::new());
    check_chain(ledger, &mut breaches);
    check_bounds(ledger, &mut breaches);
    check_reservations(ledger, &mut breaches);
    check_runs(ledger, &mut breaches);
    check_usage(ledger, &mut breaches);
    check_keys(ledger, &mut breaches);
    breaches.0
}

struct Breaches(Vec<Breach>);

impl Breaches {
    fn add(&mut self, invariant: Invariant, found: String, rows: Vec<String>) {
        self.0.push(Breach { invariant, found, rows });
    }
}

fn check_chain(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let mut balance: Credits = 0;
    for (transaction, seq) in ledger.transactions.iter().zip(1_u64..) {
        let row = || vec![transaction.id.to_string()];
        if transaction.seq != seq {
            breaches.add(Invariant::Chain, format!("seq {} where {seq} is due", transaction.seq), row());
        }
        balance += transaction.amount;
        if transaction.balance_after != balance {
            breaches.add(
                Invariant::Chain,
                format!("balance_after {} where {balance} is due", transaction.balance_after),
                row(),
            );
            balance = transaction.balance_after;
        }
    }
    let sum: Credits = ledger.transactions.iter().map(|transaction| transaction.amount).sum();
    if sum != ledger.balance.balance {
        breaches.add(
            Invariant::Sum,
            format!("the balance is {} and the transactions add up to {sum}", ledger.balance.balance),
            Vec::new(),
        );
    }
}

fn check_bounds(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let balance = ledger.balance;
    if balance.balance < 0 || balance.reserved < 0 || balance.reserved > balance.balance {
        breaches.add(
            Invariant::Bounds,
            format!("balance {} with {} reserved", balance.balance, balance.reserved),
            Vec::new(),
        );
    }
    for transaction in &ledger.transactions {
        let sign_fits = match transaction.transaction_type {
            TransactionType::Purchase | TransactionType::Refund => transaction.amount > 0,
            TransactionType::Usage => transaction.amount < 0,
            TransactionType::Adjustment => transaction.amount != 0,
        };
        if transaction.balance_after < 0 || !sign_fits {
            breaches.add(
                Invariant::Bounds,
                format!(
                    "{} of {} with balance_after {}",
                    transaction.transaction_type, transaction.amount, transaction.balance_after
                ),
                vec![transaction.id.to_string()],
            );
        }
    }
}

fn check_reservations(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let held: Vec<&Reservation> = ledger
        .reservations
        .iter()
        .filter(|reservation| reservation.state == ReservationState::Held)
        .collect();
    let sum: Credits = held.iter().map(|reservation| reservation.amount).sum();
    if sum != ledger.balance.reserved {
        breaches.add(
            Invariant::Held,
            format!("{} reserved and {sum} held", ledger.balance.reserved),
            held.iter().map(|reservation| reservation.id.to_string()).collect(),
        );
    }
    let live: BTreeSet<_> =
        ledger.runs.iter().filter(|run| !run.state.is_finished()).map(|run| run.run).collect();
    for reservation in held {
        let lives = reservation.run.is_some_and(|run| live.contains(&run));
        if reservation.expires_at < ledger.taken_at && !lives {
            breaches.add(
                Invariant::Expiry,
                format!("{} held past {}", reservation.amount, reservation.expires_at),
                vec![reservation.id.to_string()],
            );
        }
    }
}

/// What each reservation was charged, as the usage transactions tell it.
fn charges(ledger: &LedgerSnapshot) -> BTreeMap<ReservationId, Vec<Credits>> {
    let mut charges: BTreeMap<ReservationId, Vec<Credits>> = BTreeMap::new();
    for transaction in &ledger.transactions {
        if let (TransactionType::Usage, Some(reservation)) =
            (transaction.transaction_type, transaction.reservation)
        {
            charges.entry(reservation).or_default().push(-transaction.amount);
        }
    }
    charges
}

fn check_runs(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let charges = charges(ledger);
    for reservation in &ledger.reservations {
        let charged = charges.get(&reservation.id).map(Vec::as_slice).unwrap_or_default();
        let fits = match (reservation.state, reservation.settled) {
            (ReservationState::Settled, Some(settled)) => {
                charged == [settled] && (1..=reservation.amount).contains(&settled)
            }
            (ReservationState::Held | ReservationState::Released, None) => charged.is_empty(),
            _ => false,
        };
        if !fits {
            breaches.add(
                Invariant::Settlement,
                format!(
                    "reservation of {} is {} with {:?} settled and {charged:?} charged",
                    reservation.amount, reservation.state, reservation.settled
                ),
                vec![reservation.id.to_string()],
            );
        }
    }
    let mut by_run: BTreeMap<RunId, Vec<&Reservation>> = BTreeMap::new();
    for reservation in &ledger.reservations {
        if let Some(run) = reservation.run {
            by_run.entry(run).or_default().push(reservation);
        }
    }
    for run in &ledger.runs {
        let own = by_run.get(&run.run).map(Vec::as_slice).unwrap_or_default();
        let [reservation] = own else {
            // A run that holds nothing has no reservation, and whatever its items come to is charged to nobody.
            if own.len() > 1 || run.reserved > 0 {
                breaches.add(
                    Invariant::Settlement,
                    format!("{} reservations for one run", own.len()),
                    vec![run.run.to_string()],
                );
            }
            continue;
        };
        if reservation.amount != run.reserved {
            breaches.add(
                Invariant::Settlement,
                format!("a run that holds {} has a reservation of {}", run.reserved, reservation.amount),
                vec![run.run.to_string(), reservation.id.to_string()],
            );
        }
        let due = run.items.min(reservation.amount);
        let fits = if run.state.is_finished() {
            match reservation.state {
                ReservationState::Settled => reservation.settled == Some(due) && due > 0,
                ReservationState::Released => due == 0,
                ReservationState::Held => false,
            }
        } else {
            reservation.state == ReservationState::Held
        };
        if !fits {
            breaches.add(
                Invariant::Settlement,
                format!(
                    "a run in {} whose items charge {} has a {} reservation of {} with {:?} settled",
                    RunState::as_str(run.state),
                    run.items,
                    reservation.state,
                    reservation.amount,
                    reservation.settled
                ),
                vec![run.run.to_string(), reservation.id.to_string()],
            );
        }
    }
}

fn check_usage(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let mut logged: BTreeMap<ReservationId, Credits> = BTreeMap::new();
    for usage in &ledger.usage {
        *logged.entry(usage.reservation).or_default() += usage.credits_used;
    }
    let charges: BTreeMap<ReservationId, Credits> =
        charges(ledger).into_iter().map(|(id, amounts)| (id, amounts.iter().sum())).collect();
    let all: BTreeSet<ReservationId> = logged.keys().chain(charges.keys()).copied().collect();
    for reservation in all {
        let (logged, charged) = (logged.get(&reservation), charges.get(&reservation));
        if logged != charged {
            breaches.add(
                Invariant::Usage,
                format!("{logged:?} in the usage log and {charged:?} in the ledger"),
                vec![reservation.to_string()],
            );
        }
    }
}

fn check_keys(ledger: &LedgerSnapshot, breaches: &mut Breaches) {
    let mut seen = BTreeSet::new();
    for transaction in &ledger.transactions {
        if !seen.insert(transaction.idempotency_key.as_str()) {
            breaches.add(
                Invariant::Idempotency,
                format!("`{}` was written twice", transaction.idempotency_key),
                vec![transaction.id.to_string()],
            );
        }
    }
    let mut seen = BTreeSet::new();
    for reservation in &ledger.reservations {
        if !seen.insert(reservation.idempotency_key.as_str()) {
            breaches.add(
                Invariant::Idempotency,
                format!("`{}` was reserved twice", reservation.idempotency_key),
                vec![reservation.id.to_string()],
            );
        }
    }
}
