//! What can be chosen on the command line, each also by a variable of the environment.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use igny8_core::runs::{Retention, WorkerConfig};

/// Works runs off until it is told to stop (SIGTERM or Ctrl-C), then gives back what it has not finished.
#[derive(Debug, Parser)]
#[command(name = "igny8-worker", version, about)]
pub(crate) struct Arguments {
    /// The database: `postgres://role:password@host/database`, or a SQLite file that only this machine uses.
    #[arg(long, env = "IGNY8_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: String,
    /// Make or update the tables first, by this URL of the PostgreSQL role that owns them.
    #[arg(long, env = "IGNY8_MIGRATE_BY", value_name = "URL", hide_env_values = true)]
    pub(crate) migrate_by: Option<String>,
    /// The database is behind a pooler that does not keep statements (pgbouncer before 1.21 in transaction mode). News then
    /// need an address of their own: see `--notify`.
    #[arg(long)]
    pub(crate) pooler: bool,
    /// Work as whatever PostgreSQL role the URL names, even one that sees past row-level security. For development.
    #[arg(long)]
    pub(crate) any_role: bool,
    /// How many runs are under way at once.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) concurrency: u32,
    /// Connections to PostgreSQL; four more than half the concurrency unless given.
    #[arg(long, value_name = "N")]
    pub(crate) connections: Option<u32>,
    /// How many runs of one account may be under way at once, over all workers.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) per_account: Option<u32>,
    /// Who writes: rules on this machine, or a service that speaks OpenAI's protocol (`OPENAI_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_MODEL`).
    #[arg(long, env = "IGNY8_PROVIDER", value_enum, default_value_t = Provider::Offline)]
    pub(crate) provider: Provider,
    /// How many calls to the provider this process has under way at once.
    #[arg(long, value_name = "N")]
    pub(crate) provider_calls: Option<NonZeroUsize>,
    /// Folder for images; all workers and whoever shows them need the same.
    #[arg(long, env = "IGNY8_IMAGES", value_name = "DIR", default_value = "out/images")]
    pub(crate) images: PathBuf,
    /// What wakes workers of other processes: LISTEN/NOTIFY on the database (`database`), or at an address of its own where
    /// the database is behind a pooler (`postgres://…`), NATS (`nats://host:4222`), or nothing but polling (`none`).
    #[arg(
        long,
        env = "IGNY8_NOTIFY",
        value_name = "HOW",
        default_value = "database",
        hide_env_values = true
    )]
    pub(crate) notify: Notify,
    /// Seconds that a lease lasts without a heartbeat; it is renewed four times as often.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(2..=86_400))]
    pub(crate) lease: u64,
    /// Milliseconds between looks for work when nothing wakes it.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(5..=600_000))]
    pub(crate) poll: u64,
    /// Seconds that runs under way may go on after a stop.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) grace: u64,
    /// Days that finished runs are kept.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub(crate) keep_runs: u64,
    /// Days that providers' raw answers are kept while their run is unfinished.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) keep_answers: u64,
    /// Show metrics for Prometheus at this address, such as `127.0.0.1:9184`.
    #[arg(long, env = "IGNY8_METRICS", value_name = "ADDRESS")]
    pub(crate) metrics: Option<SocketAddr>,
    /// How it writes its log on standard error; `RUST_LOG` says how much.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    pub(crate) log: Log,
    /// Stop once nothing is left to do.
    #[arg(long)]
    pub(crate) until_idle: bool,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Rules on this machine: no key, no network, and no real prose.
    Offline,
    /// OpenAI, Ollama, vLLM or any other service with the same protocol.
    Openai,
}

/// What wakes workers of other processes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Notify {
    /// The database of the runs itself, where it is PostgreSQL.
    Database,
    /// PostgreSQL at this URL.
    Postgres(String),
    /// NATS at this URL.
    Nats(String),
    /// Nothing.
    Nobody,
}

impl std::fmt::Debug for Notify {
    /// Without the URLs, which may hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database => "Database",
            Self::Postgres(_) => "Postgres(…)",
            Self::Nats(_) => "Nats(…)",
            Self::Nobody => "Nobody",
        })
    }
}

impl FromStr for Notify {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        match (text, scheme) {
            ("database", _) => Ok(Self::Database),
            ("none", _) => Ok(Self::Nobody),
            (_, Some("postgres" | "postgresql")) => Ok(Self::Postgres(text.to_owned())),
            (_, Some("nats" | "tls")) => Ok(Self::Nats(text.to_owned())),
            _ => Err("it must be `database`, `none`, postgres://… or nats://…".to_owned()),
        }
    }
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Arguments {
    /// The same as a worker's configuration.
    pub(crate) fn worker(&self) -> WorkerConfig {
        const DAY: u64 = 24 * 60 * 60;
        let lease = Duration::from_secs(self.lease);
        WorkerConfig {
            concurrency: usize::try_from(self.concurrency).unwrap_or(usize::MAX),
            per_account: self.per_account,
            lease,
            heartbeat: lease / 4,
            poll: Duration::from_millis(self.poll),
            grace: Duration::from_secs(self.grace),
            retention: Retention {
                finished_runs: Some(Duration::from_secs(self.keep_runs.saturating_mul(DAY))),
                answers: Some(Duration::from_secs(self.keep_answers.saturating_mul(DAY))),
                ..Retention::default()
            },
            run_forever: !self.until_idle,
            ..WorkerConfig::default()
        }
    }

    /// How many connections the store has.
    pub(crate) fn store_connections(&self) -> u32 {
        self.connections.unwrap_or(self.concurrency / 2 + 4)
    }
}
