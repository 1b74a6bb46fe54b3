//! A worker that is lost in the middle of its work: it lives in a runtime of its own, which is torn down like a process
//! that was killed. Nothing of it says goodbye, so only its lease tells that it is gone.

use std::future::Future;
use std::time::Duration;

use igny8_core::Igny8;
use igny8_core::runs::WorkerConfig;
use tokio::runtime::{Builder, Runtime};

/// A worker to lose.
#[derive(Debug)]
pub struct LostWorker(Option<Runtime>);

impl LostWorker {
    /// Starts a worker in a runtime of its own. The SDK is made there too, so that connections of the two do not mix.
    pub async fn start<F>(config: WorkerConfig, assemble: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Igny8> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let started = runtime.spawn(async move {
            let igny8 = assemble().await;
            // Dropping a worker's handle tells it to stop, which a killed process is not told.
            std::mem::forget(igny8.spawn_worker(config));
        });
        started.await.unwrap();
        Self(Some(runtime))
    }

    /// Takes the ground from under it and returns once nothing of it runs any more.
    pub async fn lose(mut self) {
        let runtime = self.0.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(30))).await.unwrap();
    }
}

impl Drop for LostWorker {
    fn drop(&mut self) {
        // A test that failed before it lost its worker must not hang on it.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
