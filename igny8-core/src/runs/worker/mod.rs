//! The run loop: claims, executes, keeps the lease, hears cancellations, reaps, and gives work back when it is told to stop.
//! Behind the feature `worker`; everything it knows of the outside are ports.

mod carrying;
mod config;
mod upkeep;

pub use config::WorkerConfig;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{RwLock, watch};
use tokio::task::{JoinError, JoinSet};

use super::{Claim, Run, WorkerId};
use crate::sdk::{Igny8, Services};
use crate::tenancy::SystemScope;
use config::LEAST;

/// A running worker. Dropping the handle stops it from claiming; runs under way go on to their end.
#[derive(Debug)]
pub struct WorkerHandle {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl WorkerHandle {
    /// Stops claiming, lets runs under way finish for the configured grace, gives the rest back without counting an attempt,
    /// and waits until that is done.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a worker ended badly");
        }
    }

    /// Waits until the worker has stopped by itself (see [`WorkerConfig::run_forever`]).
    pub async fn finished(&self) {
        // Its side of the channel goes with it.
        self.stop.closed().await;
    }
}

impl Igny8 {
    /// Starts a worker as a task of the current tokio runtime. Any number may run, in any number of processes.
    #[must_use]
    pub fn spawn_worker(&self, config: WorkerConfig) -> WorkerHandle {
        let (stop, stopped) = watch::channel(false);
        let worker = Worker {
            services: self.services.clone(),
            igny8: self.clone(),
            system: Arc::new(SystemScope::open("work off runs")),
            id: WorkerId::new(),
            functions: self.services.functions.names().map(str::to_owned).collect(),
            config: config.bounded(),
            floor: Arc::default(),
        };
        WorkerHandle { stop, task: tokio::spawn(worker.work(stopped)) }
    }
}

/// One worker.
#[derive(Clone)]
struct Worker {
    services: Arc<Services>,
    igny8: Igny8,
    system: Arc<SystemScope>,
    id: WorkerId,
    /// What it knows; other runs are others' work.
    functions: Arc<[String]>,
    config: WorkerConfig,
    /// Held by every run under way: in common, or alone by one on its last chance, which waits for the others to end.
    floor: Arc<RwLock<()>>,
}

impl Worker {
    async fn work(self, mut stopped: watch::Receiver<bool>) {
        let mut under_way = JoinSet::new();
        // Beside the claims, since it may have to wait for an account's turn to write. It ends with this future.
        let mut upkeep = JoinSet::new();
        upkeep.spawn(self.clone().keep_up());
        // Runs hear of a stop only when nothing more is claimed: a worker would else take back what it has just given back.
        let (leave, leaving) = watch::channel(false);
        let mut alone = false;
        loop {
            while let Some(ended) = under_way.try_join_next() {
                report(ended);
            }
            // Told to stop, or the handle is gone.
            if *stopped.borrow() || stopped.has_changed().is_err() {
                break;
            }
            // Listen before looking, so that work that arrives in between is not slept over.
            let arrival = self.services.signals.work();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            alone &= !under_way.is_empty();
            let is_full = alone || under_way.len() >= self.config.concurrency;
            let claimed = if is_full { None } else { self.claim().await };
            if let Some(run) = claimed {
                // Nothing is claimed beside it, so that it takes no other run along should it be what kills its workers.
                alone = is_on_last_chance(&run);
                under_way.spawn(self.clone().carry_out(run, leaving.clone()));
                continue;
            }
            // A full worker has no use for what is due: it waits for a run to end.
            let due = if is_full { None } else { self.next_due().await };
            if due.is_none() && under_way.is_empty() && !self.config.run_forever {
                // What its last claim left behind may be for the reaper.
                self.tidy().await;
                break;
            }
            let wait = due.map_or(self.config.poll, |due| due.clamp(LEAST, self.config.poll));
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => break,
                () = arrival, if !is_full => {}
                Some(ended) = under_way.join_next(), if !under_way.is_empty() => report(ended),
                () = tokio::time::sleep(wait) => {}
            }
        }
        leave.send_replace(*stopped.borrow());
        while let Some(ended) = under_way.join_next().await {
            report(ended);
        }
    }

    async fn claim(&self) -> Option<Run> {
        let claim = Claim {
            worker: self.id.clone(),
            lease: self.config.lease,
            functions: self.functions.to_vec(),
            per_account: self.config.per_account,
        };
        match self.services.store.claim(&self.system, &claim).await {
            Ok(run) => run,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "could not look for work");
                None
            }
        }
    }

    /// When there will be something to claim; `None` when nothing waits at all.
    async fn next_due(&self) -> Option<Duration> {
        match self.services.store.next_due(&self.system, &self.functions, self.config.per_account).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "could not look when work is due");
                Some(self.config.poll)
            }
        }
    }
}

/// A run's task ends by itself; one that broke leaves its run to its lease.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a run's task broke");
    }
}

/// Whether the run has lost its last worker, and ends when it loses one more.
fn is_on_last_chance(run: &Run) -> bool {
    let has_lost = run.error.as_ref().is_some_and(|error| error.code == "lease_expired");
    has_lost && run.attempts > 1 && run.attempts >= run.max_attempts
}
