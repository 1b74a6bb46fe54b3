//! What came of a fault: how often it was tried, how often everything held, and the evidence where it did not.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;

/// Longer than anything here takes, however busy the machine is: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(400);

/// What came of a fault.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// How often it was made to happen.
    pub tried: u64,
    /// How often everything that must hold held.
    pub held: u64,
    /// What did not hold, each with where and why.
    pub breaches: Vec<String>,
    /// What was counted on the way.
    pub facts: BTreeMap<&'static str, f64>,
}

impl Outcome {
    /// Plays one round. A panic in it is a breach, and so is one that does not come to its end.
    pub async fn attempt<T>(&mut self, what: impl Display, round: impl Future<Output = T>) -> Option<T> {
        self.tried += 1;
        let round = tokio::time::timeout(PATIENCE, AssertUnwindSafe(round).catch_unwind());
        let evidence = match round.await {
            Ok(Ok(answer)) => {
                self.held += 1;
                return Some(answer);
            }
            Ok(Err(panic)) => message(panic.as_ref()),
            Err(_) => "it did not come to its end".to_owned(),
        };
        self.breaches.push(format!("{what}: {evidence}"));
        None
    }

    /// Adds to a count.
    pub fn count(&mut self, fact: &'static str, more: impl TryInto<u32>) {
        *self.facts.entry(fact).or_default() += f64::from(more.try_into().unwrap_or(u32::MAX));
    }

    /// Keeps the greatest of what was measured.
    pub fn greatest(&mut self, fact: &'static str, measured: Duration) {
        let seconds = (measured.as_secs_f64() * 1e3).round() / 1e3;
        let so_far = self.facts.entry(fact).or_default();
        *so_far = so_far.max(seconds);
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
