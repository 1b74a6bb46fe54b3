//! One follower for each run that somebody listens to: a change is read and written as JSON once, however many hear of it.
//! Who may listen is asked of the store before each stream begins; what a run tells is the same for all who may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use igny8_core::Igny8;
use igny8_core::ids::{AccountId, RunId};
use igny8_core::runs::Run;
use igny8_core::tenancy::TenantScope;
use serde_json::Value;
use tokio::sync::watch;

use super::task_progress::TaskProgress;

/// The runs that somebody listens to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Following(Arc<Mutex<HashMap<Followed, watch::Sender<Option<Told>>>>>);

/// A run of an account.
type Followed = (AccountId, RunId);

/// What listeners are told of one version of a run.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The progress' version.
    pub(super) version: u64,
    /// Whether it is the last.
    pub(super) finished: bool,
    /// The progress as JSON.
    pub(super) data: Arc<str>,
}

impl From<Run> for Told {
    fn from(run: Run) -> Self {
        let (version, finished) = (run.progress.version, run.state.is_finished());
        let data = serde_json::to_string(&TaskProgress::from(run)).unwrap_or_default();
        Self { version, finished, data: data.into() }
    }
}

impl Following {
    /// What is told of the run from now on. The caller has made sure that the scope may read it.
    pub(super) fn listen(
        &self,
        igny8: &Igny8,
        scope: &TenantScope,
        run: RunId,
    ) -> watch::Receiver<Option<Told>> {
        let key = (scope.account(), run);
        let mut followed = self.lock();
        if let Some(teller) = followed.get(&key) {
            return teller.subscribe();
        }
        let (teller, told) = watch::channel(None);
        followed.insert(key, teller.clone());
        let following = self.clone();
        let mut updates = igny8.follow::<Value>(scope, run).progress();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    update = updates.next_run() => match update {
                        Ok(Some(run)) => drop(teller.send_replace(Some(run.into()))),
                        Ok(None) => break,
                        Err(error) => {
                            // Listeners come back with the last version they have.
                            tracing::warn!(%error, "following a run's progress broke off");
                            break;
                        }
                    },
                    () = teller.closed() => {
                        let mut followed = following.lock();
                        // Somebody may have begun to listen at this moment.
                        if teller.receiver_count() == 0 {
                            followed.remove(&key);
                            return;
                        }
                    }
                }
            }
            following.lock().remove(&key);
        });
        told
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Followed, watch::Sender<Option<Told>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
