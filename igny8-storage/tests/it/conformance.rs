//! The conformance suite of the core, on every kind of database there is.

use igny8_core::testing::{SuiteReport, run_store_cases, run_store_suite};
use igny8_storage::SqliteStore;
use igny8_test_postgres::Pooler;

use crate::databases::{Database, File, Memory, Postgres};

#[allow(clippy::print_stdout, reason = "the report names every port method that was driven")]
fn check(report: &SuiteReport) {
    println!("{report}");
    report.assert_clean();
}

async fn conforms<D: Database>() {
    let Some(database) = D::create().await else { return };
    let fresh = async || {
        database.renew().await;
        database.open().await
    };
    check(&run_store_suite(fresh).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_memory_conforms() {
    conforms::<Memory>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_conforms() {
    conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms() {
    conforms::<Postgres>().await;
}

/// Through a pooler that gives every transaction another session, and in a schema whose name must be quoted.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms_through_a_pooler() {
    const SCHEMA: &str = "Their \"tenants\"";
    let Some(database) = Postgres::create().await else { return };
    let pooler = Pooler::before(&database.0, 3).await;
    let url = pooler.map_or_else(|| database.0.application_url(), |pooler| pooler.application_url());
    let options = Postgres::options_at(&url).schema(SCHEMA).migrated_by(database.0.owner_url());
    let store = options.prepared_statements(false).connections(8).open().await.unwrap();
    let fresh = async || {
        database.0.empty(SCHEMA).await;
        store.clone()
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
    let report = run_store_cases("sitse::", async || Memory.open().await).await;
    assert_eq!((report.cases.len(), report.failures.len()), (0, 1), "{report}");
}
