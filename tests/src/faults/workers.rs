//! Workers killed all the time: three processes, one of which is killed and started anew every second.

use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::functions::GenerateContent;
use igny8_core::paging::Page;
use igny8_core::runs::{CallOutcome, RunFilter, RunQuery, RunState};

use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::work::{Order, Work};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::good;
use crate::{Answer, Chance, Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "workers",
    about: "three workers, one killed every second: every run is settled once, and a call is made again only for a run taken over",
    of_200: 60,
    play: |stage| async move { Some(play(stage).await) }.boxed(),
};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 4;
const LEASE: Duration = Duration::from_secs(2);
const MAX_ATTEMPTS: u32 = 20;
/// So many runs keep the workers busy for a second of kills.
const RUNS_A_SECOND: u32 = 8;
/// And so many are left when the last kill comes.
const AT_THE_END: u32 = 20;

/// A round is a second of kills.
async fn play(stage: &Stage) -> Outcome {
    let mut outcome = Outcome::default();
    let ground = Ground::new(&stage.kind).await;
    let mut counted = Outcome::default();
    outcome.attempt(format!("seed {}", stage.seed), killed_by_the_second(stage, &ground, &mut counted)).await;
    outcome.facts = counted.facts;
    outcome
}

async fn killed_by_the_second(stage: &Stage, ground: &Ground, counted: &mut Outcome) {
    let mut oracle = Oracle::default();
    let seed = stage.seed;
    let service = FakeOpenAi::answering(move |asked| {
        let delay = 700 + Chance::seeded(seed ^ asked.number as u64).below(1_300);
        Answer::json(&good(asked)).late(Duration::from_millis(delay))
    })
    .await;
    let desk = oracle.watch_over(ground.desk("Busy", &Opening::attempts(MAX_ATTEMPTS), &service).await);
    let count = stage.rounds * RUNS_A_SECOND + AT_THE_END;
    for task in desk.tasks(&vec![500; count as usize]).await {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap();
    }
    let order = Order::Work(Work {
        lease: LEASE,
        concurrency: CONCURRENCY,
        forever: true,
        ..Work::at(ground.place(), &service.base_url())
    });
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| Child::start(&stage.program, &order)).collect();
    let mut kills = 0;
    for second in 0..stage.rounds as usize {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let next = Child::start(&stage.program, &order);
        std::mem::replace(&mut workers[second % WORKERS], next).kill();
        kills += 1;
    }
    while unfinished(&desk).await > 0 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(workers);

    let runs = oracle::settled(&desk).await;
    oracle::all_well(&runs);
    assert_eq!((runs.len(), desk.articles().await.len()), (count as usize, count as usize));
    let (mut begun, mut unheard, mut taken_over) = (0, 0, 0);
    for run in &runs {
        let calls = desk.calls(run.id).await;
        assert!(
            calls.iter().all(|call| call.outcome != CallOutcome::Failed),
            "the service never did: {calls:#?}"
        );
        // One for each worker that had the run: it was killed, or lost a lease that it could not renew in time.
        let workers = usize::try_from(run.epoch).unwrap();
        assert!(calls.len() <= workers, "{} calls of {workers} workers: {calls:#?}", calls.len());
        begun += calls.len();
        unheard += calls.iter().filter(|call| call.outcome == CallOutcome::Started).count();
        taken_over += workers - 1;
    }
    let leases_lost = taken_over.saturating_sub(kills * CONCURRENCY);
    let most = runs.len() + kills * CONCURRENCY + leases_lost;
    let calls = service.asked().len();
    assert!(calls <= begun && begun <= most, "{calls} calls, {begun} on record, at the most {most}");
    oracle.ledgers(&desk).await;
    counted.count("runs", runs.len());
    counted.count("kills", kills);
    counted.count("calls", calls);
    counted.count("calls_at_the_most", most);
    counted.count("calls_never_heard_of", unheard);
    counted.count("answers_bought_again", begun - unheard - runs.len());
    counted.count("runs_taken_over", taken_over);
    counted.count("leases_lost_by_the_living", leases_lost);
    counted.count("most_attempts", runs.iter().map(|run| run.attempts).max().unwrap_or_default());
}

async fn unfinished(desk: &Desk) -> usize {
    let states = vec![RunState::Pending, RunState::Progress, RunState::Retry];
    let filter = RunFilter { states, ..RunFilter::default() };
    desk.igny8
        .runs(&desk.scope)
        .list(&RunQuery::filtered(filter).page(Page::first(1)))
        .await
        .unwrap()
        .items
        .len()
}
