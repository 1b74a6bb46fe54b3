//! How much one account may ask at once and in a row, and how often anyone may try a password.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
#[cfg(feature = "auth")]
use igny8_core::FieldErrors;
use igny8_core::ids::AccountId;

use crate::{ApiError, HttpConfig};

/// Password tries of one address, in a row and then a minute.
#[cfg(feature = "auth")]
const LOGINS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// How often keys that are as good as new are forgotten, in checks.
const SWEEP: usize = 10_000;

/// The limits of one adapter.
pub(crate) struct Limits {
    requests: DefaultKeyedRateLimiter<AccountId>,
    #[cfg(feature = "auth")]
    logins: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    concurrency: usize,
    working: Arc<Mutex<HashMap<AccountId, usize>>>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

impl Limits {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(config.requests_per_second));
        Self {
            requests: RateLimiter::keyed(quota.allow_burst(at_least_one(config.burst))),
            #[cfg(feature = "auth")]
            logins: RateLimiter::keyed(Quota::per_minute(LOGINS)),
            clock: DefaultClock::default(),
            concurrency: config.concurrency,
            working: Arc::default(),
        }
    }

    /// Lets one more request of the account in.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn admit(&self, account: AccountId) -> Result<Permit, ApiError> {
        if self.requests.len() > SWEEP {
            self.requests.retain_recent();
        }
        self.requests
            .check_key(&account)
            .map_err(|until| ApiError::rate_limited(until.wait_time_from(self.clock.now())))?;
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        let count = working.entry(account).or_default();
        if *count >= self.concurrency {
            return Err(ApiError::rate_limited(Duration::from_secs(1)));
        }
        *count += 1;
        drop(working);
        Ok(Permit { _held: Arc::new(Held { account, working: Arc::clone(&self.working) }) })
    }

    /// Counts one try at a password under this name (an address).
    ///
    /// # Errors
    /// `rate_limited`.
    #[cfg(feature = "auth")]
    pub(crate) fn login(&self, name: &str) -> Result<(), ApiError> {
        if name.len() > 254 {
            return Err(FieldErrors::one("email", "must be at most 254 bytes").into());
        }
        if self.logins.len() > SWEEP {
            self.logins.retain_recent();
        }
        self.logins
            .check_key(&name.trim().to_lowercase())
            .map_err(|until| ApiError::rate_limited(until.wait_time_from(self.clock.now())))
    }
}

/// A request among those of its account that are worked on; gives its place up when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    _held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    account: AccountId,
    working: Arc<Mutex<HashMap<AccountId, usize>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = working.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                working.remove(&self.account);
            }
        }
    }
}
