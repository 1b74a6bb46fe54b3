//! The database that a bench runs on: a durable PostgreSQL cluster of its own or one that is named, or a SQLite file.

#![allow(clippy::disallowed_methods, reason = "what a bench plants and counts is no program's business")]

use std::sync::Arc;

use igny8_core::ports::Store;
use igny8_storage::sqlite::Synchronous;
use igny8_storage::{PostgresOptions, SqliteOptions};
use igny8_test_postgres::{APPLICATION, Cluster, Database};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;

/// A database to measure on. A private one is gone with its value.
#[derive(Debug)]
pub enum Ground {
    /// PostgreSQL.
    Postgres {
        /// The URL by which programs reach it.
        url: String,
        /// The URL of who may do anything with it.
        administrator: String,
        /// The database, when it is the bench's own.
        own: Option<Box<Database>>,
    },
    /// SQLite, in a folder of the bench's own.
    Sqlite(TempDir, Synchronous),
}

impl Ground {
    /// The PostgreSQL database that an administrator's URL names, or a durable one of the bench's own. `None` when
    /// PostgreSQL is left out.
    pub async fn postgres(named: Option<&str>) -> Option<Self> {
        if let Some(url) = named {
            PostgresOptions::new(url).any_role().migrated_by(url).open().await.unwrap().close().await;
            return Some(Self::Postgres { url: url.to_owned(), administrator: url.to_owned(), own: None });
        }
        // Durable, and with room for its pages, as a server would have.
        let cluster = Cluster::start(&["shared_buffers=512MB", "checkpoint_timeout=30min"]).await?;
        let own = cluster.server().await.database().await;
        igny8_storage::PostgresStore::migrate(own.owner_url(), APPLICATION).await.unwrap();
        let (url, administrator) = (own.application_url(), own.url("postgres"));
        Some(Self::Postgres { url, administrator, own: Some(Box::new(own)) })
    }

    /// A SQLite file.
    #[must_use]
    pub fn sqlite(synchronous: Synchronous) -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap(), synchronous)
    }

    /// One of each kind, by its name, or only the kind that is asked for.
    pub async fn each(named: Option<&str>, only: Option<&str>) -> Vec<(&'static str, Self)> {
        let wanted = |kind: &str| only.is_none_or(|only| only == kind);
        let mut grounds = Vec::new();
        if wanted("postgres") {
            grounds.extend(Self::postgres(named).await.map(|ground| ("postgres", ground)));
        }
        if wanted("sqlite") {
            grounds.push(("sqlite", Self::sqlite(Synchronous::Full)));
        }
        grounds
    }

    /// What to call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => "postgres",
            Self::Sqlite(_, Synchronous::Normal) => "sqlite_normal",
            Self::Sqlite(_, Synchronous::Full) => "sqlite_full",
        }
    }

    /// A store on it.
    pub async fn open(&self, connections: u32) -> Arc<dyn Store> {
        match self {
            Self::Postgres { url, .. } => {
                Arc::new(PostgresOptions::new(url).any_role().connections(connections).open().await.unwrap())
            }
            Self::Sqlite(folder, synchronous) => {
                let file = folder.path().join("bench.db");
                let options = SqliteOptions::new(file.to_str().unwrap()).synchronous(*synchronous);
                Arc::new(options.readers(connections).open().await.unwrap())
            }
        }
    }

    /// Runs statements past every rule: as PostgreSQL's administrator in the tables' schema, or on the SQLite file.
    pub async fn administer(&self, sql: &str) {
        match self {
            Self::Postgres { administrator, .. } => {
                let mut connection = PgConnection::connect(administrator).await.unwrap();
                let sql = format!("SET search_path = igny8; SET session_replication_role = replica; {sql}");
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
            }
            Self::Sqlite(folder, _) => {
                let file = folder.path().join("bench.db");
                let url = format!("sqlite://{}", file.display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                let sql = format!("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF; {sql}");
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}
