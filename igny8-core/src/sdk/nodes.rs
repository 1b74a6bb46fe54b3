//! What a process that works or follows runs shares with others: news, and the patience of providers.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::Builder;
use crate::error::{Error, Result};
use crate::functions::ProviderLimits;
use crate::ports::Notifier;
use crate::runs::Signals;

/// Shorter waits would be no waits.
const LEAST_POLL: Duration = Duration::from_millis(5);

/// The host's choices.
#[derive(Default)]
pub(super) struct NodeChoices {
    limits: ProviderLimits,
    notifier: Option<Arc<dyn Notifier>>,
    follow_poll: Option<Duration>,
}

/// What has been chosen.
pub(crate) struct Nodes {
    pub(crate) limits: ProviderLimits,
    pub(crate) follow_poll: Duration,
}

impl NodeChoices {
    /// # Errors
    /// [`Error::Configuration`] for a limit on a provider that no model is of.
    pub(super) fn settled(self, providers: &[String]) -> Result<(Nodes, Signals)> {
        if let Some(unknown) = self.limits.providers().find(|limited| !providers.contains(limited)) {
            let known = providers.join("`, `");
            return Err(Error::Configuration(format!(
                "there is a limit for the provider `{unknown}`, and the models are of `{known}`"
            )));
        }
        let usual = match self.notifier {
            Some(_) => Duration::from_secs(1),
            None => Duration::from_millis(200),
        };
        let follow_poll = self.follow_poll.unwrap_or(usual).max(LEAST_POLL);
        let signals = self.notifier.map_or_else(Signals::default, Signals::through);
        Ok((Nodes { limits: self.limits, follow_poll }, signals))
    }
}

impl Builder {
    /// How many calls to one provider (`openai`, as its models name it) this process may have under way at once, over all
    /// accounts and functions; without a limit as many as runs ask for. Several processes have it each: give each its share
    /// of what the provider allows. A run that waits for its call keeps its worker's place, so let the concurrency exceed
    /// what one provider takes where others have work too.
    #[must_use]
    pub fn provider_limit(mut self, provider: impl Into<String>, calls: NonZeroUsize) -> Self {
        self.nodes.limits.set(provider.into(), calls);
        self
    }

    /// What carries wake-ups, cancellations and progress to other processes; without it they poll. It is used from the first
    /// start, cancellation, follow-up or worker on, as tasks of the tokio runtime that this happens on.
    #[must_use]
    pub fn notifier(mut self, notifier: impl Notifier) -> Self {
        self.nodes.notifier = Some(Arc::new(notifier));
        self
    }

    /// How long whoever follows a run waits for news of it before looking in the store; a second with a notifier and 200 ms
    /// without one unless set.
    #[must_use]
    pub fn follow_poll(mut self, poll: Duration) -> Self {
        self.nodes.follow_poll = Some(poll);
        self
    }
}
