//! A SQLite file that has no room left. SQLite ends the transaction that meets it by itself, of which sqlx 0.9.0 knows
//! nothing: the connection that writes must be given up, or nobody ever writes again.

use igny8_core::Error;
use igny8_core::pipeline::NewKeyword;
use igny8_core::ports::Keywords as _;
use igny8_core::testing::Tenant;
use igny8_storage::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// More keywords than what a file has free without growing.
const MANY: u32 = 5_000;

#[tokio::test]
async fn a_store_that_was_full_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("igny8.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    let tenant = Tenant::open(&store, "acme", "unlimited").await.unwrap();
    store.close().await;

    // The file may not grow beyond what it is.
    let options = SqliteConnectOptions::new().filename(&path).pragma("max_page_count", "1");
    let store = SqliteStore::from_pool(SqlitePoolOptions::new().connect_with(options).await.unwrap());
    let store = store.await.unwrap();
    let create = async |number: u32| {
        let (keyword, key) = NewKeyword::new(format!("tea {number}")).checked().unwrap();
        store.create_keyword(&tenant.scope, tenant.home.sector, keyword, &key).await
    };
    let mut made = Vec::new();
    let refused = loop {
        assert!(made.len() < MANY as usize, "the file grows");
        match create(u32::try_from(made.len()).unwrap()).await {
            Ok(keyword) => made.push(keyword.id),
            Err(error) => break error,
        }
    };
    for refused in [refused, create(MANY).await.unwrap_err(), create(MANY + 1).await.unwrap_err()] {
        assert!(matches!(refused, Error::Storage { retryable: true, .. }), "{refused:?}");
    }
    assert!(!made.is_empty(), "the file was full from the start");
    store.delete_keywords(&tenant.scope, &made).await.unwrap();
    create(MANY).await.unwrap();
}
