//! Between this process's signals and the host's notifier: one task sends what happens here, one hears what happens elsewhere.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::signals::Local;
use crate::ports::{Notice, Notifier};

/// How much news may wait to be sent before more is dropped.
const WAITING: usize = 4_096;
/// How many notices are sent at once.
const AT_ONCE: usize = 256;
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Carries signals to other processes and back. Its tasks begin with the first use within a tokio runtime, run on that one,
/// and end with the bridge.
pub(super) struct Bridge {
    notifier: Arc<dyn Notifier>,
    local: Arc<Local>,
    outbox: mpsc::Sender<Notice>,
    tasks: Mutex<Tasks>,
}

struct Tasks {
    /// Until they begin.
    waiting: Option<mpsc::Receiver<Notice>>,
    running: Vec<AbortHandle>,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}

impl Bridge {
    pub(super) fn new(notifier: Arc<dyn Notifier>, local: Arc<Local>) -> Self {
        let (outbox, waiting) = mpsc::channel(WAITING);
        let tasks = Mutex::new(Tasks { waiting: Some(waiting), running: Vec::new() });
        Self { notifier, local, outbox, tasks }
    }

    /// Sends news, later and without waiting. Too much at once is dropped.
    pub(super) fn send(&self, notice: Notice) {
        self.start();
        // Full, or its runtime is gone: others poll.
        let _ = self.outbox.try_send(notice);
    }

    /// Sees to it that the tasks run, if there is a runtime to run them on.
    pub(super) fn start(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.waiting.is_none() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let Some(waiting) = tasks.waiting.take() else { return };
        let sending = runtime.spawn(send(Arc::clone(&self.notifier), waiting));
        let hearing = runtime.spawn(hear(Arc::clone(&self.notifier), Arc::clone(&self.local)));
        tasks.running = vec![sending.abort_handle(), hearing.abort_handle()];
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        for task in &tasks.running {
            task.abort();
        }
    }
}

/// What comes while something is being sent goes with the next, once each.
async fn send(notifier: Arc<dyn Notifier>, mut waiting: mpsc::Receiver<Notice>) {
    let mut news = Vec::with_capacity(AT_ONCE);
    while waiting.recv_many(&mut news, AT_ONCE).await > 0 {
        let distinct: Vec<Notice> = news.drain(..).collect::<BTreeSet<_>>().into_iter().collect();
        if let Err(error) = notifier.publish(&distinct).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "other processes were not told; they will poll"
            );
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn hear(notifier: Arc<dyn Notifier>, local: Arc<Local>) {
    loop {
        match notifier.subscribe().await {
            Ok(mut news) => {
                // What happened before is not heard of any more.
                local.hear(Notice::Missed);
                while let Some(notice) = news.next().await {
                    local.hear(notice);
                }
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "other processes are not heard; polling instead"
                );
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
