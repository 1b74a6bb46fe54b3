//! What can be chosen on the command line, each also by a variable of the environment.
//! Without a subcommand the program serves.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Serves IGNY8 over HTTP with workers in the same process, moves a Django database over, exports and erases accounts.
#[derive(Debug, Parser)]
#[command(name = "igny8-server", version, about)]
pub struct Cli {
    /// Where everything is kept, and who writes.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How it serves.
    #[command(flatten)]
    pub serve: ServeArgs,
    /// How it writes its log on standard error; `RUST_LOG` says how much.
    #[arg(long, env = "IGNY8_LOG", value_enum, default_value_t = Log::Text, global = true)]
    pub log: Log,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where everything is kept, and who writes.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// The database: a SQLite file (`sqlite://igny8.db`) or `postgres://role:password@host/database`.
    #[arg(
        long,
        env = "IGNY8_DATABASE",
        value_name = "URL",
        default_value = "sqlite://igny8.db",
        hide_env_values = true,
        global = true
    )]
    pub database: String,
    /// Make or update the tables first, by this URL of the PostgreSQL role that owns them.
    #[arg(long, env = "IGNY8_MIGRATE_BY", value_name = "URL", hide_env_values = true, global = true)]
    pub migrate_by: Option<String>,
    /// Work as whatever PostgreSQL role the URL names, even one that sees past row-level security. For development.
    #[arg(long, env = "IGNY8_ANY_ROLE", value_parser = FalseyValueParser::new(), global = true)]
    pub any_role: bool,
    /// Connections of this process to PostgreSQL.
    #[arg(long, env = "IGNY8_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub connections: Option<u32>,
    /// Folder for images; every process on the same database needs the same.
    #[arg(long, env = "IGNY8_BLOB_DIR", value_name = "DIR", default_value = "igny8-files", global = true)]
    pub blob_dir: PathBuf,
    /// Who writes: rules on this machine, or a service that speaks OpenAI's protocol (`OPENAI_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_MODEL`).
    #[arg(long, env = "IGNY8_PROVIDER", value_enum, default_value_t = Provider::Offline, global = true)]
    pub provider: Provider,
}

/// How it serves.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where it listens; port 0 takes a free one.
    #[arg(long, env = "IGNY8_BIND", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub bind: SocketAddr,
    /// How many runs this process has under way at once; 0 leaves them to workers elsewhere.
    #[arg(long, env = "IGNY8_WORKERS", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub workers: u16,
    /// Folder of WASM plugins; this build has none yet and says so.
    #[arg(long, env = "IGNY8_PLUGINS_DIR", value_name = "DIR")]
    pub plugins_dir: Option<PathBuf>,
    /// Fill the database with tenants to try things on, once, and print their logins as one line of JSON.
    #[arg(long, env = "IGNY8_SEED", value_enum, value_name = "WHAT")]
    pub seed: Option<Seed>,
    /// What tokens are signed with, at least 32 characters. Without it SQLite keeps one in a file beside the database;
    /// on PostgreSQL it is another at every start, which ends every session.
    #[arg(long, env = "IGNY8_JWT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// Nobody opens an account over HTTP.
    #[arg(long, env = "IGNY8_NO_REGISTER", value_parser = FalseyValueParser::new())]
    pub no_register: bool,
    /// Lets pages of this origin, such as `https://app.example.com`, call the API from browsers; several by commas.
    #[arg(long = "origin", env = "IGNY8_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    pub origins: Vec<String>,
    /// An address that webhooks may be sent to though it is not public; several by commas.
    #[arg(long = "webhook-host", env = "IGNY8_WEBHOOK_HOSTS", value_name = "IP", value_delimiter = ',')]
    pub webhook_hosts: Vec<IpAddr>,
    /// Requests a second that one account may send on the long run, and twice as many at once; 0 sets no limit.
    #[arg(long, env = "IGNY8_REQUESTS_PER_SECOND", value_name = "N", default_value_t = 1_000)]
    pub requests_per_second: u32,
    /// Seconds that requests and runs under way may go on after a stop.
    #[arg(long, env = "IGNY8_GRACE", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub grace: u64,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the accounts of an IGNY8 Django database over. Safe to repeat: what is here stays as it is, what is new comes.
    ImportDjango(ImportDjango),
    /// Write everything of an account into a folder: CSV, JSON Lines, HTML and images.
    ExportAccount {
        /// The account's slug.
        #[arg(long, value_name = "SLUG")]
        account: String,
        /// The folder, which must be empty or not there.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Erase everything of an account but its anonymised ledger. There is no way back.
    EraseAccount {
        /// The account's slug.
        #[arg(long, value_name = "SLUG")]
        account: String,
        /// Really do it; without it only says what would be erased.
        #[arg(long)]
        yes: bool,
    },
    /// Make or update the tables, with --migrate-by on PostgreSQL, and end.
    Migrate,
    /// Ask the server of this machine at --bind whether it lives, for containers.
    Health,
    /// Give a user a new random password and print it.
    SetPassword {
        /// The user's e-mail address.
        #[arg(long)]
        email: String,
    },
}

/// Where a Django database is, and what is written beside the rows.
#[derive(Clone, Debug, Args)]
pub struct ImportDjango {
    /// The Django database; it is only read, in one snapshot.
    #[arg(long, env = "IGNY8_DJANGO", value_name = "URL", hide_env_values = true)]
    pub from: String,
    /// The PostgreSQL schema that its tables are in.
    #[arg(long, value_name = "NAME", default_value = "public")]
    pub schema: String,
    /// Only this account, by its slug there; all of them by default.
    #[arg(long, value_name = "SLUG")]
    pub account: Option<String>,
    /// The folder that Django keeps uploads in (MEDIA_ROOT), to bring images' files from; without it they stay where they are.
    #[arg(long, value_name = "FOLDER")]
    pub media: Option<PathBuf>,
    /// Folder for what has no place in the new database: the old ledger, the old usage log, and where images' files are.
    #[arg(long, value_name = "FOLDER")]
    pub history: Option<PathBuf>,
}

/// What a database is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Seed {
    /// Two tenants with users, a site, 500 keywords and a million credits each.
    Demo,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// Rules on this machine: no key, no network, and no real prose.
    Offline,
    /// OpenAI, Ollama, vLLM or any other service with the same protocol.
    Openai,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl StoreArgs {
    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.database.starts_with("postgres://") || self.database.starts_with("postgresql://")
    }

    /// The SQLite database's file; `None` for PostgreSQL and for a database in memory.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        if self.is_postgres() || self.database.contains(":memory:") {
            return None;
        }
        let place = self.database.strip_prefix("sqlite://").or_else(|| self.database.strip_prefix("sqlite:"));
        let place = place.unwrap_or(&self.database);
        Some(PathBuf::from(place.split('?').next().unwrap_or(place)))
    }
}
