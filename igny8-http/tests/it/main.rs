//! The adapter as a client meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]

mod checks;
mod client;
mod codes;
#[cfg(feature = "webhooks")]
mod deliveries;
#[cfg(feature = "openapi")]
mod document;
mod envelope;
mod errors;
mod host;
mod idempotency;
mod isolation;
mod listeners;
mod operations;
mod routes;
mod town;
