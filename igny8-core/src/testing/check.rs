//! What a case answers: nothing, or a failure that says where it arose and what was found.
//! The checks return instead of panicking, so that one broken rule does not hide the others.

use std::error::Error as _;
use std::panic::Location;
use std::time::Duration;

use crate::error::{Error, FieldErrors};

/// The answer of a case or of a step of one.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// A rule that does not hold, with the line that found out.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    #[track_caller]
    pub(super) fn new(message: impl AsRef<str>) -> Self {
        let at = Location::caller();
        Self(format!("{}:{}: {}", at.file(), at.line(), message.as_ref()))
    }

    /// The failure in words.
    pub(super) fn message(&self) -> &str {
        &self.0
    }
}

impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("an error where none is due: {}", in_full(&error)))
    }
}

impl From<FieldErrors> for Failure {
    #[track_caller]
    fn from(error: FieldErrors) -> Self {
        Self::new(format!("the suite's own row is not acceptable: {error}"))
    }
}

impl From<serde_json::Error> for Failure {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("the suite's own row is not acceptable: {error}"))
    }
}

/// An error with its sources, which its own words leave out.
pub(super) fn in_full(error: &Error) -> String {
    let mut words = format!("{error} ({})", error.code());
    let mut source = error.source();
    while let Some(deeper) = source {
        words.push_str(&format!(": {deeper}"));
        source = deeper.source();
    }
    words
}

/// Fails unless the condition holds; the message says what was due.
macro_rules! check {
    ($holds:expr, $($due:tt)+) => {
        if !$holds {
            return Err($crate::testing::check::Failure::new(format!($($due)+)));
        }
    };
}
pub(super) use check;

/// Fails unless what was found equals what is due.
macro_rules! check_eq {
    ($found:expr, $due:expr) => {
        match (&$found, &$due) {
            (found, due) => $crate::testing::check::check!(
                *found == *due,
                "`{}` is {found:?} where {due:?} is due",
                stringify!($found)
            ),
        }
    };
}
pub(super) use check_eq;

/// Fails unless the answer is an error of this pattern.
macro_rules! check_refused {
    ($answer:expr, $refusal:pat) => {
        match $answer {
            Err($refusal) => {}
            Err(other) => {
                return Err($crate::testing::check::Failure::new(format!(
                    "refused with {} where {} is due",
                    $crate::testing::check::in_full(&other),
                    stringify!($refusal)
                )))
            }
            Ok(_) => {
                return Err($crate::testing::check::Failure::new(format!(
                    "answered well where {} is due",
                    stringify!($refusal)
                )))
            }
        }
    };
}
pub(super) use check_refused;

/// Waits without a runtime's timer: the store's own clock moves on meanwhile.
pub(super) async fn wait(time: Duration) {
    let (over, awaited) = futures_channel::oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(time);
        over.send(())
    });
    // A sender that went away without a word means the same: the time is over.
    awaited.await.ok();
}
