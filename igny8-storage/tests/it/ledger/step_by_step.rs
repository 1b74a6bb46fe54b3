//! One worker, one operation after the other, each compared with the model.

use igny8_core::credits::{TransactionType, verify};
use igny8_core::ports::Billing;
use igny8_core::runs::RunState;

use super::model::Model;
use super::operation::{Operation, operation};
use super::player::{Played, Player};
use crate::databases::{Database, Memory, Postgres};

const FUNDS: i64 = 300;

async fn play(database: &impl Database, operations: &[Operation]) {
    let player = Player::open(database, FUNDS).await;
    let mut model = Model::with_funds(FUNDS);
    for (number, operation) in operations.iter().enumerate() {
        let expected = model.play(operation);
        let any_due = model.any_due();
        let found = player.play(operation).await;
        if let Ok(Played::Claimed(run)) = &found {
            model.claimed(run);
        } else if matches!(operation, Operation::Claim) {
            assert!(!any_due, "step {number}: nothing was handed out");
        }
        let found = found.map(drop).map_err(|error| error.code());
        assert_eq!(found, expected, "step {number}: {operation:?}");
        let balance = player.balance().await;
        assert_eq!(
            (balance.balance, balance.reserved),
            (model.balance, model.reserved),
            "after {operation:?}"
        );
    }
    player.assert_sound().await;
}

fn every_operation_comes_to_what_the_model_says<D: Database>(cases: u32) {
    super::for_each(
        cases,
        proptest::collection::vec(operation(), 1..60),
        &async |database: &D, operations| {
            play(database, &operations).await;
        },
    );
}

#[test]
fn every_operation_comes_to_what_the_model_says_on_sqlite() {
    every_operation_comes_to_what_the_model_says::<Memory>(120);
}

#[test]
fn every_operation_comes_to_what_the_model_says_on_postgres() {
    every_operation_comes_to_what_the_model_says::<Postgres>(60);
}

/// The oracle itself: a ledger with any figure changed is not sound.
#[tokio::test]
async fn a_ledger_that_was_tampered_with_is_found_out() {
    let player = Player::open(&Memory, FUNDS).await;
    for operation in [
        Operation::Reserve { hold: 0, amount: 40, expires_in: std::time::Duration::from_secs(60) },
        Operation::Settle { hold: 0, actual: 15 },
        Operation::Reserve { hold: 1, amount: 40, expires_in: std::time::Duration::from_secs(60) },
        Operation::Enqueue { run: 0, reserve: 30 },
        Operation::Claim,
        Operation::Save { run: 0, item: 0, credits: 12 },
        Operation::Finish { run: 0, state: RunState::Success },
    ] {
        player.play(&operation).await.unwrap();
    }
    let ledger = player.store.ledger(&player.tenant.scope).await.unwrap();
    assert_eq!(verify(&ledger), []);
    let tampered = |change: fn(&mut igny8_core::credits::LedgerSnapshot)| {
        let mut ledger = ledger.clone();
        change(&mut ledger);
        verify(&ledger)
    };
    let changes: [fn(&mut igny8_core::credits::LedgerSnapshot); 14] = [
        |ledger| ledger.balance.balance += 1,
        |ledger| ledger.balance.reserved -= 1,
        |ledger| ledger.transactions[1].amount += 1,
        |ledger| ledger.transactions[1].balance_after -= 1,
        |ledger| ledger.transactions[1].seq += 1,
        |ledger| ledger.transactions[1].transaction_type = TransactionType::Purchase,
        |ledger| ledger.reservations[0].settled = Some(14),
        |ledger| ledger.usage[0].credits_used += 1,
        |ledger| drop(ledger.usage.pop()),
        |ledger| ledger.transactions[2].idempotency_key = ledger.transactions[1].idempotency_key.clone(),
        |ledger| ledger.taken_at += std::time::Duration::from_secs(61),
        |ledger| ledger.runs[0].items += 1,
        |ledger| ledger.runs[0].reserved -= 1,
        |ledger| ledger.runs[0].state = RunState::Progress,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_ne!(tampered(change), [], "change {number} goes unnoticed");
    }
}
