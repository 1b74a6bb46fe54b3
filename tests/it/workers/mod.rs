//! Workers together and workers that go: who gets which run, how often, and what becomes of work in hand.

mod leaving;
mod lost;
mod sharing;
mod tally;
