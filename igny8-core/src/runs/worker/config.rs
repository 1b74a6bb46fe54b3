//! How a worker works: how much at once, how long its leases last, how often it looks.

use std::time::Duration;

use crate::runs::Retention;

/// How a worker works. The defaults suit one process beside a web server.
///
/// Every duration but `grace` is taken as at least 5 ms, and as a year at the most: shorter ones would keep a processor busy
/// with nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How many runs it has under way at once; at least 1.
    pub concurrency: usize,
    /// How many runs one account may have under way at once over all workers that are told the same, whatever their
    /// machine; no limit unless set. At least 1. Accounts take turns at claims: where runs are long, a limit below all
    /// workers' concurrency keeps one account from having every place when another's first run comes.
    pub per_account: Option<u32>,
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// How often it renews its leases; at least three times while one lasts, whatever is asked for.
    pub heartbeat: Duration,
    /// How long it waits at the most before it looks for work again.
    pub poll: Duration,
    /// How often it reaps and looks for monthly grants that are due.
    pub upkeep: Duration,
    /// How long runs under way may go on after a stop before they are given back.
    pub grace: Duration,
    /// How often it counts the queue for the gauges of [`telemetry`](crate::telemetry).
    pub census: Duration,
    /// How long finished runs and providers' raw answers are kept.
    pub retention: Retention,
    /// Whether it goes on when the queue is empty; if not, it stops by itself once nothing is left to do.
    pub run_forever: bool,
}

/// Shorter waits would be no waits.
pub(super) const LEAST: Duration = Duration::from_millis(5);
/// Longer ones would pass the end of the clock.
const MOST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl WorkerConfig {
    /// The same with values that a worker can work by.
    pub(super) fn bounded(self) -> Self {
        let within = |wait: Duration| wait.clamp(LEAST, MOST);
        let lease = within(self.lease);
        Self {
            concurrency: self.concurrency.max(1),
            per_account: self.per_account.map(|most| most.max(1)),
            lease,
            heartbeat: within(self.heartbeat.min(lease / 3)),
            poll: within(self.poll),
            upkeep: within(self.upkeep),
            census: within(self.census),
            retention: self.retention,
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
            census: Duration::from_secs(30),
            retention: Retention::default(),
            grace: Duration::from_secs(10),
            run_forever: true,
        }
    }
}
