//! PostgreSQL as a backend: its connections, its dialect, and the shared port bodies built upon them.
//! Any number of processes write at once; an account's writes take turns at its row, and row-level security stands behind all.

mod connections;
mod loading;
mod migrations;
mod notifier;
mod options;
mod roles;
mod servers;
mod transactions;

/// What a SELECT ends with whose rows nobody else may change before the transaction ends.
macro_rules! locked {
    () => {
        " FOR NO KEY UPDATE"
    };
}
/// The same, passing over rows that somebody else has locked.
macro_rules! skip_locked {
    () => {
        " FOR NO KEY UPDATE SKIP LOCKED"
    };
}
/// What a SELECT ends with whose rows may be changed meanwhile, but not by who needs them [`alone!`].
macro_rules! shared {
    () => {
        " FOR KEY SHARE"
    };
}
/// What a SELECT ends with whose rows nobody else has in any way, passing over others.
macro_rules! alone {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}

/// All that the gate asks of a user `$1` about an account `$2` (null: the user's own), in one row. A function, for it looks at two
/// tenants one after the other, each as row-level security lets it.
macro_rules! admission {
    () => {
        "SELECT * FROM igny8_admission($1, $2)"
    };
}

#[path = "../sql/mod.rs"]
mod sql;

use std::fmt;
use std::sync::Arc;

use igny8_core::ports::Clock;
use igny8_core::{Error, Result};
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use uuid::Uuid;

pub use connections::guarded;
pub use notifier::PostgresNotifier;
pub use options::PostgresOptions;

use crate::secrets::Cipher;
use loading::Loading;
use servers::{Replica, Servers};
use transactions::Setting;

/// The database of this backend.
type Db = Postgres;
type DbRow = PgRow;
type Arguments = PgArguments;
type Connection = PgConnection;
type Store = PostgresStore;

/// How many values one INSERT of many rows binds at most; the protocol's own bound is 65,535.
const VALUES_AT_ONCE: usize = 3_000;

/// Workers may be on any machine: of another boot than this one's nothing is known.
const ONE_MACHINE: bool = false;

/// Many write at once, so a look before a write would only be a second question.
const ONE_WRITER: bool = false;

/// A store in one schema of a PostgreSQL database. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    pool: PgPool,
    /// Whether the pool is this store's to close.
    own: bool,
    /// Those that the pool may be moved to, where there is more than one.
    servers: Option<Servers>,
    replica: Option<Replica>,
    setting: Setting,
    /// Set for tests that move time; the database's clock otherwise.
    clock: Option<Arc<dyn Clock>>,
    cipher: Option<Arc<Cipher>>,
    keeps_statements: bool,
}

impl PostgresStore {
    /// Opens a store with the application role's URL, `postgres://role:password@host/database`. The tables must be there:
    /// see [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// [`Error::Configuration`] when the role could see past row-level security, or the tables are not those of this
    /// release; [`Error::Storage`] when the database cannot be reached.
    pub async fn open(url: impl AsRef<str>) -> Result<Self> {
        PostgresOptions::new(url).open().await
    }

    /// Makes the tables, or brings them up to date, as the role that owns them, and lets the application role use them.
    /// Both roles are the operator's to make. Safe to call again, and from several processes at once.
    ///
    /// # Errors
    /// [`Error::Configuration`] when there is no such application role, or a newer release has migrated the database;
    /// [`Error::Storage`] when the database cannot be reached or the owner may not create in it.
    pub async fn migrate(owner_url: impl AsRef<str>, application_role: &str) -> Result<()> {
        PostgresOptions::default().migrate(owner_url, application_role).await
    }

    /// A store in a host's pool, in a schema of its own beside the host's tables. Build the pool with [`guarded`].
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn from_pool(pool: PgPool) -> Result<Self> {
        PostgresOptions::default().adopt(pool).await
    }

    /// Closes every connection, waiting for those at work. A host's own pool stays open.
    pub async fn close(&self) {
        if self.0.own {
            self.0.pool.close().await;
        }
        if let Some(replica) = &self.0.replica {
            replica.pool.close().await;
        }
    }

    fn keeps_statements(&self) -> bool {
        self.0.keeps_statements
    }

    fn cipher(&self) -> Option<&Cipher> {
        self.0.cipher.as_deref()
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("pool", &self.0.pool)
            .field("setting", &self.0.setting)
            .field("cipher", &self.0.cipher)
            .field("keeps_statements", &self.0.keeps_statements)
            .finish_non_exhaustive()
    }
}

/// Whether the failure behind this SQLSTATE passes by itself.
fn is_passing(code: &str) -> bool {
    const PASSING: [&str; 8] = [
        "40001", // serialization failure
        "40P01", // deadlock
        "55P03", // lock not available in time
        "25006", // read-only: a standby that is not promoted yet
        "25P03", // idle in transaction for too long
        "57P01", "57P02", "57P03", // shut down, crashed, starting
    ];
    // Connection lost, resources short (connections, memory, disk), input and output.
    const CLASSES: [&str; 3] = ["08", "53", "58"];
    PASSING.contains(&code) || CLASSES.iter().any(|class| code.starts_with(class))
}

/// An id as a literal, for lists that are too long to bind.
fn uuid_literal(id: Uuid) -> String {
    format!("'{id}'")
}

/// The placeholder of the next value in a text in which every value stands once.
fn push_next_placeholder(sql: &mut String, number: usize) {
    sql.push('$');
    sql.push_str(&number.to_string());
}

/// A failure to open, which has no operation of a port to name.
fn unopened(error: sqlx::Error) -> Error {
    sql::failed("open the database", error)
}
