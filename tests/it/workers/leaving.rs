//! Workers that are told to stop, and runs that are: nobody waits for a provider that does not answer.

use std::sync::Arc;
use std::time::Duration;

use igny8_core::functions::GenerateContent;
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{RunState, WorkerConfig};
use igny8_core::{Error, RunHandle};
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::fake_openai::{Gate, good};
use igny8_tests::{Answer, Desk, FakeOpenAi};

/// A run of one article that a worker has asked the service for.
async fn asked_for(desk: &Desk, service: &FakeOpenAi) -> RunHandle<igny8_core::functions::Written> {
    let tasks = desk.tasks(&[600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap();
    eventually("the service is asked", async || match service.asked().len() {
        0 => Err("it was not".to_owned()),
        _ => Ok(()),
    })
    .await;
    run
}

#[tokio::test]
async fn a_worker_that_stops_gives_its_work_back_without_counting_an_attempt() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let worker = desk.igny8.spawn_worker(brisk());
    let run = asked_for(&desk, &service).await;
    worker.shutdown().await;
    let given_back = run.run().await.unwrap();
    assert_eq!((given_back.state, given_back.attempts, given_back.epoch), (RunState::Pending, 0, 1));
    assert_eq!(desk.balance().await.reserved, given_back.reserved, "it still holds its credits");

    service.answer_now(|asked| Answer::json(&good(asked)));
    let next = desk.igny8.spawn_worker(brisk());
    let report = run.output().await.unwrap();
    let finished = run.run().await.unwrap();
    assert_eq!((report.credits, finished.attempts, finished.epoch), (6, 1, 2));
    next.shutdown().await;
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_worker_that_stops_lets_work_in_hand_come_to_its_end_within_its_grace() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let service = FakeOpenAi::answering(move |asked| Answer::json(&good(asked)).held(&held)).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let worker = desk.igny8.spawn_worker(WorkerConfig { grace: Duration::from_secs(600), ..brisk() });
    let run = asked_for(&desk, &service).await;
    let later = desk.tasks(&[600]).await;
    let stopping = tokio::spawn(worker.shutdown());
    // The worker hears of the stop before anything is to be claimed; the answer comes after that.
    tokio::task::yield_now().await;
    let next = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(later)).await.unwrap();
    gate.open();
    stopping.await.unwrap();
    let finished = run.run().await.unwrap();
    assert_eq!((finished.state, finished.attempts), (RunState::Success, 1));
    let waiting = next.run().await.unwrap();
    assert_eq!((waiting.state, waiting.epoch), (RunState::Pending, 0), "nothing new was begun");
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_cancelled_run_does_not_wait_for_its_provider() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let deadline = Duration::from_secs(3_600);
    let desk =
        Desk::in_memory(|builder| builder.text_model(service.provider()).call_deadline(deadline)).await;
    // Neither heartbeat nor poll come in time: only the signal within the process can.
    let late = WorkerConfig { heartbeat: deadline, poll: deadline, ..brisk() };
    let _worker = desk.igny8.spawn_worker(late);
    let run = asked_for(&desk, &service).await;
    run.cancel().await.unwrap();
    assert!(matches!(run.output().await, Err(Error::Cancelled)));
    let revoked = run.run().await.unwrap();
    assert_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(0)));
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Pending));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_run_cancelled_from_another_process_hears_of_it_by_its_next_heartbeat() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let deadline = Duration::from_secs(3_600);
    let desk = Desk::on_file(|builder| builder.text_model(service.provider()).call_deadline(deadline)).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = asked_for(&desk, &service).await;
    let elsewhere = desk.place().open(|builder| builder).await;
    let asked = elsewhere.runs(&desk.scope).cancel(run.id()).await.unwrap();
    assert!(asked.cancel_requested);
    assert!(matches!(run.output().await, Err(Error::Cancelled)));
    assert_eq!(run.run().await.unwrap().charged, Some(0));
    desk.assert_ledger_sound().await;
}
