//! A clock that stands still until it is moved, so that holds and leases end when the model says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::ports::Clock;

/// Seconds since some moment of 2026. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs() as i64, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_773_144_000 + self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}
