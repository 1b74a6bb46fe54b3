//! Workers together and workers that go: who gets which run, how often, and what becomes of work in hand.

mod busy;
mod deleted;
mod leaving;
mod lost;
mod panics;
mod sharing;
pub(super) mod tally;
