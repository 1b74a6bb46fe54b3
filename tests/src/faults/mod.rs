//! The fault suite: what goes wrong around the SDK, made to happen by a seed, on SQLite and PostgreSQL. The program `faults`
//! plays it in full and the integration tests in short, by the same code.

mod calls;
pub mod child;
pub mod clocks;
pub mod disk;
pub mod dropped;
pub mod ground;
pub mod kill;
pub mod oracle;
pub mod outcome;
pub mod point;
pub mod poison;
pub mod providers;
pub mod restart;
pub mod schedulers;
pub mod twice;
pub mod work;
pub mod workers;
pub mod zombie;

use std::path::PathBuf;

use futures_util::future::BoxFuture;

pub use child::Child;
pub use ground::{Ground, Kind};
pub use outcome::Outcome;

/// Where a fault is played, and how often.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The database.
    pub kind: Kind,
    /// The program `faults`, which is executed anew for whatever has to be a process of its own.
    pub program: PathBuf,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How often, in what the fault counts by.
    pub rounds: u32,
}

/// One way for things to go wrong.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// What happens and what must hold.
    pub about: &'static str,
    /// How many of its own rounds make up 200 of the suite's.
    pub of_200: u32,
    /// Plays it. `None` where it has no meaning on this database.
    pub play: for<'a> fn(&'a Stage) -> BoxFuture<'a, Option<Outcome>>,
}

/// Every fault, in the order in which they are played.
pub const ALL: &[Fault] = &[
    kill::FAULT,
    poison::FAULT,
    zombie::FAULT,
    workers::FAULT,
    restart::FAULT,
    providers::FAULT,
    twice::FAULT,
    schedulers::FAULT,
    dropped::FAULT,
    disk::FAULT,
    clocks::FAULT,
];

impl Fault {
    /// The fault of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|fault| fault.name == name)
    }

    /// Its own rounds for so many of the suite's; at least one.
    #[must_use]
    pub fn rounds(&self, of_suite: u32) -> u32 {
        (of_suite * self.of_200).div_ceil(200).max(1)
    }
}
