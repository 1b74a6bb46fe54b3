//! What carries news is killed and comes back under load: every run settles, later by one poll at the most, and afterwards
//! news alone is enough again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use igny8_core::ports::Home;
use igny8_core::runs::{RunState, WorkerConfig, WorkerHandle};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, RunHandle};
use igny8_tests::desk::brisk;
use sqlx::{Executor as _, Row as _};

use super::{Carrier, Installation, NEVER, deaf, tenant};
use crate::workers::tally::{Count, Tally};

/// How long workers wait for news before they look: what a lost notice costs.
const POLL: Duration = Duration::from_secs(1);
/// What a lost notice may cost on a machine that is busy with other tests.
const WORST: Duration = Duration::from_secs(10);
/// For how long it is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// One that starts runs, and those that work.
const NODES: usize = 3;

/// Nodes with a worker each, and one that starts runs.
struct Load {
    here: Igny8,
    there: Vec<Igny8>,
    workers: Vec<WorkerHandle>,
}

impl Load {
    async fn on(installation: &Installation, config: WorkerConfig) -> Self {
        let tally = Tally::default();
        let here = installation.node(|builder| builder.function(tally.clone()).follow_poll(NEVER)).await;
        let mut there = Vec::new();
        for _ in 1..NODES {
            there.push(installation.node(|builder| builder.function(tally.clone())).await);
        }
        let workers = there.iter().map(|node| node.spawn_worker(config.clone())).collect();
        Self { here, there, workers }
    }

    /// Ends the workers and starts others on the same nodes.
    async fn relieve(&mut self, config: &WorkerConfig) {
        for worker in std::mem::take(&mut self.workers) {
            worker.shutdown().await;
        }
        self.workers = self.there.iter().map(|node| node.spawn_worker(config.clone())).collect();
    }

    /// Runs that are started one after the other, each once the one before has ended, are worked on at once. A node that has
    /// just been connected again looks for work once without being told; there are more runs than nodes.
    async fn works_by_news(&self, home: &Home, scope: &TenantScope, when: &str) {
        for number in 0..2 * NODES {
            let count = Count { name: format!("run {number} {when}"), site: home.site, sector: home.sector };
            let run = self.here.start(scope, count).await.unwrap();
            let output = tokio::time::timeout(PATIENCE, run.output()).await;
            assert_eq!(output.expect("nobody hears of the run").unwrap().output, 1);
        }
    }

    async fn end(self) {
        for worker in self.workers {
            worker.shutdown().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "the delay is a figure that people ask for")]
async fn nats_that_is_killed_and_comes_back_costs_no_run_more_than_a_poll() {
    let Some(mut installation) = Installation::with(Carrier::Nats).await else { return };
    let mut load = Load::on(&installation, WorkerConfig { poll: POLL, ..brisk() }).await;
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
    assert!(worst.iter().all(|worst| *worst <= WORST), "a run waited too long: {worst:?}");
    load.relieve(&deaf()).await;
    load.works_by_news(&home, &scope, "afterwards").await;
    assert_eq!(load.here.credits(&scope).verify().await.unwrap(), []);
    load.end().await;
}

/// The connection that listens is ended by an administrator: it comes back, and what was missed is looked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_is_ended_comes_back() {
    let Some(installation) = Installation::with(Carrier::Postgres).await else { return };
    let load = Load::on(&installation, deaf()).await;
    let (home, scope) = tenant(&load.here, "acme").await;
    load.works_by_news(&home, &scope, "at first").await;
    for round in 0..3 {
        let before = listening(&installation, &BTreeSet::new()).await;
        let ended = installation
            .database
            .administrator()
            .await
            .fetch_all(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND query LIKE 'LISTEN %' AND pg_terminate_backend(pid)",
            )
            .await
            .unwrap();
        assert_eq!(ended.len(), before.len(), "not every listener's connection was ended");
        listening(&installation, &before).await;
        load.works_by_news(&home, &scope, &format!("after {round}")).await;
    }
    load.end().await;
}

/// The sessions that listen, once every node has one that is none of these.
async fn listening(installation: &Installation, gone: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut administrator = installation.database.administrator().await;
    let began = Instant::now();
    loop {
        let found = administrator
            .fetch_all(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND query LIKE 'LISTEN %'",
            )
            .await
            .unwrap();
        let found: BTreeSet<i32> = found.iter().map(|row| row.get(0)).collect();
        if found.len() == NODES && found.is_disjoint(gone) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "the listeners did not come back: {found:?} instead of {gone:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
