//! What carries news is killed and comes back under load: every run settles, later by one poll at the most.

use std::time::Duration;

use igny8_core::runs::{RunState, WorkerConfig};
use igny8_core::{Igny8, RunHandle};
use igny8_tests::desk::brisk;

use super::{Carrier, Installation, tenant};
use crate::workers::tally::{Count, Tally};

/// How long workers wait for news before they look: what a lost notice costs.
const POLL: Duration = Duration::from_secs(1);

/// Nodes with a worker each, and one that starts runs.
struct Load {
    here: Igny8,
    _there: Vec<Igny8>,
    workers: Vec<igny8_core::runs::WorkerHandle>,
}

impl Load {
    async fn on(installation: &Installation) -> Self {
        let tally = Tally::default();
        let here = installation.node(|builder| builder.function(tally.clone())).await;
        let mut there = Vec::new();
        for _ in 0..2 {
            there.push(installation.node(|builder| builder.function(tally.clone())).await);
        }
        let config = WorkerConfig { poll: POLL, ..brisk() };
        let workers = there.iter().map(|node| node.spawn_worker(config.clone())).collect();
        Self { here, _there: there, workers }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "the delay is a figure that people ask for")]
async fn nats_that_is_killed_and_comes_back_costs_no_run_more_than_a_poll() {
    let Some(mut installation) = Installation::with(Carrier::Nats).await else { return };
    let load = Load::on(&installation).await;
    let (home, scope) = tenant(&load.here, "acme").await;
    let mut runs: Vec<RunHandle<u64>> = Vec::new();
    for number in 0..60 {
        let server = installation.nats.as_mut().unwrap();
        match number {
            15 => server.kill(),
            45 => server.restart(),
            _ => {}
        }
        let count = Count { name: format!("run {number}"), site: home.site, sector: home.sector };
        runs.push(load.here.start(&scope, count).await.unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut worst = [Duration::ZERO; 3];
    for (run, number) in runs.iter().zip(0..) {
        let finished = run.finished().await.unwrap();
        assert_eq!((finished.state, finished.charged, finished.attempts), (RunState::Success, Some(1), 1));
        let waited = (finished.started_at.unwrap() - finished.created_at).to_std().unwrap();
        let when = usize::from(number >= 15) + usize::from(number >= 45);
        worst[when] = worst[when].max(waited);
    }
    println!("worst wait for a worker, before, without and after NATS: {worst:?}; a poll is {POLL:?}");
    assert_eq!(load.here.credits(&scope).verify().await.unwrap(), []);
    for worker in load.workers {
        worker.shutdown().await;
    }
}

/// The connection that listens is ended by an administrator: it comes back, and what was missed is looked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_is_ended_comes_back() {
    let Some(installation) = Installation::with(Carrier::Postgres).await else { return };
    let load = Load::on(&installation).await;
    let (home, scope) = tenant(&load.here, "acme").await;
    for number in 0..12 {
        if number % 4 == 3 {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN %'";
            installation.database.administer(end).await;
        }
        let count = Count { name: format!("run {number}"), site: home.site, sector: home.sector };
        let run = load.here.start(&scope, count).await.unwrap();
        assert_eq!(run.output().await.unwrap().output, 1);
    }
    for worker in load.workers {
        worker.shutdown().await;
    }
}
