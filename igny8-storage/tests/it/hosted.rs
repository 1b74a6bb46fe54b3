//! Living in a host's database: beside its tables and its migrations, in its pool.

#![allow(clippy::disallowed_methods, reason = "the host's own statements on the host's own tables")]

use igny8_core::Error;
use igny8_core::ports::Catalogue;
use igny8_storage::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

async fn host(options: SqliteConnectOptions, connections: u32) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(connections).connect_with(options).await.unwrap();
    for sql in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY)",
        "INSERT INTO _sqlx_migrations (version) VALUES (42)",
    ] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    pool
}

async fn lives_beside(pool: &SqlitePool) {
    for _ in 0..2 {
        let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
        assert_eq!(store.plans().await.unwrap(), []);
        store.close().await;
    }
    sqlx::query("INSERT INTO users (name) VALUES ('the host goes on')").execute(pool).await.unwrap();
    let foreign: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'igny8!_%' ESCAPE '!' ORDER BY name",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(foreign, ["_sqlx_migrations", "users"]);
    let versions: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(pool).await.unwrap();
    assert_eq!(versions, [42]);
}

#[tokio::test]
async fn in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host.db");
    lives_beside(&host(SqliteConnectOptions::new().filename(path).create_if_missing(true), 4).await).await;
}

#[tokio::test]
async fn in_memory() {
    lives_beside(&host("sqlite::memory:".parse().unwrap(), 1).await).await;
}

#[tokio::test]
async fn a_pool_without_foreign_keys_is_refused() {
    let options: SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
    let pool = host(options.foreign_keys(false), 1).await;
    let refused = SqliteStore::from_pool(pool).await;
    assert!(
        matches!(&refused, Err(Error::Configuration(why)) if why.contains("foreign_keys(true)")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let pool = host("sqlite::memory:".parse().unwrap(), 1).await;
    SqliteStore::from_pool(pool.clone()).await.unwrap();
    sqlx::query(
        "INSERT INTO igny8_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let refused = SqliteStore::from_pool(pool).await;
    assert!(matches!(&refused, Err(Error::Configuration(why)) if why.contains("9999")), "{refused:?}");
}
