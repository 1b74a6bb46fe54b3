//! How a SQLite store is opened: where, with how many readers, how durable, with which clock and secrets key.
//! Everything has a default that suits a server.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use igny8_core::ports::Clock;
use igny8_core::{Error, Result};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::{Inner, SqliteStore, connections, machine_clock, migrations, unopened};
use crate::secrets::Cipher;

/// The most the writer caches, in KiB when negative: large imports would else write pages out and read them back. More
/// is hardly faster, and an import's memory grows up to it.
const WRITER_CACHE: &str = "-32768";

/// When a commit counts as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// Once the operating system has it: survives a crash of the process, and of the machine but for the last commits.
    Normal,
    /// Once the disk has it: survives a power cut.
    #[default]
    Full,
}

/// Options of a SQLite store.
pub struct SqliteOptions {
    place: String,
    clock: Arc<dyn Clock>,
    cipher: Option<Arc<Cipher>>,
    readers: u32,
    synchronous: Synchronous,
    busy_timeout: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new("sqlite::memory:")
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("place", &self.place)
            .field("cipher", &self.cipher)
            .field("readers", &self.readers)
            .field("synchronous", &self.synchronous)
            .field("busy_timeout", &self.busy_timeout)
            .finish_non_exhaustive()
    }
}

impl SqliteOptions {
    /// A store at a path, a `sqlite://…` URL, or `sqlite::memory:`.
    #[must_use]
    pub fn new(place: impl AsRef<str>) -> Self {
        let cores =
            std::thread::available_parallelism().map_or(2, |cores| u32::try_from(cores.get()).unwrap_or(8));
        Self {
            place: place.as_ref().to_owned(),
            clock: machine_clock(),
            cipher: None,
            readers: cores.clamp(2, 8),
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(10),
        }
    }

    /// The clock that rows and leases are dated by; the machine's unless set.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What seals secrets. Without it a store keeps none, and saving one fails.
    #[must_use]
    pub fn secrets(mut self, cipher: Cipher) -> Self {
        self.cipher = Some(Arc::new(cipher));
        self
    }

    /// The most connections that read at once; as many as there are cores, 2 to 8, unless set.
    #[must_use]
    pub fn readers(mut self, most: u32) -> Self {
        self.readers = most.max(1);
        self
    }

    /// When a commit counts as written; [`Synchronous::Full`] unless set.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long to wait for another process that writes; 10 seconds unless set.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Opens the store and brings its tables up to date. Two processes may do so at once.
    ///
    /// # Errors
    /// [`Error::Configuration`] when a newer release has migrated the file; [`Error::Storage`] when it cannot be opened.
    pub async fn open(self) -> Result<SqliteStore> {
        let place = self.place.as_str();
        let in_memory = place == ":memory:" || place == "sqlite::memory:" || place == "sqlite://:memory:";
        let options = if in_memory {
            SqliteConnectOptions::from_str("sqlite::memory:")
        } else if place.starts_with("sqlite:") {
            SqliteConnectOptions::from_str(place)
        } else {
            Ok(SqliteConnectOptions::new().filename(place))
        };
        let options = options
            .map_err(unopened)?
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(self.busy_timeout)
            .synchronous(match self.synchronous {
                Synchronous::Normal => SqliteSynchronous::Normal,
                Synchronous::Full => SqliteSynchronous::Full,
            });
        if in_memory {
            let only = single().connect_with(options).await.map_err(unopened)?;
            return self.finish(only.clone(), only.clone(), vec![only], in_memory).await;
        }
        let writer = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("cache_size", WRITER_CACHE)
            // Statements of many rows keep a journal of their own, which would be a file.
            .pragma("temp_store", "MEMORY");
        let writer = self.connect_writer(writer).await?;
        let readers = connections::readers()
            .max_connections(self.readers)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        let own = vec![readers.clone(), writer.clone()];
        self.finish(writer, readers, own, in_memory).await
    }

    /// Opens the store in a host's pool, beside the host's own tables. Of the options, clock and secrets count.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the pool switches foreign keys off; otherwise those of [`open`](Self::open).
    pub async fn adopt(self, pool: SqlitePool) -> Result<SqliteStore> {
        let host = HostDatabase::of(&pool).await.map_err(unopened)?;
        if !host.foreign_keys {
            return Err(Error::Configuration(
                "the pool switches foreign keys off, and tenants are kept apart by them: switch them on with \
                 SqliteConnectOptions::foreign_keys(true)"
                    .to_owned(),
            ));
        }
        if host.in_memory {
            return self.finish(pool.clone(), pool, Vec::new(), true).await;
        }
        let options = (*pool.connect_options()).clone();
        let writer = pool.options().clone().min_connections(1).max_connections(1).connect_lazy_with(options);
        self.finish(writer.clone(), pool, vec![writer], false).await
    }

    async fn finish(
        self,
        writer: SqlitePool,
        readers: SqlitePool,
        own: Vec<SqlitePool>,
        in_memory: bool,
    ) -> Result<SqliteStore> {
        migrations::run(&writer).await?;
        let Self { clock, cipher, .. } = self;
        Ok(SqliteStore(Arc::new(Inner { writer, readers, in_memory, own, clock, cipher })))
    }

    /// Switching a file to WAL takes it exclusively for a moment, for which SQLite itself does not wait.
    async fn connect_writer(&self, options: SqliteConnectOptions) -> Result<SqlitePool> {
        let patience = Instant::now();
        loop {
            match single().connect_with(options.clone()).await.map_err(unopened) {
                Err(error) if error.is_retryable() && patience.elapsed() < self.busy_timeout => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                connected => return connected,
            }
        }
    }
}

/// What has to be known of a host's database before living in it.
struct HostDatabase {
    foreign_keys: bool,
    in_memory: bool,
}

impl HostDatabase {
    #[allow(clippy::disallowed_methods, reason = "pragmas of the connection: no table is touched")]
    async fn of(pool: &SqlitePool) -> sqlx::Result<Self> {
        let mut connection = pool.acquire().await?;
        let foreign_keys: bool =
            sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *connection).await?;
        let file: Option<String> =
            sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'")
                .fetch_one(&mut *connection)
                .await?;
        Ok(Self { foreign_keys, in_memory: file.is_none_or(|file| file.is_empty()) })
    }
}

/// A pool of exactly one connection that is never closed for being idle or old: in memory it is the database.
fn single() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}
