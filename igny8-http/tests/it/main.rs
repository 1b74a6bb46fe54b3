//! The adapter as a client meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]

mod client;
mod errors;
mod isolation;
mod listeners;
mod routes;
mod town;
#[cfg(feature = "webhooks")]
mod webhooks;
