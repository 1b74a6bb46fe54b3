//! What a store of this crate must do beside its ports: open, migrate, live beside a host's tables.
//! One binary, so that the crate links once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in what it shares with others too"
)]

mod at_once;
mod conformance;
mod databases;
mod full;
mod hosted;
mod imports;
mod ledger;
mod opening;
mod postgres;
mod schema;
mod secrets;
mod work;
