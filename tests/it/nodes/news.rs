//! What one process does, another hears at once: work, progress, a wish to cancel.

use igny8_core::Error;
use igny8_core::functions::GenerateContent;
use igny8_core::ids::TaskId;
use igny8_core::pipeline::NewTask;
use igny8_core::runs::RunState;
use igny8_tests::desk::eventually;
use igny8_tests::fake_openai::{Gate, good};
use igny8_tests::{Answer, FakeOpenAi};
use std::sync::Arc;

use super::{Carrier, Installation, NEVER, deaf, tenant};
use igny8_core::Igny8;
use igny8_core::ids::SectorId;
use igny8_core::tenancy::TenantScope;

async fn tasks(igny8: &Igny8, scope: &TenantScope, sector: SectorId, count: usize) -> Vec<TaskId> {
    let mut ids = Vec::new();
    for number in 1..=count {
        let task = NewTask { word_count: 600, ..NewTask::titled(format!("Task {number}")) };
        ids.push(igny8.tasks(scope).create(sector, task).await.unwrap().id);
    }
    ids
}

async fn work_is_taken_up_elsewhere(carrier: Carrier) {
    let Some(installation) = Installation::with(carrier).await else { return };
    let service = FakeOpenAi::answering(|asked| Answer::json(&good(asked))).await;
    let here = installation.node(|builder| builder.text_model(service.provider()).follow_poll(NEVER)).await;
    let there = installation.node(|builder| builder.text_model(service.provider())).await;
    let worker = there.spawn_worker(deaf());
    let (home, scope) = tenant(&here, "acme").await;
    // The second is started when the worker has gone back to waiting after the first.
    for _ in 0..2 {
        let tasks = tasks(&here, &scope, home.sector, 1).await;
        let run = here.start(&scope, GenerateContent::for_tasks(tasks)).await.unwrap();
        assert_eq!(run.output().await.unwrap().succeeded, 1);
    }
    worker.shutdown().await;
}

async fn progress_is_followed_from_elsewhere(carrier: Carrier) {
    let Some(installation) = Installation::with(carrier).await else { return };
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let service = FakeOpenAi::answering(move |asked| Answer::json(&good(asked)).held(&held)).await;
    let here = installation.node(|builder| builder.text_model(service.provider()).follow_poll(NEVER)).await;
    let there = installation.node(|builder| builder.text_model(service.provider())).await;
    let worker = there.spawn_worker(deaf());
    let (home, scope) = tenant(&here, "acme").await;
    let tasks = tasks(&here, &scope, home.sector, 3).await;
    let run = here.start(&scope, GenerateContent::for_tasks(tasks)).await.unwrap();
    let mut progress = run.progress();
    let mut ended = 0;
    let mut last = 0;
    while let Some(seen) = progress.next().await.unwrap() {
        assert!(seen.percentage >= last, "{seen:?}");
        last = seen.percentage;
        // One answer at a time: the next comes when the one before was seen here.
        if seen.total == 3 && seen.current >= ended && ended < 3 {
            ended = seen.current + 1;
            gate.open();
        }
    }
    assert_eq!((last, run.run().await.unwrap().state), (100, RunState::Success));
    worker.shutdown().await;
}

async fn a_cancellation_reaches_a_call_elsewhere(carrier: Carrier) {
    let Some(installation) = Installation::with(carrier).await else { return };
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let here = installation.node(|builder| builder.text_model(service.provider()).follow_poll(NEVER)).await;
    let there =
        installation.node(|builder| builder.text_model(service.provider()).call_deadline(NEVER)).await;
    let worker = there.spawn_worker(deaf());
    let (home, scope) = tenant(&here, "acme").await;
    let tasks = tasks(&here, &scope, home.sector, 1).await;
    let run = here.start(&scope, GenerateContent::for_tasks(tasks)).await.unwrap();
    eventually("the service is asked", async || match service.asked().len() {
        0 => Err("it was not".to_owned()),
        _ => Ok(()),
    })
    .await;
    run.cancel().await.unwrap();
    assert!(matches!(run.output().await, Err(Error::Cancelled)));
    let revoked = run.run().await.unwrap();
    assert_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(0)));
    worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_tells_of_work() {
    work_is_taken_up_elsewhere(Carrier::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_tells_of_progress() {
    progress_is_followed_from_elsewhere(Carrier::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_tells_of_cancellations() {
    a_cancellation_reaches_a_call_elsewhere(Carrier::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_tells_of_work() {
    work_is_taken_up_elsewhere(Carrier::Nats).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_tells_of_progress() {
    progress_is_followed_from_elsewhere(Carrier::Nats).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_tells_of_cancellations() {
    a_cancellation_reaches_a_call_elsewhere(Carrier::Nats).await;
}
