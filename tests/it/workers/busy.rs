//! What a worker does while there is nothing for it to do: it waits, whatever it was configured with.

use std::time::Duration;

use igny8_core::functions::GenerateContent;
use igny8_core::pipeline::NewTask;
use igny8_core::runs::{RunState, WorkerConfig};
use igny8_core::testing::Recorded;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::SqliteStore;
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::{Answer, Desk, FakeOpenAi};

use super::tally::{Count, Tally};

#[tokio::test]
async fn a_worker_that_has_its_hands_full_does_not_ask_what_is_due() {
    let service = FakeOpenAi::answering(|_| Answer::Hang).await;
    let store = Recorded::new(SqliteStore::open("sqlite::memory:").await.unwrap());
    let igny8 = Igny8::builder(store.clone()).text_model(service.provider()).build().unwrap();
    let account = NewAccount::named("Acme").plan("growth").site("acme.com").sector("tea");
    let home = igny8.provision(account).await.unwrap();
    let scope = igny8.enter(&home.owner, home.account).await.unwrap();
    for title in ["first", "second"] {
        let task = igny8.tasks(&scope).create(home.sector, NewTask::titled(title)).await.unwrap().id;
        igny8.start(&scope, GenerateContent::for_tasks(vec![task])).await.unwrap();
    }
    let worker = igny8.spawn_worker(WorkerConfig { concurrency: 1, ..brisk() });
    eventually("the service is asked", async || match service.asked().len() {
        0 => Err("it was not".to_owned()),
        _ => Ok(()),
    })
    .await;
    // Many polls long.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!store.driven().contains("RunQueue::next_due"));
    worker.shutdown().await;
}

#[tokio::test]
async fn a_worker_works_by_any_configuration() {
    let (none, ever) = (Duration::ZERO, Duration::MAX);
    let usual = WorkerConfig::default();
    for config in [
        WorkerConfig {
            concurrency: 0,
            heartbeat: none,
            poll: none,
            upkeep: none,
            grace: none,
            ..usual.clone()
        },
        WorkerConfig { lease: ever, heartbeat: ever, poll: ever, upkeep: ever, grace: ever, ..usual.clone() },
        WorkerConfig { poll: Duration::from_millis(1), ..usual },
    ] {
        let tally = Tally::default();
        let desk = Desk::in_memory(|builder| builder.function(tally.clone())).await;
        let worker = desk.igny8.spawn_worker(config);
        let count = Count { name: "x".to_owned(), site: desk.home.site, sector: desk.home.sector };
        let run = desk.igny8.start(&desk.scope, count).await.unwrap();
        assert_eq!(run.finished().await.unwrap().state, RunState::Success);
        worker.shutdown().await;
    }
}
