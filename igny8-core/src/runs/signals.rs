//! Wake-ups within one process: a new run, a cancellation. Lost ones cost a poll, never a run: the table is the truth.

#[cfg(feature = "worker")]
use tokio::sync::{Notify, broadcast};

use crate::ids::RunId;

/// How many changes may wait for a slow listener before it misses some and polls.
#[cfg(feature = "worker")]
const WAITING_CHANGES: usize = 1_024;

/// Tells workers and waiters of one process what has just happened. Without the feature `worker` nobody listens.
#[derive(Debug)]
#[cfg_attr(not(feature = "worker"), derive(Default))]
pub(crate) struct Signals {
    #[cfg(feature = "worker")]
    work: Notify,
    #[cfg(feature = "worker")]
    changes: broadcast::Sender<RunId>,
}

#[cfg(feature = "worker")]
impl Default for Signals {
    fn default() -> Self {
        Self { work: Notify::new(), changes: broadcast::Sender::new(WAITING_CHANGES) }
    }
}

impl Signals {
    /// There is work to claim.
    pub(crate) fn work_arrived(&self) {
        #[cfg(feature = "worker")]
        self.work.notify_waiters();
    }

    /// Something about this run has changed: its progress, its state, a wish to cancel it.
    pub(crate) fn run_changed(&self, run: RunId) {
        #[cfg(feature = "worker")]
        drop(self.changes.send(run));
        #[cfg(not(feature = "worker"))]
        let _ = run;
    }

    /// Resolves when work arrives after the future was enabled.
    #[cfg(feature = "worker")]
    pub(crate) fn work(&self) -> tokio::sync::futures::Notified<'_> {
        self.work.notified()
    }

    /// Listens to changes of runs from now on.
    #[cfg(feature = "worker")]
    pub(crate) fn changes(&self) -> RunChanges {
        RunChanges(self.changes.subscribe())
    }
}

/// A listener to changes of runs.
#[cfg(feature = "worker")]
#[derive(Debug)]
pub(crate) struct RunChanges(broadcast::Receiver<RunId>);

#[cfg(feature = "worker")]
impl RunChanges {
    /// Waits until this run has changed, or some changes were missed.
    pub(crate) async fn of(&mut self, run: RunId) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed != run => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
