//! Several workers at once on one database, whose calls are broken off in the middle and made again.

use std::sync::Arc;
use std::time::Duration;

use igny8_core::credits::ReservationState;
use igny8_core::ports::{Billing, RunQueue, Store};
use igny8_core::testing::system_scope;
use proptest::prelude::*;

use super::operation::{Operation, operation};
use super::player::Player;
use crate::databases::{Database, File, Postgres};

const FUNDS: i64 = 400;

/// What may be refused when others work on the same slots. A failure of the store is none of it.
const REFUSALS: [&str; 5] = ["invalid", "conflict", "insufficient_credits", "lease_lost", "not_found"];

/// An operation, and after how many turns of the runtime its caller is dropped before it asks again.
type Step = (Operation, Option<u8>);

async fn work<S: Store + Clone>(player: Player<S>, steps: Vec<Step>) {
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

async fn play(database: &impl Database, shares: Vec<Vec<Step>>) {
    let first = Player::open(database, FUNDS).await;
    let mut workers = tokio::task::JoinSet::new();
    for (number, steps) in shares.into_iter().enumerate() {
        // Every other worker comes with connections of its own, as another process would.
        let store = match number % 2 {
            0 => first.store.clone(),
            _ => database.open_at(Arc::new(first.clock.clone())).await,
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

fn workers_at_once_lose_and_double_nothing<D: Database>() {
    super::for_each(12, shares(), &async |database: &D, shares| play(database, shares).await);
}

#[test]
fn workers_at_once_lose_and_double_nothing_on_sqlite() {
    workers_at_once_lose_and_double_nothing::<File>();
}

#[test]
fn workers_at_once_lose_and_double_nothing_on_postgres() {
    workers_at_once_lose_and_double_nothing::<Postgres>();
}
