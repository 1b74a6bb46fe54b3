//! How many calls to one provider a process has under way at once.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The host's limits, by provider. Those without one are not held back.
#[derive(Debug, Default)]
pub(crate) struct ProviderLimits(HashMap<String, Semaphore>);

impl ProviderLimits {
    pub(crate) fn set(&mut self, provider: String, calls: NonZeroUsize) {
        self.0.insert(provider, Semaphore::new(calls.get().min(Semaphore::MAX_PERMITS)));
    }

    /// Who has one.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Waits for one of the provider's places, in the order of asking. The place is free again when the permit is dropped.
    pub(crate) async fn enter(&self, provider: &str) -> Option<SemaphorePermit<'_>> {
        // No semaphore here is ever closed.
        self.0.get(provider)?.acquire().await.ok()
    }
}
