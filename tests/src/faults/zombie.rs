//! Zombies: a worker is stopped past its lease, another one takes its run over and ends it, and then it goes on.

use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;
use igny8_core::runs::Run;

use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::point::{Act, Point};
use super::work::{Order, Work};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::good;
use crate::{Answer, Chance, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "zombie",
    about: "a worker stopped past its lease, its run ended by another: its late writes are refused, nothing is doubled",
    of_200: 20,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const LEASE: Duration = Duration::from_secs(1);
/// A worker that is stopped in the middle of a write may keep the whole database waiting; it is let go on after this.
const HALTED: Duration = Duration::from_secs(3);

/// Where a worker is stopped, each time just before what must be refused when it goes on.
const BEFORE: [&str; 5] =
    ["Runs::plan_items", "Runs::begin_call", "Runs::end_call", "Runs::commit_item", "Runs::finish_run"];

async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let mut chance = Chance::of_round(stage.seed, round);
        // Every fourth round stops it at any moment instead.
        let point = (round % 4 != 3).then(|| Point {
            method: BEFORE[(round - round / 4) as usize % BEFORE.len()].to_owned(),
            after: false,
            nth: 1,
            act: Act::Stop,
        });
        let delay = Duration::from_millis(50 + chance.below(400));
        let at = point.as_ref().map_or_else(|| format!("after {delay:?}"), ToString::to_string);
        let what = format!("round {round} of seed {}, stopped {at}", stage.seed);
        let over = outcome.attempt(what, one_round(stage, &ground, &mut oracle, round, point, delay)).await;
        outcome.count("runs_taken_over", over.unwrap_or_default());
    }
    outcome
}

async fn one_round(
    stage: &Stage,
    ground: &Ground,
    oracle: &mut Oracle,
    round: u32,
    point: Option<Point>,
    delay: Duration,
) -> usize {
    let opening = Opening::attempts(20);
    let service =
        FakeOpenAi::answering(|asked| Answer::json(&good(asked)).late(Duration::from_millis(30))).await;
    let desk = oracle.watch_over(ground.desk(&format!("Round {round}"), &opening, &service).await);
    let tasks = desk.tasks(&[500, 600]).await;
    for task in tasks {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap();
    }
    let successor = ground.open(&opening, |builder| builder.text_model(service.provider())).await;
    // One that stops at a point has nothing else in hand, such as a transaction for which others would wait.
    let by_itself = point.is_some();
    let order = Work {
        point,
        lease: LEASE,
        single_minded: by_itself,
        ..Work::at(ground.place(), &service.base_url())
    };
    let mut zombie = Child::start(&stage.program, &Order::Work(order));
    if by_itself {
        assert!(zombie.stopped().await, "it came to its end instead of its point");
    } else {
        tokio::time::sleep(delay).await;
        zombie.stop();
    }

    let mut work = tokio::spawn(async move { oracle::work_off(&successor, LEASE).await });
    if by_itself {
        work.await.unwrap();
        let ended = oracle::settled(&desk).await;
        assert!(ended.iter().any(|run| run.epoch > 1), "nothing was taken over: {ended:#?}");
        zombie.go_on();
        assert!(zombie.ended().await.success(), "it did not end well");
        assert_eq!(desk.runs().await, ended, "a late write changed what had ended");
    } else {
        let in_time = tokio::time::timeout(HALTED, &mut work).await;
        zombie.go_on();
        assert!(zombie.ended().await.success(), "it did not end well");
        match in_time {
            Ok(worked) => worked.unwrap(),
            Err(_) => work.await.unwrap(),
        }
    }
    let runs = oracle::settled(&desk).await;
    oracle::all_well(&runs);
    assert_eq!(desk.articles().await.len(), 2);
    oracle.ledgers(&desk).await;
    taken_over(&runs)
}

fn taken_over(runs: &[Run]) -> usize {
    runs.iter().filter(|run| run.epoch > 1).count()
}
