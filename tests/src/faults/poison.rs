//! A poison run: it kills every worker that takes it. It is given up and released, and the other runs go on.

use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;
use igny8_core::pipeline::NewTask;
use igny8_core::runs::RunState;

use super::child::was_killed;
use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::work::{Order, Work};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::FakeOpenAi;

/// The fault.
pub const FAULT: Fault = Fault {
    name: "poison",
    about: "a run that kills every worker that takes it: given up after its attempts, released, and the others go on",
    of_200: 10,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const TITLE: &str = "Poison";
const MAX_ATTEMPTS: u32 = 3;
const OTHERS: usize = 6;

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        // One run at a time, and several beside the poison.
        let concurrency = if round % 2 == 0 { 1 } else { 4 };
        let what = format!("round {round} with {concurrency} runs at once");
        let killed = outcome.attempt(what, one_round(stage, &ground, &mut oracle, round, concurrency)).await;
        outcome.count("workers_killed", killed.unwrap_or_default());
    }
    outcome
}

async fn one_round(
    stage: &Stage,
    ground: &Ground,
    oracle: &mut Oracle,
    round: u32,
    concurrency: usize,
) -> u32 {
    let opening = Opening::attempts(MAX_ATTEMPTS);
    let service = FakeOpenAi::good().await;
    let desk = oracle.watch_over(ground.desk(&format!("Round {round}"), &opening, &service).await);
    let poison =
        desk.igny8.tasks(&desk.scope).create(desk.home.sector, NewTask::titled(TITLE)).await.unwrap();
    let start = async |task| {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap().id()
    };
    let tasks = desk.tasks(&[500; OTHERS]).await;
    for task in &tasks[..OTHERS / 2] {
        start(*task).await;
    }
    let poison = start(poison.id).await;
    for task in &tasks[OTHERS / 2..] {
        start(*task).await;
    }

    let mut killed = 0;
    loop {
        let mut order = Work::at(ground.place(), &service.base_url());
        order.poison = Some(TITLE.to_owned());
        order.concurrency = concurrency;
        order.lease = Duration::from_secs(60);
        let status = Child::start(&stage.program, &Order::Work(order)).ended().await;
        oracle::sound(&desk).await;
        if !was_killed(status) {
            assert!(status.success(), "a worker ended with {status}");
            break;
        }
        killed += 1;
        assert!(killed <= MAX_ATTEMPTS, "it killed more workers than it has attempts");
    }
    let runs = oracle::settled(&desk).await;
    for run in &runs {
        if run.id == poison {
            assert_eq!((run.state, run.charged, run.attempts), (RunState::Failure, Some(0), MAX_ATTEMPTS));
            let code = run.error.as_ref().map(|error| error.code.as_str());
            assert_eq!(code, Some("attempts_exhausted"), "{run:#?}");
        } else {
            assert_eq!(run.state, RunState::Success, "it went down with the poison: {run:#?}");
        }
    }
    assert_eq!((killed, runs.len()), (MAX_ATTEMPTS, 1 + OTHERS));
    assert_eq!(desk.articles().await.len(), OTHERS);
    oracle.ledgers(&desk).await;
    killed
}
