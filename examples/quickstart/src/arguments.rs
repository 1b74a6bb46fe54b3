//! What can be chosen on the command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use igny8_core::clustering::Granularity;

/// Imports a keyword file, clusters it, finds ideas, and writes articles with images.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    /// Keyword exports to start from (CSV or .xlsx, several are one import); the bundled sample by default.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) keywords: Vec<PathBuf>,
    /// How many articles to write.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=500))]
    pub(crate) articles: u32,
    /// Database to work on, a SQLite file or `postgres://role:password@host/database`; started again on the same one, the
    /// job continues. A temporary file by default.
    #[arg(long, env = "IGNY8_DATABASE", value_name = "FILE|URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Make or update the tables first, by this URL of the PostgreSQL role that owns them.
    #[arg(long, env = "IGNY8_MIGRATE_BY", value_name = "URL", hide_env_values = true)]
    pub(crate) migrate_by: Option<String>,
    /// Leave the work to workers that run elsewhere on the same database (`cargo run --release -p igny8-worker`).
    #[arg(long, requires = "database")]
    pub(crate) workers_elsewhere: bool,
    /// Who writes: rules on this machine, or a service that speaks OpenAI's protocol (`OPENAI_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_MODEL`).
    #[arg(long, value_enum, default_value_t = Provider::Offline)]
    pub(crate) provider: Provider,
    /// Folder for the articles and images.
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub(crate) out: PathBuf,
    /// Write a page here that shows the clusters in a picture and tells which may be one, compete, or hold what does not fit.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How much one cluster covers, about an article, a topic, or a section of a site: fine, balanced or broad.
    #[arg(long, value_name = "WIDTH", default_value_t)]
    pub(crate) granularity: Granularity,
    /// Print one JSON object on standard output and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Rules on this machine: no key, no network, and no real prose.
    Offline,
    /// OpenAI, Ollama, vLLM or any other service with the same protocol.
    Openai,
}
