//! When one call is tried again on the spot, and how long a provider asks to be left alone.
//! Only short waits happen here; longer ones go back to the run, which keeps them in the store.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How often and how patiently one call is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRetry {
    /// How often at most, after the first try.
    pub max_retries: u32,
    /// The wait before the first retry; it doubles from there. A provider's own wish goes first.
    pub base: Duration,
    /// The most time a call may spend waiting in all. A longer wait ends the call with its error instead.
    pub max_wait: Duration,
}

impl Default for CallRetry {
    fn default() -> Self {
        Self { max_retries: 2, base: Duration::from_millis(500), max_wait: Duration::from_secs(10) }
    }
}

impl CallRetry {
    /// Never tries again.
    #[must_use]
    pub const fn none() -> Self {
        Self { max_retries: 0, base: Duration::ZERO, max_wait: Duration::ZERO }
    }

    /// How long to wait before retry number `retry` (from 0), when `waited` has gone into waiting already;
    /// `None` when the call should end instead.
    #[must_use]
    pub fn next_wait(&self, retry: u32, waited: Duration, asked: Option<Duration>) -> Option<Duration> {
        if retry >= self.max_retries {
            return None;
        }
        let wait = asked.unwrap_or_else(|| spread(self.base.saturating_mul(1 << retry.min(16))));
        (waited.saturating_add(wait) <= self.max_wait).then_some(wait)
    }
}

/// Adds up to a quarter, so that calls that failed together do not come back together.
fn spread(wait: Duration) -> Duration {
    // Every RandomState is seeded afresh: enough chance for jitter, without a generator of our own.
    let chance = RandomState::new().build_hasher().finish() % 256;
    wait + wait / 1024 * u32::try_from(chance).unwrap_or_default()
}

/// Nobody is left alone for longer than this, whatever a header says.
const MOST_PATIENT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the answer's headers ask to be left alone: `Retry-After`, else, when `limited`, the rate limit's reset.
pub(crate) fn asked_wait(headers: &HeaderMap, limited: bool, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    // The server's own clock, where it tells it: ours may be wrong, and dates in its headers are by its clock.
    let now = text(DATE.as_str()).and_then(http_date).unwrap_or(now);
    let asked = text("retry-after-ms")
        .and_then(|value| seconds(value).map(|ms| ms / 1000))
        .or_else(|| text(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now)));
    if asked.is_some() || !limited {
        return asked.map(|wait| wait.min(MOST_PATIENT));
    }
    let resets = ["-requests", "-tokens", ""].map(|what| {
        let reset = text(&format!("x-ratelimit-reset{what}")).and_then(|value| reset(value, now));
        let left = text(&format!("x-ratelimit-remaining{what}")).and_then(|value| value.parse::<u64>().ok());
        (reset, left)
    });
    // What is used up decides; when nothing says what is, the longest reset is the safe one.
    let used_up = resets.iter().filter(|(_, left)| *left == Some(0)).filter_map(|(reset, _)| *reset).max();
    let unknown = resets.iter().filter(|(_, left)| left.is_none()).filter_map(|(reset, _)| *reset).max();
    used_up.or(unknown).map(|wait| wait.min(MOST_PATIENT))
}

fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    seconds(value).or_else(|| until(http_date(value)?, now))
}

/// A reset: `12ms`, `6m0s`, seconds, or an instant as seconds or milliseconds since 1970.
fn reset(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let Some(number) = value.parse::<f64>().ok().filter(|number| number.is_finite()) else {
        return units(value).or_else(|| until(DateTime::parse_from_rfc3339(value).ok()?.to_utc(), now));
    };
    if number < 1e9 {
        return seconds(value);
    }
    let millis = if number < 1e12 { number * 1000.0 } else { number };
    until(DateTime::from_timestamp_millis(millis as i64)?, now)
}

fn until(instant: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    // An instant that has passed asks for no wait at all.
    Some((instant - now).to_std().unwrap_or_default())
}

fn http_date(value: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(value).ok().map(|date| date.to_utc())
}

fn seconds(value: &str) -> Option<Duration> {
    let seconds = value.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Durations such as `1h2m3.5s` and `12ms`.
fn units(value: &str) -> Option<Duration> {
    let mut rest = value;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let length = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        let number = number.parse::<f64>().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * length).ok()?)?;
        rest = tail;
    }
    (!value.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = "2026-01-05T10:00:00Z".parse().unwrap();
        asked_wait(&headers, true, now)
    }

    #[test]
    fn every_form_of_asking_for_time_is_understood() {
        let s = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(wait(&[("retry-after", "7")]), s(7));
        assert_eq!(wait(&[("retry-after", "Mon, 05 Jan 2026 10:00:30 GMT")]), s(30));
        assert_eq!(wait(&[("retry-after", "Mon, 05 Jan 2026 09:00:00 GMT")]), s(0));
        let dated =
            [("date", "Mon, 05 Jan 2026 08:00:00 GMT"), ("retry-after", "Mon, 05 Jan 2026 08:00:09 GMT")];
        assert_eq!(wait(&dated), s(9), "the server's clock counts");
        assert_eq!(wait(&[("retry-after-ms", "1500")]), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&[("x-ratelimit-reset-requests", "6m0s")]), s(360));
        assert_eq!(wait(&[("x-ratelimit-reset-tokens", "12ms")]), Some(Duration::from_millis(12)));
        assert_eq!(wait(&[("x-ratelimit-reset", "1767607205000")]), s(5));
        assert_eq!(wait(&[("x-ratelimit-reset", "1767607205")]), s(5));
        let used_up = [
            ("x-ratelimit-reset-requests", "1h"),
            ("x-ratelimit-remaining-requests", "90"),
            ("x-ratelimit-reset-tokens", "3s"),
            ("x-ratelimit-remaining-tokens", "0"),
        ];
        assert_eq!(wait(&used_up), s(3));
        assert_eq!(wait(&[("retry-after", "99999999999")]), Some(MOST_PATIENT));
        for nonsense in ["soon", "-3", "NaN", "5x", "1e400"] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }

    #[test]
    fn waits_double_and_end_with_the_policy() {
        let policy = CallRetry::default();
        let first = policy.next_wait(0, Duration::ZERO, None).unwrap();
        let second = policy.next_wait(1, first, None).unwrap();
        assert!((500..=625).contains(&first.as_millis()) && second.as_millis() >= 1_000);
        assert_eq!(policy.next_wait(2, Duration::ZERO, None), None);
        assert_eq!(policy.next_wait(0, Duration::ZERO, Some(Duration::from_secs(11))), None);
        assert_eq!(CallRetry::none().next_wait(0, Duration::ZERO, None), None);
    }
}
