//! Fail points: a program that dies or stops by itself before or after a certain call of its store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use igny8_core::testing::{Moment, Watch};
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

use crate::Chance;

/// What a program does to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// SIGKILL.
    Kill,
    /// SIGSTOP.
    Stop,
}

/// Where a program does it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The call, as `Port::method`.
    pub method: String,
    /// Once it has answered, rather than before it is made.
    pub after: bool,
    /// At which of these calls, from 1.
    pub nth: u32,
    /// What is done.
    pub act: Act,
}

/// Between any two steps of a run, from the claim to the settlement, and around its upkeep.
pub const OF_A_RUN: [(&str, bool); 16] = [
    ("RunQueue::claim", true),
    ("Runs::plan_items", false),
    ("Runs::plan_items", true),
    ("Runs::begin_call", false),
    ("Runs::begin_call", true),
    ("Runs::end_call", false),
    ("Runs::end_call", true),
    ("Runs::commit_item", false),
    ("Runs::commit_item", true),
    ("Runs::finish_run", false),
    ("Runs::finish_run", true),
    ("Runs::save_progress", true),
    ("Runs::stored_answer", true),
    ("RunQueue::heartbeat", true),
    ("RunQueue::reap", true),
    ("RunQueue::next_due", true),
];

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = if self.after { "after" } else { "before" };
        write!(f, "{moment} {} number {}", self.method, self.nth)
    }
}

impl Point {
    /// The point of this number among [`OF_A_RUN`], counted from where the seed says, at one of its first calls.
    #[must_use]
    pub fn of_a_run(seed: u64, number: u32, act: Act, chance: &mut Chance) -> Self {
        let (method, after) = nth_of(&OF_A_RUN, seed, number);
        let nth = 1 + u32::try_from(chance.below(3)).unwrap();
        Self { method: method.to_owned(), after, nth, act }
    }

    /// What a store is watched with, so that its program does it.
    #[must_use]
    pub fn watch(self) -> Watch {
        let seen = AtomicU32::new(0);
        let moment = if self.after { Moment::After } else { Moment::Before };
        Arc::new(move |at, method| {
            if at == moment && method == self.method && seen.fetch_add(1, Ordering::SeqCst) + 1 == self.nth {
                do_to_oneself(self.act);
            }
        })
    }
}

/// The one of this number: as many in a row as there are come all, beginning where the seed says.
#[must_use]
pub fn nth_of<T: Copy>(all: &[T], seed: u64, number: u32) -> T {
    all[((seed % all.len() as u64) as usize + number as usize) % all.len()]
}

/// Kills or stops this process.
pub fn do_to_oneself(act: Act) {
    let signal = match act {
        Act::Kill => Signal::KILL,
        Act::Stop => Signal::STOP,
    };
    kill_process(getpid(), signal).unwrap();
    // Another thread may be the first to hear of it: this one must not go past its point before it does too.
    std::thread::sleep(Duration::from_secs(1));
}
