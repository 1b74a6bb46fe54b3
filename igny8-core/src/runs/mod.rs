//! Runs: durable, metered, cancellable executions of AI functions, one table that is queue and progress at once.
//! This room is pure but for the run loop, which stands behind the feature `worker`.

#[cfg(feature = "worker")]
mod bridge;
mod changeset;
mod progress;
mod queue;
mod retry;
mod run;
mod signals;
#[cfg(feature = "worker")]
mod worker;

pub use changeset::{Change, Changeset};
pub use progress::{Phase, Progress, Step, StepStatus};
pub use queue::{Claim, Heartbeat, Pruned, QueueCount, Reaped, Retention, WorkerId};
pub use retry::RetryPolicy;
pub use run::{
    Announced, CallOutcome, Enqueued, Finish, GiveBack, ItemCommit, ItemOutcome, ItemState, NewRun,
    PlannedItem, ProviderCall, Run, RunField, RunFilter, RunItem, RunQuery, RunState, StoredAnswer,
    UsageTotals,
};
#[cfg(feature = "worker")]
pub(crate) use signals::RunChanges;
pub(crate) use signals::Signals;
#[cfg(feature = "worker")]
pub use worker::{WorkerConfig, WorkerHandle};
