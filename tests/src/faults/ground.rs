//! The databases that faults happen on, and how they are opened: by the parent, and by any process that is told the place.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::ports::{Clock, Store};
use igny8_core::runs::RetryPolicy;
use igny8_core::sdk::Builder;
use igny8_core::testing::{Recorded, Watch};
use igny8_core::{Igny8, NewAccount};
use igny8_storage::sqlite::Synchronous;
use igny8_storage::{ObjectBlobs, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use igny8_test_postgres::{APPLICATION, Database, Server};
use tempfile::TempDir;

use crate::{Desk, FakeOpenAi, MovedClock};

/// Which kind of database.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Files in temporary folders, or beginning with this path, which stay.
    Sqlite(Option<PathBuf>),
    /// Databases of this server.
    Postgres(Box<Server>),
}

/// One database, empty at first.
#[derive(Debug)]
pub struct Ground {
    place: String,
    _kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Stays,
    Folder { _folder: TempDir },
    Database { _database: Box<Database> },
}

/// How a database is opened.
#[derive(Clone)]
pub struct Opening {
    /// The store's clock, where it is not its own.
    pub store_clock: Option<Arc<dyn Clock>>,
    /// The calendar's clock.
    pub clock: Option<Arc<dyn Clock>>,
    /// Hears of every call of the store.
    pub watch: Option<Watch>,
    /// The most connections to a server.
    pub connections: u32,
    /// How often runs may be tried.
    pub max_attempts: u32,
}

impl Default for Opening {
    fn default() -> Self {
        Self { store_clock: None, clock: None, watch: None, connections: 5, max_attempts: 5 }
    }
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl Opening {
    /// With so many attempts for a run.
    #[must_use]
    pub fn attempts(max_attempts: u32) -> Self {
        Self { max_attempts, ..Self::default() }
    }
}

impl Kind {
    /// `sqlite` or `postgres`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Whether it is PostgreSQL.
    #[must_use]
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Ground {
    /// A new, empty database.
    pub async fn new(kind: &Kind) -> Self {
        match kind {
            Kind::Sqlite(None) => {
                let folder = tempfile::tempdir().unwrap();
                let place = folder.path().join("igny8.db").to_str().unwrap().to_owned();
                Self { place, _kept: Kept::Folder { _folder: folder } }
            }
            Kind::Sqlite(Some(prefix)) => {
                static NUMBER: AtomicU32 = AtomicU32::new(1);
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let place = format!("{}-{}-{number}.db", prefix.display(), std::process::id());
                Self { place, _kept: Kept::Stays }
            }
            Kind::Postgres(server) => {
                let database = server.database().await;
                PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
                Self {
                    place: database.application_url(),
                    _kept: Kept::Database { _database: Box::new(database) },
                }
            }
        }
    }

    /// Where it is: a path or a URL, by which [`open`] opens it in any process.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// A new account on it, of this name, with this language model.
    pub async fn desk(&self, name: &str, opening: &Opening, service: &FakeOpenAi) -> Desk {
        let igny8 = self.open(opening, |builder| builder.text_model(service.provider())).await;
        desk_of(igny8, name).await
    }

    /// The SDK on it, as good as another process's.
    pub async fn open(&self, opening: &Opening, outfit: impl FnOnce(Builder) -> Builder) -> Igny8 {
        outfit(open(&self.place, opening).await).build().unwrap()
    }
}

/// A new account of this name.
pub async fn desk_of(igny8: Igny8, name: &str) -> Desk {
    let account = NewAccount::named(name).plan("scale").site("acme.com").sector("tea");
    Desk::opened(igny8, account, MovedClock::default()).await
}

/// A store that was opened.
#[derive(Clone, Debug)]
pub enum Opened {
    /// On SQLite.
    Sqlite(SqliteStore),
    /// On PostgreSQL.
    Postgres(PostgresStore),
}

/// Opens a place. A kill takes nothing that the operating system has, so SQLite need not wait for the disk.
pub async fn opened(place: &str, opening: &Opening) -> Opened {
    if place.starts_with("postgres://") {
        let mut options = PostgresOptions::new(place).connections(opening.connections);
        if let Some(clock) = &opening.store_clock {
            options = options.clock(Arc::clone(clock));
        }
        Opened::Postgres(options.open().await.unwrap())
    } else {
        let mut options = SqliteOptions::new(place).synchronous(Synchronous::Normal);
        if let Some(clock) = &opening.store_clock {
            options = options.clock(Arc::clone(clock));
        }
        Opened::Sqlite(options.readers(opening.connections).open().await.unwrap())
    }
}

/// Opens a place for an SDK.
pub async fn open(place: &str, opening: &Opening) -> Builder {
    match opened(place, opening).await {
        Opened::Sqlite(store) => outfitted(store, opening),
        Opened::Postgres(store) => outfitted(store, opening),
    }
}

/// An SDK on a store, whose runs are tried again almost at once.
pub fn outfitted(store: impl Store, opening: &Opening) -> Builder {
    let builder = match &opening.watch {
        Some(watch) => Igny8::builder(Recorded::watched(store, Arc::clone(watch))),
        None => Igny8::builder(store),
    };
    let retry = RetryPolicy {
        max_attempts: opening.max_attempts,
        base: Duration::from_millis(10),
        cap: Duration::from_millis(20),
    };
    let builder = builder.retry(retry).blobs(ObjectBlobs::memory());
    match &opening.clock {
        Some(clock) => builder.clock(Shared(Arc::clone(clock))),
        None => builder,
    }
}

struct Shared(Arc<dyn Clock>);

impl Clock for Shared {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}
