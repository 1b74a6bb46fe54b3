//! Several workers on one database: each run is one worker's, and accounts take turns.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use igny8_core::NewAccount;
use igny8_core::runs::{RunState, WorkerConfig};
use igny8_tests::Desk;
use igny8_tests::desk::brisk;

use super::tally::{Count, Tally};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_runs_among_four_workers_are_each_done_once() {
    let tally = Tally::default();
    let desk = Desk::on_file(|builder| builder.function(tally.clone())).await;
    let (site, sector) = (desk.home.site, desk.home.sector);
    let mut workers = Vec::new();
    for _ in 0..4 {
        let igny8 = desk.place().open(|builder| builder.function(tally.clone())).await;
        workers.push(igny8.spawn_worker(brisk()));
    }
    for number in 0..100 {
        let count = Count { name: format!("cluster {number}"), site, sector };
        desk.igny8.start(&desk.scope, count).await.unwrap();
    }
    for run in desk.runs().await {
        let run = desk.finished(run.id).await;
        assert_eq!((run.state, run.charged), (RunState::Success, Some(1)), "{run:#?}");
        assert_eq!((run.attempts, run.epoch), (1, 1), "{run:#?}");
    }
    join_all(workers.into_iter().map(igny8_core::runs::WorkerHandle::shutdown)).await;

    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for name in tally.names() {
        *times.entry(name).or_default() += 1;
    }
    assert!(times.len() == 100 && times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(desk.all_clusters().await.len(), 100);
    assert_eq!(desk.balance().await.balance, 5_000 - 100);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn one_accounts_long_queue_does_not_keep_another_waiting() {
    let tally = Tally::default();
    let desk = Desk::in_memory(|builder| builder.function(tally.clone())).await;
    let igny8 = &desk.igny8;
    for number in 0..30 {
        let count = Count { name: format!("ours {number}"), site: desk.home.site, sector: desk.home.sector };
        igny8.start(&desk.scope, count).await.unwrap();
    }
    let other = igny8.provision(NewAccount::named("Other")).await.unwrap();
    let scope = igny8.enter(&other.owner, other.account).await.unwrap();
    let count = Count { name: "theirs".to_owned(), site: other.site, sector: other.sector };
    igny8.start(&scope, count).await.unwrap();

    igny8.spawn_worker(WorkerConfig { concurrency: 1, run_forever: false, ..brisk() }).finished().await;
    let names = tally.names();
    let place = names.iter().position(|name| name == "theirs").unwrap();
    assert!(names.len() == 31 && place <= 1, "{names:?}");
    let own: Vec<String> = (0..30).map(|number| format!("ours {number}")).collect();
    let ours: Vec<&String> = names.iter().filter(|name| *name != "theirs").collect();
    assert_eq!(ours, own.iter().collect::<Vec<_>>(), "the oldest first");
}

#[tokio::test]
async fn a_worker_leaves_functions_it_does_not_know_to_others() {
    let tally = Tally::default();
    let desk = Desk::on_file(|builder| builder.function(tally.clone())).await;
    let count = Count { name: "x".to_owned(), site: desk.home.site, sector: desk.home.sector };
    let run = desk.igny8.start(&desk.scope, count).await.unwrap();
    let ignorant = desk.place().open(|builder| builder).await.spawn_worker(brisk());
    let knowing = desk.igny8.spawn_worker(brisk());
    assert_eq!(run.output().await.unwrap().output, 1);
    assert_eq!(run.run().await.unwrap().attempts, 1);
    ignorant.shutdown().await;
    knowing.shutdown().await;
}
