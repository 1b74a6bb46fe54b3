//! Measures how long writes are refused when the primary of a PostgreSQL pair dies under load, and counts what is lost.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

use std::time::Duration;

use clap::Parser;
use igny8_tests::bench::{fail_over, rounded};
use serde_json::json;

/// Kills a primary under load, promotes its standby, and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "failover-bench")]
struct Arguments {
    /// How many write.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Seconds of load before and after.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The figures as JSON, which is what is printed anyhow.
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let time = Duration::from_secs(arguments.seconds);
    let Some(came) = fail_over(arguments.clients, time, time + Duration::from_secs(10)).await else { return };
    let figures = json!({
        "clients": arguments.clients,
        "acknowledged_starts": came.started,
        "acknowledged_ends": came.finished,
        "acknowledged_after_the_loss": came.acknowledged_after,
        "lost": came.lost,
        "ledger_breaches": came.breaches,
        "seconds_until_promoted": rounded(came.promoted.as_secs_f64()),
        "seconds_of_refusal": rounded(came.refused.as_secs_f64()),
    });
    println!("{figures}");
}
