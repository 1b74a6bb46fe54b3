//! Wake-ups: a new run, a change, a wish to cancel. Within the process at once; to others through the host's notifier, if it
//! has one. Lost ones cost a poll, never a run: the table is the truth.

#[cfg(feature = "worker")]
use std::sync::Arc;

#[cfg(feature = "worker")]
use tokio::sync::{Notify, broadcast};

#[cfg(feature = "worker")]
use super::bridge::Bridge;
use crate::ids::RunId;
use crate::ports::Notice;
#[cfg(feature = "worker")]
use crate::ports::Notifier;

/// How many changes may wait for a slow listener before it misses some and polls.
#[cfg(feature = "worker")]
const WAITING_CHANGES: usize = 1_024;

/// Tells workers and waiters what has just happened. Without the feature `worker` nobody listens.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    #[cfg(feature = "worker")]
    local: Arc<Local>,
    #[cfg(feature = "worker")]
    bridge: Option<Bridge>,
}

impl Signals {
    /// Signals that other processes hear of too.
    #[cfg(feature = "worker")]
    pub(crate) fn through(notifier: Arc<dyn Notifier>) -> Self {
        let local = Arc::new(Local::default());
        Self { bridge: Some(Bridge::new(notifier, Arc::clone(&local))), local }
    }

    /// There is work to claim.
    pub(crate) fn work_arrived(&self) {
        self.tell(Notice::WorkArrived);
    }

    /// The run's state or progress is another.
    pub(crate) fn run_changed(&self, run: RunId) {
        self.tell(Notice::RunChanged(run));
    }

    /// Somebody asked the run to stop.
    pub(crate) fn cancel_requested(&self, run: RunId) {
        self.tell(Notice::CancelRequested(run));
    }

    fn tell(&self, notice: Notice) {
        #[cfg(feature = "worker")]
        {
            self.local.hear(notice);
            if let Some(bridge) = &self.bridge {
                bridge.send(notice);
            }
        }
        #[cfg(not(feature = "worker"))]
        let _ = notice;
    }

    /// Resolves when work arrives after the future was enabled.
    #[cfg(feature = "worker")]
    pub(crate) fn work(&self) -> tokio::sync::futures::Notified<'_> {
        self.listen();
        self.local.work.notified()
    }

    /// Listens to changes of runs from now on.
    #[cfg(feature = "worker")]
    pub(crate) fn changes(&self) -> RunChanges {
        self.listen();
        RunChanges(self.local.changes.subscribe())
    }

    #[cfg(feature = "worker")]
    fn listen(&self) {
        if let Some(bridge) = &self.bridge {
            bridge.start();
        }
    }
}

/// Those who listen within this process.
#[cfg(feature = "worker")]
#[derive(Debug)]
pub(super) struct Local {
    work: Notify,
    changes: broadcast::Sender<Change>,
}

#[cfg(feature = "worker")]
impl Default for Local {
    fn default() -> Self {
        Self { work: Notify::new(), changes: broadcast::Sender::new(WAITING_CHANGES) }
    }
}

#[cfg(feature = "worker")]
impl Local {
    /// Hands news on to whoever waits for it.
    pub(super) fn hear(&self, notice: Notice) {
        let change = match notice {
            Notice::WorkArrived => return self.work.notify_waiters(),
            Notice::RunChanged(run) => Change::Changed(run),
            Notice::CancelRequested(run) => Change::Cancel(run),
            Notice::Missed => {
                self.work.notify_waiters();
                Change::Any
            }
        };
        // Nobody may be listening.
        drop(self.changes.send(change));
    }
}

/// What may have happened to a run.
#[cfg(feature = "worker")]
#[derive(Clone, Copy, Debug)]
enum Change {
    Changed(RunId),
    Cancel(RunId),
    /// Anything to any.
    Any,
}

/// A listener to changes of runs.
#[cfg(feature = "worker")]
#[derive(Debug)]
pub(crate) struct RunChanges(broadcast::Receiver<Change>);

#[cfg(feature = "worker")]
impl RunChanges {
    /// Waits until this run has changed, or some changes were missed.
    pub(crate) async fn of(&mut self, run: RunId) {
        self.heard(|change| match change {
            Change::Changed(changed) | Change::Cancel(changed) => changed == run,
            Change::Any => true,
        })
        .await;
    }

    /// Waits until somebody asked this run to stop, or some changes were missed.
    pub(crate) async fn cancel_of(&mut self, run: RunId) {
        self.heard(|change| match change {
            Change::Changed(_) => false,
            Change::Cancel(cancelled) => cancelled == run,
            Change::Any => true,
        })
        .await;
    }

    async fn heard(&mut self, concerns: impl Fn(Change) -> bool) {
        loop {
            match self.0.recv().await {
                Ok(change) if !concerns(change) => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
