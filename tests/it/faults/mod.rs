//! The fault suite in short: the same faults as the program `faults` plays, by the same code, with few rounds.

use igny8_test_postgres::Server;
use igny8_tests::faults::{Fault, Kind, Stage, point};

/// What is left to chance is the same in every test run; the program takes any seed.
const SEED: u64 = 20_260_310;

async fn play(kind: Kind, name: &str, rounds: u32) {
    let fault = Fault::named(name).unwrap();
    let program = env!("CARGO_BIN_EXE_faults").into();
    let stage = Stage { kind, program, seed: SEED, rounds };
    // Left out, which has been said.
    let Some(outcome) = (fault.play)(&stage).await else { return };
    assert!(
        outcome.breaches.is_empty(),
        "{} of {} held with seed {SEED}:\n{}",
        outcome.held,
        outcome.tried,
        outcome.breaches.join("\n")
    );
    assert!(outcome.tried > 0, "nothing was tried");
    if name == "kill" {
        let facts = &outcome.facts;
        assert!(facts["kills"] >= f64::from(rounds), "not every round had its kill: {facts:?}");
        assert_eq!(facts["named_points"], point::OF_A_RUN.len() as f64, "{facts:?}");
    }
}

macro_rules! on_sqlite {
    ($($fault:ident: $rounds:literal),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fault() {
                super::play(super::Kind::Sqlite(None), stringify!($fault), $rounds).await;
            })+
        }
    };
}

macro_rules! on_postgres {
    ($($fault:ident: $rounds:literal),+ $(,)?) => {
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fault() {
                if let Some(server) = super::Server::get().await {
                    super::play(super::Kind::Postgres(Box::new(server.clone())), stringify!($fault), $rounds).await;
                }
            })+
        }
    };
}

on_sqlite!(
    kill: 21,
    poison: 2,
    zombie: 8,
    workers: 8,
    providers: 1,
    twice: 4,
    schedulers: 6,
    dropped: 1,
    disk: 4,
    clocks: 1,
);

on_postgres!(
    kill: 21,
    poison: 2,
    zombie: 6,
    workers: 8,
    restart: 1,
    providers: 1,
    twice: 4,
    schedulers: 6,
    dropped: 1,
    clocks: 1,
);
