//! The durable job table, as a tenant sees it and as workers do.

use std::time::Duration;

use super::port;
use crate::error::Result;
use crate::ids::RunId;
use crate::paging::Paged;
use crate::runs::{
    Claim, Enqueued, Finish, GiveBack, Heartbeat, ItemCommit, NewRun, PlannedItem, Progress, ProviderCall,
    Pruned, QueueCount, Reaped, Retention, Run, RunItem, RunQuery, StoredAnswer,
};
use crate::tenancy::{SystemScope, TenantScope};

port! {
    /// Runs of the account. Methods that take an epoch are a worker's: they touch nothing and answer `LeaseLost` when the run is
    /// finished or its epoch is another.
    pub trait Runs {
        /// Holds the credits, queues the tasks that wait for it, and writes the run, in one commit. The same idempotency key, function and input again answers with the first run.
        /// Errors: `InsufficientCredits`; `PlanLimit` (requests, words, images) counting what unfinished runs announced; `NotFound` for the site;
        /// `Conflict` when the key was used for another function or input, or an unfinished run of the function has one of its subjects.
        async fn enqueue(&self, scope: &TenantScope, run: NewRun) -> Result<Enqueued>;
        /// A run. Errors: `NotFound`.
        async fn get_run(&self, scope: &TenantScope, id: RunId) -> Result<Run>;
        /// The run that was started under this idempotency key.
        async fn run_by_key(&self, scope: &TenantScope, idempotency_key: &str) -> Result<Option<Run>>;
        /// Runs by filter, order and page; those of sites out of reach are left out.
        async fn list_runs(&self, scope: &TenantScope, query: &RunQuery) -> Result<Paged<Run>>;
        /// Asks a run to stop. One that no worker has is `revoked`, its pending items failed (`cancelled`) and its credits released (or settled to
        /// its committed items) in the same commit; a finished one stays as it is. Errors: `NotFound`.
        async fn cancel_run(&self, scope: &TenantScope, id: RunId) -> Result<Run>;
        /// The items of a run, by position. Errors: `NotFound`.
        async fn run_items(&self, scope: &TenantScope, id: RunId) -> Result<Vec<RunItem>>;
        /// Every provider call of a run, oldest first. Errors: `NotFound`.
        async fn provider_calls(&self, scope: &TenantScope, id: RunId) -> Result<Vec<ProviderCall>>;
        /// Writes the items the function planned, once a run: when it has items they stay, and are answered. Tasks that wait for the run are
        /// `in_progress` from then on.
        async fn plan_items(&self, scope: &TenantScope, id: RunId, epoch: u64, items: Vec<PlannedItem>) -> Result<Vec<RunItem>>;
        /// Writes how far the run is.
        async fn save_progress(&self, scope: &TenantScope, id: RunId, epoch: u64, progress: &Progress) -> Result<()>;
        /// Records a provider call that is about to be made, as `started`, and counts it against the plan's requests.
        async fn begin_call(&self, scope: &TenantScope, id: RunId, epoch: u64, call: ProviderCall) -> Result<()>;
        /// Completes the record of a call, once, whoever has the run by now, and keeps the answer it got, in one commit. Errors: `NotFound` for the
        /// run or the call; `LeaseLost` when the run is not held under this epoch (any more): the record is completed all the same, the answer is not kept.
        async fn end_call(&self, scope: &TenantScope, id: RunId, epoch: u64, call: ProviderCall, answer: Option<StoredAnswer>) -> Result<()>;
        /// The answer kept under this key; `None` when there is none (any more). Errors: `NotFound` for the run.
        async fn stored_answer(&self, scope: &TenantScope, id: RunId, key: &str) -> Result<Option<StoredAnswer>>;
        /// Ends one item: its rows, its charge-to-be and the progress, in one commit. An item that has ended stays as it is. One to be tried again
        /// stays pending with its failure, and one more attempt at it is counted.
        /// Errors: `LeaseLost`; `PlanLimit` (clusters, content ideas); `Conflict` or `NotFound` when a change does not fit the rows: then
        /// nothing is written.
        async fn commit_item(&self, scope: &TenantScope, id: RunId, epoch: u64, item: ItemCommit) -> Result<()>;
        /// Ends the run: settles the sum of its items' charges (at most what is held; 0 releases), writes the usage entry with the dollars of its
        /// calls, drops its stored answers, gives waiting tasks their old status back, and sets the final state, in one commit.
        async fn finish_run(&self, scope: &TenantScope, id: RunId, epoch: u64, finish: Finish) -> Result<Run>;
        /// Gives the run back to be tried again: state `retry` with its failure, or `pending` without one. A run that somebody asked to stop is
        /// ended as `revoked` instead. Answers with the run as it is now.
        async fn return_run(&self, scope: &TenantScope, id: RunId, epoch: u64, back: GiveBack) -> Result<Run>;
    }
}

port! {
    /// The queue, across tenants. Leases run on the store's clock.
    pub trait RunQueue {
        /// Takes a due run of a writable account (active, trial): state `progress`, epoch and attempts raised, lease set. Accounts take turns: the one that was served longest ago
        /// goes first, and within it priority, then age. A run whose lease ran out is due when attempts are left; so, where the store can
        /// tell, is one whose worker's process is gone; such a run's error says `lease_expired` from then on. Accounts at the claim's limit are
        /// passed over. Claims at the same moment do not pass the limit together either, so one may find nothing while another is taking.
        async fn claim(&self, system: &SystemScope, claim: &Claim) -> Result<Option<Run>>;
        /// Renews the lease of a run held under this epoch.
        async fn heartbeat(&self, system: &SystemScope, id: RunId, epoch: u64, lease: Duration) -> Result<Heartbeat>;
        /// Ends runs that no worker can: out of attempts with the lease run out (`failure`, code `attempts_exhausted`, settled to their committed
        /// items) or cancelled without a live worker (`revoked`), their pending items failing with them; gives reservations of the host's own back past their expiry.
        async fn reap(&self, system: &SystemScope) -> Result<Reaped>;
        /// How long until the next run of these functions is due for a claim under this limit, be it that it waits or that its lease may run
        /// out; zero when one is due now, `None` when there is none. What the limit holds back is due when a lease of its account's may
        /// run out.
        async fn next_due(&self, system: &SystemScope, functions: &[String], per_account: Option<u32>) -> Result<Option<Duration>>;
        /// How many unfinished runs there are by function and state, and how long the oldest has been due.
        async fn census(&self, system: &SystemScope) -> Result<Vec<QueueCount>>;
        /// Removes finished runs, raw answers and messages of webhooks that are older than they are to be kept, and sessions' tokens and idempotency keys past
        /// their own time, a bounded number of them. The ledger and what runs produced stay.
        async fn prune(&self, system: &SystemScope, retention: Retention) -> Result<Pruned>;
    }
}
