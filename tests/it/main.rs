//! Tests that cross the crates: real adapters, real workers, real processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what goes wrong in a test ends the test"
)]

mod answers;
mod clustering;
mod credits;
mod disconnects;
mod failover;
mod faults;
mod images;
mod imports;
mod kill;
mod nodes;
mod pipeline;
mod prompts;
mod semrush;
mod shape;
mod telemetry;
mod tenants;
mod tls;
mod workers;
