//! Several workers at once on one database file, whose calls are broken off in the middle and made again.

use std::sync::Arc;
use std::time::Duration;

use igny8_core::credits::ReservationState;
use igny8_core::ports::{Billing, RunQueue};
use igny8_core::testing::system_scope;
use igny8_storage::SqliteOptions;
use proptest::prelude::*;

use super::operation::{Operation, operation};
use super::player::Player;

const FUNDS: i64 = 400;

/// What may be refused when others work on the same slots. A failure of the store is none of it.
const REFUSALS: [&str; 5] = ["invalid", "conflict", "insufficient_credits", "lease_lost", "not_found"];

/// An operation, and after how many turns of the runtime its caller is dropped before it asks again.
type Step = (Operation, Option<u8>);

async fn work(player: Player, steps: Vec<Step>) {
    for (operation, dropped_after) in steps {
        if let Some(turns) = dropped_after {
            tokio::select! {
                biased;
                _ = give_way(turns) => {}
                _ = player.play(&operation) => {}
            }
        }
        if let Err(error) = player.play(&operation).await {
            assert!(REFUSALS.contains(&error.code()), "{operation:?}: {error:?}");
        }
    }
}

async fn give_way(turns: u8) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

async fn play(shares: Vec<Vec<Step>>) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("ledger.db");
    let place = place.to_str().unwrap();
    let first = Player::open(place, FUNDS).await;
    let mut workers = tokio::task::JoinSet::new();
    for (number, steps) in shares.into_iter().enumerate() {
        // Every other worker comes with connections of its own, as another process would.
        let store = match number % 2 {
            0 => first.store.clone(),
            _ => SqliteOptions::new(place).clock(Arc::new(first.clock.clone())).open().await.unwrap(),
        };
        workers.spawn(work(first.through(store), steps));
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    first.assert_sound().await;

    // In the end nothing is held for ever: what nobody works on is given back.
    for run in 0..4 {
        first.play(&Operation::Cancel { run }).await.unwrap();
    }
    first.play(&Operation::Advance { by: Duration::from_secs(3_600) }).await.unwrap();
    first.store.reap(&system_scope()).await.unwrap();
    first.assert_sound().await;
    let ledger = first.store.ledger(&first.tenant.scope).await.unwrap();
    assert_eq!(ledger.balance.reserved, 0);
    assert!(ledger.reservations.iter().all(|hold| hold.state != ReservationState::Held));
    assert!(ledger.runs.iter().all(|run| run.state.is_finished()), "{:?}", ledger.runs);
}

fn shares() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (operation(), proptest::option::of(0_u8..12));
    proptest::collection::vec(proptest::collection::vec(step, 5..25), 4)
}

proptest! {
    #![proptest_config(super::cases(12))]

    #[test]
    fn workers_at_once_lose_and_double_nothing(shares in shares()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.unwrap().block_on(play(shares));
    }
}
