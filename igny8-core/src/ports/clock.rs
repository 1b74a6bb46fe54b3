//! The time of day, as a port: tests move it, hosts leave it alone.

use chrono::{DateTime, Utc};

/// A clock for decisions of the calendar (which month's grant is due). Leases run on the store's own clock.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
