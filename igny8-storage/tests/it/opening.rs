//! Opening: in memory, in a file, twice, and from two processes at once.

use std::process::{Command, Stdio};

use igny8_core::Error;
use igny8_core::ports::Catalogue;
use igny8_storage::sqlite::Synchronous;
use igny8_storage::{SqliteOptions, SqliteStore};

/// Names the database for [`as_another_process`].
const PLACE: &str = "IGNY8_TEST_OPEN";

#[tokio::test]
async fn in_memory_it_starts_empty() {
    for place in ["sqlite::memory:", ":memory:"] {
        let store = SqliteStore::open(place).await.unwrap();
        assert_eq!(store.plans().await.unwrap(), []);
        assert_eq!(store.clone().industries().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_file_opens_by_path_and_by_url_and_migrates_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("igny8.db");
    let path = path.to_str().unwrap();
    for place in [path.to_owned(), format!("sqlite://{path}"), format!("sqlite:{path}")] {
        let store = SqliteStore::open(&place).await.unwrap();
        assert_eq!(store.plans().await.unwrap(), []);
        store.close().await;
    }
}

#[tokio::test]
async fn options_are_taken() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("igny8.db");
    let options = SqliteOptions::new(path.to_str().unwrap()).readers(1).synchronous(Synchronous::Normal);
    let store = options.open().await.unwrap();
    let (one, two, three) = tokio::join!(store.plans(), store.plans(), store.industries());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
}

#[tokio::test]
async fn a_place_that_cannot_be_opened_is_a_storage_failure() {
    let refused = SqliteStore::open("/nowhere/at/all/igny8.db").await;
    assert!(matches!(refused, Err(Error::Storage { operation: "open the database", .. })), "{refused:?}");
}

#[tokio::test]
async fn several_processes_may_open_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("igny8.db");
    let children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "opening::as_another_process"])
                .env(PLACE, &path)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// The other side of [`several_processes_may_open_at_once`]; by itself it does nothing.
#[tokio::test]
async fn as_another_process() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let store = SqliteStore::open(&place).await.unwrap();
    assert_eq!(store.plans().await.unwrap(), []);
}
