//! What workers and the queue say to each other: claims, heartbeats and what the reaper found.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Run, RunState};

/// Who holds a lease: unique for every worker ever started.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(String);

impl WorkerId {
    /// A fresh identity.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "an identity made by Default would hide that it is new")]
    pub fn new() -> Self {
        Self(format!("worker-{}", Uuid::now_v7().simple()))
    }

    /// The identity as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A worker's question for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub worker: WorkerId,
    /// How long the lease lasts without a heartbeat.
    pub lease: Duration,
    /// The functions the worker knows; others are left to workers that know them.
    pub functions: Vec<String>,
    /// How many runs one account may have under way at once, whoever works on them: those under a lease that has not run
    /// out. An account that has so many is passed over. Holds among workers that ask with the same limit.
    pub per_account: Option<u32>,
}

/// The answer to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    /// The lease is renewed.
    Held,
    /// The lease is renewed, and somebody asked the run to stop.
    CancelRequested,
    /// The run is somebody else's now, or finished.
    Lost,
}

/// What one round of the reaper did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reaped {
    /// Runs whose lease had run out and that may be tried again.
    pub returned: u64,
    /// Runs that it ended, settled to their committed items: a `failure` had used up its attempts, a `revoked` one was
    /// cancelled and no worker could carry that out any more.
    pub ended: Vec<Run>,
    /// Reservations of the host's own past their expiry, given back.
    pub expired_reservations: u64,
}

/// How long rows stay that nothing needs any more. `None` keeps them for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Finished runs with their items, progress and provider calls, from their end; 90 days unless set. What they produced
    /// and what they cost stays: rows of the pipeline, ledger and usage entries. Only an idempotency key is free again.
    pub finished_runs: Option<Duration>,
    /// Providers' raw answers that unfinished runs have bought, from when they came; 30 days unless set. Those of a run that
    /// ends go with its end. A run that goes on afterwards buys anew.
    pub answers: Option<Duration>,
    /// Messages of webhooks, from when they were told or given up; 30 days unless set.
    pub deliveries: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            finished_runs: Some(Duration::from_secs(90 * DAY)),
            answers: Some(Duration::from_secs(30 * DAY)),
            deliveries: Some(Duration::from_secs(30 * DAY)),
        }
    }
}

/// What one look for old rows removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Finished runs.
    pub runs: u64,
    /// Raw answers of unfinished runs.
    pub answers: u64,
    /// Sessions' tokens past their time.
    pub sessions: u64,
    /// Idempotency keys past their time, with the answers kept under them.
    pub idempotency_keys: u64,
    /// Messages of webhooks that were told or given up.
    pub deliveries: u64,
    /// Whether there is more of it: a look removes so much and no more, so that it keeps nobody waiting.
    pub more: bool,
}

/// How many unfinished runs of one function are in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    /// The function.
    pub function: String,
    /// Pending, progress or retry.
    pub state: RunState,
    /// How many.
    pub runs: u64,
    /// For how long the oldest of them has been due for a claim; `None` where none is, such as where their accounts may not
    /// work.
    pub oldest_due: Option<Duration>,
}
