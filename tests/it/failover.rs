//! PostgreSQL's primary dies under load and its standby takes over: clients go on by themselves, and nothing that was
//! acknowledged is lost.

#![allow(clippy::disallowed_methods, reason = "what is told to the servers themselves")]

use std::time::{Duration, Instant};

use igny8_core::credits::{Posting, TransactionType};
use igny8_core::paging::ListQuery;
use igny8_core::ports::Billing as _;
use igny8_core::testing::Tenant;
use igny8_storage::{PostgresOptions, PostgresStore};
use igny8_test_postgres::{APPLICATION, Cluster};
use igny8_tests::bench::fail_over;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_is_found_and_has_everything_that_was_acknowledged() {
    let Some(came) = fail_over(6, Duration::from_secs(2), Duration::from_secs(8)).await else { return };
    println!("{came:?}");
    assert_eq!((came.lost, came.breaches), (0, 0), "{came:?}");
    assert!(came.started > 0 && came.finished > 0 && came.acknowledged_after > 0, "{came:?}");
}

/// Reports come from the replica while it answers, and from the primary when it does not. Balances never do.
#[tokio::test(flavor = "multi_thread")]
async fn reports_are_read_from_a_replica_while_there_is_one() {
    let Some(primary) = Cluster::start(&["fsync=off"]).await else { return };
    let database = primary.server().await.database().await;
    PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
    let replica = primary.standby(&["fsync=off"]).await;
    let options =
        PostgresOptions::new(database.application_url()).replica(replica.url(APPLICATION, database.name()));
    let store = options.open().await.unwrap();
    let tenant = Tenant::open(&store, "acme", "unlimited").await.unwrap();
    let post = async |key: &str| {
        let bought = Posting {
            transaction_type: TransactionType::Purchase,
            amount: 10,
            description: "Funds".to_owned(),
            reservation: None,
            idempotency_key: key.to_owned(),
        };
        store.post(&tenant.scope, bought).await.unwrap();
    };
    let listed = async || {
        let page = store.transactions(&tenant.scope, &ListQuery::default()).await;
        page.map_or(0, |page| page.items.len())
    };
    post("one").await;
    let patience = Instant::now();
    while listed().await < 1 {
        assert!(patience.elapsed() < Duration::from_secs(30), "the replica never has it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut beside = PgConnection::connect(&replica.url("postgres", "postgres")).await.unwrap();
    beside.execute("SELECT pg_wal_replay_pause()").await.unwrap();
    post("two").await;
    assert_eq!(listed().await, 1);
    assert_eq!(store.balance(&tenant.scope).await.unwrap().balance, 20);
    replica.kill();
    let patience = Instant::now();
    while listed().await < 2 {
        assert!(patience.elapsed() < Duration::from_secs(30), "the primary is never asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
