//! What a store of this crate must do beside its ports: open, migrate, live beside a host's tables.
//! One binary, so that the crate links once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in what it shares with others too")]

mod conformance;
mod hosted;
mod ledger;
mod opening;
mod schema;
