//! Every run delivered twice: its lease ends while its worker is inside a provider call, and another worker does it too.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;
use igny8_core::runs::{CallOutcome, WorkerConfig};

use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::work::worker;
use super::{Fault, Ground, Outcome, Stage};
use crate::desk::eventually;
use crate::fake_openai::{Asked, Gate, good};
use crate::{Answer, Chance, Desk, FakeOpenAi, MovedClock};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "twice",
    about: "every run worked on by two workers at once, whose answers come in any order: one state, one charge, one text",
    of_200: 40,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const LEASE: Duration = Duration::from_secs(60);
const RUNS: usize = 3;

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    let clock = MovedClock::default();
    for round in 0..stage.rounds {
        let chance = Chance::of_round(stage.seed, round);
        let what = format!("round {round} of seed {}", stage.seed);
        outcome.attempt(what, one_round(&ground, &mut oracle, &clock, round, chance)).await;
        outcome.count("runs_delivered_twice", RUNS);
    }
    outcome
}

async fn one_round(ground: &Ground, oracle: &mut Oracle, clock: &MovedClock, round: u32, mut chance: Chance) {
    let opening = Opening {
        store_clock: Some(Arc::new(clock.clone())),
        clock: Some(Arc::new(clock.clone())),
        ..Opening::default()
    };
    let gates: Arc<Mutex<Vec<Arc<Gate>>>> = Arc::default();
    let held = Arc::clone(&gates);
    let service = FakeOpenAi::answering(move |asked: &Asked| {
        let gate = Arc::<Gate>::default();
        held.lock().unwrap().push(Arc::clone(&gate));
        Answer::json(&good(asked)).held(&gate)
    })
    .await;
    let desk = oracle.watch_over(ground.desk(&format!("Round {round}"), &opening, &service).await);
    for task in desk.tasks(&[500; RUNS]).await {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap();
    }
    let never = Duration::from_secs(3_600);
    // It does not look at its leases.
    let first = WorkerConfig { heartbeat: never, upkeep: never, grace: never, ..worker(LEASE, RUNS, true) };
    let first =
        ground.open(&opening, |builder| builder.text_model(service.provider())).await.spawn_worker(first);
    asked(&service, RUNS).await;
    clock.advance(TimeDelta::from_std(LEASE).unwrap() + TimeDelta::seconds(1));
    let second = desk.igny8.spawn_worker(worker(LEASE, RUNS, false));
    asked(&service, 2 * RUNS).await;

    let mut order: Vec<Arc<Gate>> = gates.lock().unwrap().clone();
    match round % 4 {
        0 => {}
        1 => order.rotate_left(RUNS),
        _ => shuffle(&mut order, &mut chance),
    }
    for gate in order {
        gate.open();
        tokio::time::sleep(Duration::from_millis(chance.below(30))).await;
    }
    second.finished().await;
    let ended = oracle::settled(&desk).await;
    first.shutdown().await;
    assert_eq!(desk.runs().await, ended, "the late worker changed what had ended");
    oracle::all_well(&ended);
    assert_same(&desk, &service).await;
    oracle.ledgers(&desk).await;
}

async fn assert_same(desk: &Desk, service: &FakeOpenAi) {
    for run in desk.runs().await {
        assert_eq!((run.attempts, run.epoch, run.charged), (2, 2, Some(5)), "{run:#?}");
        let calls = desk.calls(run.id).await;
        assert_eq!(calls.len(), 2, "both calls are on record: {calls:#?}");
        assert!(calls.iter().all(|call| call.outcome == CallOutcome::Answered), "{calls:#?}");
    }
    assert_eq!(desk.articles().await.len(), RUNS);
    assert_eq!(service.asked().len(), 2 * RUNS);
}

async fn asked(service: &FakeOpenAi, times: usize) {
    eventually("every run is with the provider", async || match service.asked().len() {
        enough if enough >= times => Ok(()),
        so_far => Err(format!("{so_far} of {times}")),
    })
    .await;
}

fn shuffle<T>(all: &mut [T], chance: &mut Chance) {
    for at in (1..all.len()).rev() {
        all.swap(at, usize::try_from(chance.below(at as u64 + 1)).unwrap());
    }
}
