//! SQLite as a backend: its connections, its dialect, and the shared port bodies built upon them.
//! One writer at a time and many readers; the bodies stand in `src/sql` and know no database by name.

mod connections;
mod loading;
mod migrations;
mod options;

/// What a SELECT ends with whose rows nobody else may change before the transaction ends: nothing, for only one writes.
macro_rules! locked {
    () => {
        ""
    };
}
/// The same, passing over rows that somebody else has locked.
macro_rules! skip_locked {
    () => {
        ""
    };
}
/// What a SELECT ends with whose rows may be changed meanwhile, but not by who needs them `alone!`.
macro_rules! shared {
    () => {
        ""
    };
}
/// What a SELECT ends with whose rows nobody else has in any way, passing over others.
macro_rules! alone {
    () => {
        ""
    };
}

/// All that the gate asks of a user `$1` about an account `$2` (null: the user's own), in one row.
macro_rules! admission {
    () => {
        "SELECT u.*, COALESCE(c.token_version, 0) AS token_version, h.slug AS home_slug,
             t.account_id AS entered_id, t.status AS entered_status,
             (SELECT json_group_array(lower(hex(g.site_id))) FROM
                  (SELECT site_id FROM igny8_site_access
                   WHERE account_id = u.account_id AND user_id = u.id AND t.account_id = u.account_id
                   ORDER BY site_id) g) AS granted,
             (SELECT json_group_array(lower(hex(s.id))) FROM
                  (SELECT id FROM igny8_sites WHERE account_id = t.account_id AND is_active ORDER BY id) s) AS active
         FROM igny8_logins l
         JOIN igny8_users u ON u.account_id = l.account_id AND u.id = l.user_id
         JOIN igny8_accounts h ON h.account_id = l.account_id
         LEFT JOIN igny8_credentials c ON c.account_id = l.account_id AND c.user_id = l.user_id
         LEFT JOIN igny8_accounts t ON t.account_id = COALESCE($2, l.account_id)
         WHERE l.user_id = $1"
    };
}

#[path = "../sql/mod.rs"]
mod sql;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use igny8_core::ids::AccountId;
use igny8_core::ports::{Clock, SystemClock};
use igny8_core::{Error, Result};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

pub use options::{SqliteOptions, Synchronous};

use crate::secrets::Cipher;
use loading::Loading;
use sql::{Access, Whose};

/// The database of this backend.
type Db = Sqlite;
type DbRow = SqliteRow;
type Arguments = sqlx::sqlite::SqliteArguments;
type Connection = sqlx::SqliteConnection;
type Store = SqliteStore;

/// How many values one INSERT of many rows binds at most. SQLite's own bound is 32,766; beyond a few thousand nothing is
/// gained, and a statement of each length is compiled once.
const VALUES_AT_ONCE: usize = 3_000;

/// Whether all processes that open one database are on one machine: SQLite's locks reach no further.
const ONE_MACHINE: bool = true;

/// Only one transaction writes at a time, so looking first is cheaper than beginning to write.
const ONE_WRITER: bool = true;

/// A store in one SQLite file, or in memory. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    /// One connection: SQLite lets one write at a time, and waiting here is fair.
    writer: SqlitePool,
    /// The same pool where a second connection would see another database (in memory).
    readers: SqlitePool,
    in_memory: bool,
    /// Those of the two that are this store's to close.
    own: Vec<SqlitePool>,
    clock: Arc<dyn Clock>,
    cipher: Option<Arc<Cipher>>,
}

impl SqliteStore {
    /// Opens, and where needed makes, a store: a path, a `sqlite://…` URL, or `sqlite::memory:`.
    ///
    /// # Errors
    /// [`Error::Configuration`] when a newer release has migrated the file; [`Error::Storage`] when it cannot be opened.
    pub async fn open(place: impl AsRef<str>) -> Result<Self> {
        SqliteOptions::new(place).open().await
    }

    /// A store beside a host's own tables, in the host's pool. All of ours, and our own record of migrations, begin
    /// with `igny8_`. For a file, writes go through one further connection with the pool's options; WAL is recommended.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the pool switches foreign keys off; otherwise those of [`open`](Self::open).
    pub async fn from_pool(pool: SqlitePool) -> Result<Self> {
        SqliteOptions::default().adopt(pool).await
    }

    /// Closes every connection, waiting for those at work. A host's own pool stays open.
    pub async fn close(&self) {
        for pool in &self.0.own {
            pool.close().await;
        }
    }

    /// Begins a transaction and tells the store's clock. SQLite has no row-level security to tell the account to.
    async fn begin(
        &self,
        access: Access,
        _whose: Whose,
    ) -> sqlx::Result<(Transaction<'static, Db>, DateTime<Utc>)> {
        let transaction = match access {
            Access::Read | Access::Report => self.0.readers.begin().await?,
            Access::Write | Access::Gather => {
                connections::begin_to_write(&self.0.writer, self.0.in_memory).await?
            }
        };
        let now = self.0.clock.now();
        Ok((transaction, DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)))
    }

    /// Turns a system's transaction to one account: nothing to tell and nothing to lock.
    async fn enter(&self, _: &mut Connection, _: Access, _: AccountId) -> sqlx::Result<()> {
        Ok(())
    }

    /// Takes the account's turn to write: the transaction had it from the beginning.
    async fn take_turn(&self, _: &mut Connection, _: AccountId) -> sqlx::Result<()> {
        Ok(())
    }

    /// Whether statements stay prepared.
    fn keeps_statements(&self) -> bool {
        true
    }

    fn cipher(&self) -> Option<&Cipher> {
        self.0.cipher.as_deref()
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("writer", &self.0.writer)
            .field("readers", &self.0.readers)
            .field("cipher", &self.0.cipher)
            .finish_non_exhaustive()
    }
}

/// Whether the failure behind this code passes by itself: busy, locked, a disk that is full or fails.
fn is_passing(code: &str) -> bool {
    const BUSY: i64 = 5;
    const LOCKED: i64 = 6;
    const IO: i64 = 10;
    const FULL: i64 = 13;
    // The low byte is the kind, the rest tells more about it.
    code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, BUSY | LOCKED | IO | FULL))
}

/// An id as a literal, for lists that are too long to bind.
fn uuid_literal(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

/// The placeholder of the next value in a text in which every value stands once: without a number, for SQLite looks
/// numbered ones up in a plain list, and an INSERT of many rows has thousands.
fn push_next_placeholder(sql: &mut String, _number: usize) {
    sql.push('?');
}

/// The machine's clock, for options that name no other.
fn machine_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// A failure to open, which has no operation of a port to name.
fn unopened(error: sqlx::Error) -> Error {
    sql::failed("open the database", error)
}
