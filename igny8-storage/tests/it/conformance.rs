//! The conformance suite of the core, on every kind of SQLite database there is.

use std::sync::atomic::{AtomicUsize, Ordering};

use igny8_core::testing::{SuiteReport, run_store_cases, run_store_suite};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{SqliteOptions, SqliteStore};

/// A store that can keep secrets.
async fn open(place: &str) -> SqliteStore {
    let key = SecretsKey::from_base64(&SecretsKey::generate_base64()).unwrap();
    SqliteOptions::new(place).secrets(Cipher::new(key).unwrap()).open().await.unwrap()
}

#[allow(clippy::print_stdout, reason = "the report names every port method that was driven")]
fn check(report: &SuiteReport) {
    println!("{report}");
    report.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_memory_conforms() {
    check(&run_store_suite(async || open("sqlite::memory:").await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let fresh = async || {
        let name = format!("{}.db", number.fetch_add(1, Ordering::Relaxed));
        open(folder.path().join(name).to_str().unwrap()).await
    };
    check(&run_store_suite(fresh).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_secrets_are_refused_and_nothing_else() {
    let fresh = async || SqliteStore::open("sqlite::memory:").await.unwrap();
    // Without the check that every method is driven: secrets cannot be.
    check(&run_store_cases("", fresh).await);
}

#[tokio::test]
async fn a_part_that_names_no_case_is_a_failure() {
    let report = run_store_cases("sitse::", async || open("sqlite::memory:").await).await;
    assert_eq!((report.cases.len(), report.failures.len()), (0, 1), "{report}");
}
