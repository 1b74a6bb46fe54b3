//! When a failed run is tried again: exponential backoff with jitter, longer when the provider asks for it.

use std::time::Duration;

use crate::error::Error;
use crate::ids::RunId;

/// How often and how far apart a run is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a run may be tried in all, and each of its items; at least 1.
    pub max_attempts: u32,
    /// The wait after the first attempt.
    pub base: Duration,
    /// The longest wait of our own choosing; a provider's Retry-After may be longer.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 5, base: Duration::from_secs(2), cap: Duration::from_secs(600) }
    }
}

/// The longest Retry-After that is honoured.
const MOST_PATIENT: Duration = Duration::from_secs(24 * 60 * 60);

impl RetryPolicy {
    /// How long to wait before the next attempt, after `attempts` of them ended in `error`.
    ///
    /// Doubles from `base` up to `cap`, plus up to a quarter of jitter that the run's id decides, so that runs that
    /// failed together do not come back together; never shorter than the provider's Retry-After.
    #[must_use]
    pub fn backoff(&self, run: RunId, attempts: u32, error: &Error) -> Duration {
        let doublings = attempts.saturating_sub(1).min(20);
        let plain = self.base.saturating_mul(1 << doublings).min(self.cap);
        let spread = u32::from(run.as_uuid().as_bytes()[15]);
        let jittered = plain + plain / 1024 * spread;
        let asked = error.retry_after().unwrap_or_default().min(MOST_PATIENT);
        jittered.max(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{ProviderError, ProviderErrorKind};

    #[test]
    fn waits_double_to_the_cap_and_honour_retry_after() {
        let policy = RetryPolicy::default();
        let run = RunId::new();
        let error = Error::Provider(ProviderError::new(ProviderErrorKind::Server, "p", "down"));
        let first = policy.backoff(run, 1, &error);
        assert!((2.0..=2.5).contains(&first.as_secs_f64()), "{first:?}");
        assert!(policy.backoff(run, 3, &error) >= Duration::from_secs(8));
        assert!(policy.backoff(run, u32::MAX, &error) <= policy.cap + policy.cap / 4);
        let patient = Error::Provider(
            ProviderError::new(ProviderErrorKind::RateLimit, "p", "slow")
                .retry_after(Duration::from_secs(3_600)),
        );
        assert_eq!(policy.backoff(run, 1, &patient), Duration::from_secs(3_600));
    }
}
