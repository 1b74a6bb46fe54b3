//! Lets many clients write over real connections and go away in the middle, and counts what is lost, half done or broken.
//! The server is in this process; SQLite files and private PostgreSQL clusters are gone afterwards.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

use clap::{Parser, ValueEnum};
use igny8_test_postgres::Server;
use igny8_tests::faults::Kind;
use igny8_tests::served::storm_on;

/// Drops connections in the middle of writes and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "disconnect-storm")]
struct Arguments {
    /// How many writes are begun.
    #[arg(long, default_value_t = 10_000)]
    writes: u64,
    /// How many clients write at once.
    #[arg(long, default_value_t = 32)]
    clients: u64,
    /// Decides what is written and when connections are dropped.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// On which kind of database.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Database {
    /// A file.
    Sqlite,
    /// A private cluster, or the server that `IGNY8_TEST_POSTGRES` names.
    Postgres,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let Arguments { writes, clients, seed, database } = Arguments::parse();
    let kind = match database {
        Database::Sqlite => Kind::Sqlite(None),
        Database::Postgres => match Server::get().await {
            Some(server) => Kind::Postgres(Box::new(server.clone())),
            None => return,
        },
    };
    let came = storm_on(&kind, writes, clients, seed).await;
    println!("{}", serde_json::to_string(&came).unwrap_or_default());
    if !came.is_weathered() {
        std::process::exit(1);
    }
}
