//! A clock that begins on a set day and is moved ahead by hand, so that leases end, waits are over and months begin when a
//! test says so, and never because of the day it is run on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use igny8_core::ports::Clock;

/// Noon of 10 March 2026, plus the time since it was made, plus what it was moved by. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct MovedClock {
    began: Instant,
    ahead_micros: Arc<AtomicI64>,
}

impl Default for MovedClock {
    fn default() -> Self {
        Self { began: Instant::now(), ahead_micros: Arc::default() }
    }
}

impl MovedClock {
    /// Moves the clock ahead.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_micros.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> DateTime<Utc> {
        let start = NaiveDate::from_ymd_opt(2026, 3, 10).and_then(|day| day.and_hms_opt(12, 0, 0)).unwrap();
        let moved = TimeDelta::microseconds(self.ahead_micros.load(Ordering::SeqCst));
        start.and_utc() + TimeDelta::from_std(self.began.elapsed()).unwrap() + moved
    }
}
