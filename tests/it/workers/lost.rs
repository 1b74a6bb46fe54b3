//! Runs that lose their workers again and again, and workers that come back after their run was given to another.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use igny8_core::functions::GenerateContent;
use igny8_core::ids::RunId;
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{CallOutcome, ItemState, RunState, WorkerConfig};
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::fake_openai::{Gate, good, provider};
use igny8_tests::{Answer, Desk, FakeOpenAi, LostWorker};

/// Longer than a lease.
const PAST_THE_LEASE: TimeDelta = TimeDelta::seconds(61);

async fn asked_times(service: &FakeOpenAi, times: usize) {
    eventually("the service is asked", async || match service.asked().len() {
        enough if enough >= times => Ok(()),
        so_far => Err(format!("{so_far} of {times} times")),
    })
    .await;
}

/// Gives the run to worker after worker, each lost while it waits for the service and `saved` items are done, until no
/// attempt is left.
async fn lose_every_attempt(desk: &Desk, service: &FakeOpenAi, run: RunId, saved: usize) {
    let max_attempts = desk.run(run).await.max_attempts;
    lose_attempts(desk, service, run, saved, max_attempts).await;
}

/// The same, until the run has lost so many attempts.
async fn lose_attempts(desk: &Desk, service: &FakeOpenAi, run: RunId, saved: usize, lost: u32) {
    for attempt in 1..=lost {
        let asked = service.asked().len();
        let (place, url) = (desk.place(), service.base_url());
        let worker = LostWorker::start(brisk(), move || async move {
            place.open(|builder| builder.text_model(provider(&url))).await
        })
        .await;
        desk.run_when(run, |run| run.attempts == attempt && run.state == RunState::Progress).await;
        asked_times(service, asked + 1).await;
        eventually("items are saved", async || {
            let items = desk.items(run).await;
            match items.iter().filter(|item| item.state == ItemState::Done).count() {
                enough if enough >= saved => Ok(()),
                so_far => Err(format!("{so_far} of {saved}")),
            }
        })
        .await;
        worker.lose().await;
        desk.clock.advance(PAST_THE_LEASE);
    }
}

#[tokio::test]
async fn a_run_that_loses_every_worker_is_given_up_and_costs_nothing() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks.clone())).await.unwrap().id();
    lose_every_attempt(&desk, &service, run, 0).await;

    // A service that answers now does not bring it back.
    let asked = service.asked().len();
    service.answer_now(|asked| Answer::json(&good(asked)));
    let worker = desk.igny8.spawn_worker(brisk());
    let given_up = desk.finished(run).await;
    assert_eq!((given_up.state, given_up.attempts), (RunState::Failure, given_up.max_attempts));
    assert_eq!(given_up.error.map(|error| error.code).as_deref(), Some("attempts_exhausted"));
    assert_eq!(given_up.charged, Some(0));
    assert_eq!(service.asked().len(), asked);
    let balance = desk.balance().await;
    assert_eq!((balance.balance, balance.reserved), (5_000, 0));
    desk.assert_ledger_sound().await;

    // What it was to write can be asked for anew.
    let again = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id();
    assert_eq!(desk.finished(again).await.state, RunState::Success);
    worker.shutdown().await;
}

#[tokio::test]
async fn a_run_on_its_last_chance_is_worked_on_alone() {
    // Should it be what kills its workers, nothing else goes down with it; should it not be, nothing else takes it along.
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[600, 700]).await;
    let start = async |at: usize| {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![tasks[at]])).await.unwrap().id()
    };
    let suspect = start(0).await;
    let max_attempts = desk.run(suspect).await.max_attempts;
    lose_attempts(&desk, &service, suspect, 0, max_attempts - 1).await;
    let asked = service.asked().len();
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    service.answer_now(move |asked| Answer::json(&good(asked)).held(&held));
    let other = start(1).await;
    let worker = desk.igny8.spawn_worker(brisk());
    asked_times(&service, asked + 1).await;
    gate.open();
    let suspect = desk.finished(suspect).await;
    gate.open();
    let other = desk.finished(other).await;
    assert_eq!((suspect.state, suspect.attempts), (RunState::Success, max_attempts), "{suspect:#?}");
    assert_eq!((other.state, other.attempts), (RunState::Success, 1), "{other:#?}");
    assert!(other.started_at >= suspect.finished_at, "they were worked on side by side");
    worker.shutdown().await;
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_run_that_is_given_up_leaves_no_task_in_progress() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id();
    lose_every_attempt(&desk, &service, run, 0).await;
    let worker = desk.igny8.spawn_worker(brisk());
    desk.finished(run).await;
    worker.shutdown().await;
    let statuses: Vec<TaskStatus> = desk.all_tasks().await.iter().map(|task| task.status).collect();
    assert!(
        !statuses.contains(&TaskStatus::InProgress) && !statuses.contains(&TaskStatus::Queued),
        "nobody works on them any more: {statuses:?}"
    );
}

#[tokio::test]
async fn a_run_that_is_given_up_is_charged_what_it_had_saved() {
    let service = FakeOpenAi::answering(|asked| match asked.subject().as_str() {
        "Task 1" => Answer::json(&good(asked)),
        _ => Answer::Hang,
    })
    .await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[700, 600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id();
    lose_every_attempt(&desk, &service, run, 1).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let given_up = desk.finished(run).await;
    let done: Vec<_> =
        desk.items(run).await.into_iter().filter(|item| item.state == ItemState::Done).collect();
    assert_eq!((given_up.state, done.len()), (RunState::Failure, 1));
    assert_eq!(given_up.charged, Some(7));
    assert_eq!(service.times_asked_about("Task 1"), 1);
    assert_eq!(desk.articles().await.len(), 1);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_worker_that_comes_back_late_writes_nothing() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let service = FakeOpenAi::answering(move |asked| match asked.number {
        1 | 2 => Answer::json(&good(asked)).held(&held),
        _ => Answer::json(&good(asked)),
    })
    .await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    // It sleeps through its lease: no heartbeat, no look at the queue.
    let never = Duration::from_secs(3_600);
    let sleepy = WorkerConfig { heartbeat: never, poll: never, upkeep: never, concurrency: 1, ..brisk() };
    let late = desk.place().open(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[600, 700]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id();
    let late = late.spawn_worker(WorkerConfig { grace: never, ..sleepy });
    asked_times(&service, 2).await;

    desk.clock.advance(PAST_THE_LEASE);
    let next = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.attempts, finished.epoch), (RunState::Success, 2, 2));

    for _ in 0..2 {
        gate.open();
    }
    late.shutdown().await;
    next.shutdown().await;
    assert_eq!(desk.run(run).await, finished, "the late answers change nothing");
    let calls = desk.calls(run).await;
    assert_eq!(calls.len(), 4, "and are on record with what they took, each of them");
    assert!(calls.iter().all(|call| call.outcome == CallOutcome::Answered && call.prompt_tokens > 0));
    let articles = desk.articles().await;
    assert!(articles.len() == 2 && articles.values().all(|article| article.revision == 1));
    assert_eq!(desk.balance().await.balance, 5_000 - 6 - 7);
    desk.assert_ledger_sound().await;
}
