//! The databases that every test here runs on. A test is written once, for a [`Database`], and named in
//! [`on_each_database!`].

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use igny8_core::ports::{Clock, Store};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use igny8_test_postgres::{APPLICATION, Server};
use tempfile::TempDir;

/// A database of a test's own, which is gone with its value.
pub(crate) trait Database: Sized + Send + Sync + 'static {
    /// What opens it.
    type Store: Store + Clone + Debug;

    /// A new, empty one; `None` when tests on this kind are left out.
    fn create() -> impl Future<Output = Option<Self>> + Send;

    /// Makes it new and empty again. Nobody may be using it.
    fn renew(&self) -> impl Future<Output = ()> + Send;

    /// A store with connections of its own, as another process would have.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// The same, with these keys for secrets.
    fn open_with(&self, cipher: Cipher) -> impl Future<Output = Self::Store> + Send;

    /// The same by a clock that the test moves.
    fn open_at(&self, clock: Arc<dyn Clock>) -> impl Future<Output = Self::Store> + Send;
}

/// A file.
pub(crate) struct File(Mutex<TempDir>);

impl File {
    fn options(&self) -> SqliteOptions {
        let place = self.0.lock().unwrap().path().join("igny8.db");
        SqliteOptions::new(place.to_str().unwrap()).secrets(cipher())
    }
}

impl Database for File {
    type Store = SqliteStore;

    async fn create() -> Option<Self> {
        Some(Self(Mutex::new(tempfile::tempdir().unwrap())))
    }

    async fn renew(&self) {
        *self.0.lock().unwrap() = tempfile::tempdir().unwrap();
    }

    async fn open(&self) -> SqliteStore {
        self.options().open().await.unwrap()
    }

    async fn open_with(&self, cipher: Cipher) -> SqliteStore {
        self.options().secrets(cipher).open().await.unwrap()
    }

    async fn open_at(&self, clock: Arc<dyn Clock>) -> SqliteStore {
        self.options().clock(clock).open().await.unwrap()
    }
}

/// SQLite in memory, where each opening is a database of its own.
pub(crate) struct Memory;

impl Database for Memory {
    type Store = SqliteStore;

    async fn create() -> Option<Self> {
        Some(Self)
    }

    async fn renew(&self) {}

    async fn open(&self) -> SqliteStore {
        SqliteOptions::default().secrets(cipher()).open().await.unwrap()
    }

    async fn open_with(&self, cipher: Cipher) -> SqliteStore {
        SqliteOptions::default().secrets(cipher).open().await.unwrap()
    }

    async fn open_at(&self, clock: Arc<dyn Clock>) -> SqliteStore {
        SqliteOptions::default().secrets(cipher()).clock(clock).open().await.unwrap()
    }
}

/// A database of a PostgreSQL server, used through the application's role.
pub(crate) struct Postgres(pub(crate) igny8_test_postgres::Database);

impl Postgres {
    fn options(&self) -> PostgresOptions {
        Self::options_at(&self.0.application_url())
    }

    /// Options that can keep secrets, for an URL.
    pub(crate) fn options_at(url: &str) -> PostgresOptions {
        PostgresOptions::new(url).secrets(cipher())
    }
}

impl Database for Postgres {
    type Store = PostgresStore;

    async fn create() -> Option<Self> {
        let database = Server::get().await?.database().await;
        PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
        Some(Self(database))
    }

    async fn renew(&self) {
        self.0.empty("igny8").await;
    }

    async fn open(&self) -> PostgresStore {
        self.options().open().await.unwrap()
    }

    async fn open_with(&self, cipher: Cipher) -> PostgresStore {
        self.options().secrets(cipher).open().await.unwrap()
    }

    async fn open_at(&self, clock: Arc<dyn Clock>) -> PostgresStore {
        self.options().clock(clock).open().await.unwrap()
    }
}

fn cipher() -> Cipher {
    Cipher::new(SecretsKey::from_base64(&SecretsKey::generate_base64()).unwrap()).unwrap()
}

/// Runs tests of this file, `async fn(&impl Database)`, on each database.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            use crate::databases::{Database as _, File};
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(&File::create().await.unwrap()).await;
            })+
        }

        mod on_postgres {
            use crate::databases::{Database as _, Postgres};
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(database) = Postgres::create().await {
                    super::$test(&database).await;
                }
            })+
        }
    };
}
pub(crate) use on_each_database;
