//! Clocks an hour apart. On PostgreSQL the database's clock rules, so a client's does not matter: nothing is done twice. On
//! SQLite leases run on the clock of the machine that all processes share; where it differs all the same, because it was set
//! while they ran, a run may be taken over from a living worker, and still it ends once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;

use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::work::{Ahead, Order, Work};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::good;
use crate::{Answer, Chance, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "clocks",
    about: "workers whose clocks are an hour apart: nothing is settled twice, and on PostgreSQL nothing is even done twice",
    of_200: 10,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const HOUR: i64 = 3_600;
const RUNS: usize = 12;

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let what = format!("round {round} of seed {}", stage.seed);
        let played = outcome.attempt(what, one_round(stage, &ground, &mut oracle, round)).await;
        let (taken_over, calls) = played.unwrap_or_default();
        outcome.count("runs", RUNS);
        outcome.count("calls", calls);
        outcome.count("runs_taken_over", taken_over);
    }
    outcome
}

async fn one_round(stage: &Stage, ground: &Ground, oracle: &mut Oracle, round: u32) -> (usize, usize) {
    let seed = stage.seed ^ u64::from(round);
    let service = FakeOpenAi::answering(move |asked| {
        let delay = 100 + Chance::seeded(seed ^ asked.number as u64).below(300);
        Answer::json(&good(asked)).late(Duration::from_millis(delay))
    })
    .await;
    // By the slowest clock, so that what is started is due by all of them.
    let slowest = Ahead::seconds(-HOUR);
    let opening = Opening {
        store_clock: (!stage.kind.is_postgres()).then(|| Arc::new(slowest) as _),
        clock: Some(Arc::new(slowest)),
        ..Opening::attempts(20)
    };
    let desk = oracle.watch_over(ground.desk(&format!("Round {round}"), &opening, &service).await);
    for task in desk.tasks(&[500; RUNS]).await {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap();
    }
    let mut workers: Vec<Child> = [-HOUR, 0, HOUR]
        .into_iter()
        .map(|ahead| {
            let order = Work { ahead, concurrency: 2, ..Work::at(ground.place(), &service.base_url()) };
            Child::start(&stage.program, &Order::Work(order))
        })
        .collect();
    for worker in &mut workers {
        assert!(worker.ended().await.success(), "a worker did not end well");
    }
    let runs = oracle::settled(&desk).await;
    oracle::all_well(&runs);
    assert_eq!(desk.articles().await.len(), RUNS);
    let taken_over = runs.iter().filter(|run| run.epoch > 1).count();
    let calls = service.asked().len();
    if stage.kind.is_postgres() {
        assert_eq!(taken_over, 0, "a lease did not hold: {runs:#?}");
        assert_eq!(calls, RUNS, "something was done twice");
    }
    oracle.ledgers(&desk).await;
    (taken_over, calls)
}
