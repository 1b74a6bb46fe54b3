//! The run loop: claims, executes, keeps the lease, hears cancellations, reaps, and gives work back when it is told to stop.
//! Behind the feature `worker`; everything it knows of the outside are ports.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Claim, GiveBack, Heartbeat, Run, WorkerId};
use crate::error::{Error, Result};
use crate::functions::{Ended, Engine, bought};
use crate::sdk::{Igny8, Services};
use crate::tenancy::{SystemScope, bot_scope};

/// How a worker works. The defaults suit one process beside a web server.
///
/// Every duration but `grace` is taken as at least 5 ms, and as a year at the most: shorter ones would keep a processor busy
/// with nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How many runs it has under way at once; at least 1.
    pub concurrency: usize,
    /// How many runs one account may have under way at once over all workers that are told the same, whatever their
    /// machine; no limit unless set. At least 1.
    pub per_account: Option<u32>,
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// How often it renews its leases.
    pub heartbeat: Duration,
    /// How long it waits at the most before it looks for work again.
    pub poll: Duration,
    /// How often it reaps and looks for monthly grants that are due.
    pub upkeep: Duration,
    /// How long runs under way may go on after a stop before they are given back.
    pub grace: Duration,
    /// Whether it goes on when the queue is empty; if not, it stops by itself once nothing is left to do.
    pub run_forever: bool,
}

/// Shorter waits would be no waits.
const LEAST: Duration = Duration::from_millis(5);
/// Longer ones would pass the end of the clock.
const MOST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl WorkerConfig {
    /// The same with values that a worker can work by.
    fn bounded(self) -> Self {
        let within = |wait: Duration| wait.clamp(LEAST, MOST);
        Self {
            concurrency: self.concurrency.max(1),
            per_account: self.per_account.map(|most| most.max(1)),
            lease: within(self.lease),
            heartbeat: within(self.heartbeat),
            poll: within(self.poll),
            upkeep: within(self.upkeep),
            grace: self.grace.min(MOST),
            run_forever: self.run_forever,
        }
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            concurrency: 4,
            per_account: None,
            lease: Duration::from_secs(60),
            heartbeat: Duration::from_secs(15),
            poll: Duration::from_millis(500),
            upkeep: Duration::from_secs(5),
            grace: Duration::from_secs(10),
            run_forever: true,
        }
    }
}

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
    pub async fn finished(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a worker ended badly");
        }
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
}

impl Worker {
    async fn work(self, mut stopped: watch::Receiver<bool>) {
        let mut under_way = JoinSet::new();
        let mut upkeep_due = Instant::now();
        // Runs hear of a stop only when nothing more is claimed: a worker would else take back what it has just given back.
        let (leave, leaving) = watch::channel(false);
        loop {
            if upkeep_due <= Instant::now() {
                self.upkeep().await;
                upkeep_due = Instant::now() + self.config.upkeep;
            }
            while under_way.try_join_next().is_some() {}
            // Listen before looking, so that work that arrives in between is not slept over.
            let arrival = self.services.signals.work();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            let is_full = under_way.len() >= self.config.concurrency;
            let claimed = if is_full { None } else { self.claim().await };
            if let Some(run) = claimed {
                under_way.spawn(self.clone().carry_out(run, leaving.clone()));
                if *stopped.borrow() {
                    break;
                }
                continue;
            }
            // A full worker has no use for what is due: it waits for a run to end.
            let due = if is_full { None } else { self.next_due().await };
            if due.is_none() && under_way.is_empty() && !self.config.run_forever {
                // What its last claim left behind may be for the reaper.
                self.upkeep().await;
                break;
            }
            let wait = due.map_or(self.config.poll, |due| due.clamp(LEAST, self.config.poll));
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => break,
                () = arrival, if !is_full => {}
                _ = under_way.join_next(), if !under_way.is_empty() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        leave.send_replace(*stopped.borrow());
        while under_way.join_next().await.is_some() {}
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
            Err(_) => Some(self.config.poll),
        }
    }

    async fn upkeep(&self) {
        for done in [self.reap().await, self.grant_months().await] {
            let Err(error) = done else { continue };
            tracing::warn!(error = &error as &dyn std::error::Error, "upkeep failed; it is tried again");
        }
    }

    /// Ends what no worker can.
    async fn reap(&self) -> Result<()> {
        for run in self.services.store.reap(&self.system).await?.ended {
            tracing::warn!(run = %run.id, function = run.function, state = %run.state, "run was given up");
            self.services.signals.run_changed(run.id);
            bought::forget(&self.services, &run).await;
        }
        Ok(())
    }

    /// Grants this month's credits to accounts that have not had them.
    async fn grant_months(&self) -> Result<()> {
        const AT_ONCE: u32 = 100;
        let month = crate::credits::month_key(self.services.clock.as_ref());
        let key = crate::credits::grant_key(&month);
        for account in self.services.store.accounts_without_posting(&self.system, &key, AT_ONCE).await? {
            let scope = bot_scope(account);
            self.igny8.credits(&scope).grant_month().await?;
        }
        Ok(())
    }

    /// Executes one claimed run while keeping its lease, until it ends, is cancelled, is lost, or the worker stops.
    async fn carry_out(self, run: Run, mut leaving: watch::Receiver<bool>) {
        let scope = bot_scope(run.tenant.account());
        let engine = Engine::new(&self.services, &scope, &run);
        let mut changes = self.services.signals.changes();
        enum Next {
            Ended(Result<Ended>),
            Stop,
            Beat(Heartbeat),
        }
        let next = {
            let work = guarded(&engine, engine.execute());
            let mut renewal =
                tokio::time::interval_at(Instant::now() + self.config.heartbeat, self.config.heartbeat);
            renewal.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let stop = async {
                if leaving.wait_for(|stop| *stop).await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(self.config.grace).await;
            };
            let keep = async {
                loop {
                    tokio::select! {
                        _ = renewal.tick() => {}
                        () = changes.of(run.id) => {}
                    }
                    match self
                        .services
                        .store
                        .heartbeat(&self.system, run.id, run.epoch, self.config.lease)
                        .await
                    {
                        Ok(Heartbeat::Held) => {}
                        Ok(other) => break other,
                        Err(error) => {
                            tracing::warn!(run = %run.id, error = &error as &dyn std::error::Error, "could not renew a lease");
                        }
                    }
                }
            };
            tokio::select! {
                ended = work => Next::Ended(ended),
                () = stop => Next::Stop,
                beat = keep => Next::Beat(beat),
            }
        };
        let outcome = match next {
            Next::Ended(ended) => ended,
            Next::Stop => engine.give_back(LEAVING).await,
            Next::Beat(Heartbeat::CancelRequested) => guarded(&engine, engine.revoke()).await,
            Next::Beat(_) => Ok(Ended::Lost),
        };
        match outcome {
            Ok(Ended::Finished(finished)) => {
                tracing::info!(run = %run.id, function = run.function, state = %finished.state, "run finished");
            }
            Ok(Ended::Returned(wait)) => {
                tracing::info!(run = %run.id, function = run.function, ?wait, "run is given back");
            }
            Ok(Ended::Lost) | Err(Error::LeaseLost) => {
                tracing::warn!(run = %run.id, "run was taken over by another worker");
            }
            Err(error) => {
                tracing::error!(run = %run.id, error = &error as &dyn std::error::Error, "run is left to its lease");
            }
        }
        self.services.signals.run_changed(run.id);
    }
}

/// A worker that leaves gives its runs back as if it had not come.
const LEAVING: GiveBack = GiveBack { delay: Duration::ZERO, failure: None, counted: false };

/// Ends the run when what works on it panics, be it a function or a hook of the host's: left alone it would keep its lease
/// and its credits until the reaper came, and panic again.
async fn guarded(engine: &Engine<'_>, work: impl Future<Output = Result<Ended>>) -> Result<Ended> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(ended) => ended,
        Err(_) => engine.abandon().await,
    }
}
