//! A future that is dropped while a transaction begins must not leave it open on a connection of the pool: what others
//! write there afterwards would be reported as done and be lost (sqlx 0.9.0).

#![allow(clippy::disallowed_methods, reason = "a host's own statements, in the pool that it shares")]

use std::time::Duration;

use igny8_core::ports::Accounts as _;
use igny8_core::testing::Tenant;
use igny8_storage::PostgresStore;
use igny8_storage::postgres::guarded;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::databases::{Database as _, Postgres};

const WRITES: u64 = 300;

/// How many of the writes that were reported as done are there, when transactions are broken off beside them.
async fn kept(pool: &PgPool) -> (i64, i64) {
    let mut reported = 0;
    for number in 0..WRITES {
        // Dropped wherever it happens to be: before the server has answered, too.
        drop(tokio::time::timeout(Duration::from_micros(number % 40 * 10), pool.begin()).await);
        let written = sqlx::query("INSERT INTO public.host_writes VALUES (1)").execute(pool).await;
        reported += i64::from(written.is_ok());
    }
    pool.close().await;
    let stored = |pool: PgPool| async move {
        sqlx::query_scalar("SELECT count(*) FROM public.host_writes").fetch_one(&pool).await.unwrap()
    };
    let after = PgPool::connect_with((*pool.connect_options()).clone()).await.unwrap();
    (reported, stored(after).await)
}

async fn host(database: &Postgres) -> PgPoolOptions {
    database.0.administer("CREATE TABLE IF NOT EXISTS public.host_writes (id INT)").await;
    database.0.administer("TRUNCATE public.host_writes; GRANT ALL ON public.host_writes TO PUBLIC").await;
    PgPoolOptions::new().max_connections(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_pool_keeps_what_it_reported() {
    let Some(database) = Postgres::create().await else { return };
    let options = guarded(host(&database).await);
    let pool = options.connect(&database.0.application_url()).await.unwrap();
    assert_eq!(kept(&pool).await, (WRITES as i64, WRITES as i64));
}

/// The fault itself. When this fails, sqlx was mended and the guard can go.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_without_the_guard_loses_writes() {
    let Some(database) = Postgres::create().await else { return };
    for _ in 0..5 {
        let pool = host(&database).await.connect(&database.0.application_url()).await.unwrap();
        let (reported, stored) = kept(&pool).await;
        if stored < reported {
            return;
        }
    }
    panic!("sqlx loses no write any more: the guard of pools can go");
}

/// A store itself never leaves a transaction open, in a host's pool without the guard either.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_dropped_in_the_middle_spoils_no_hosts_pool() {
    let Some(database) = Postgres::create().await else { return };
    let tenant = Tenant::open(&database.open().await, "acme", "unlimited").await.unwrap();
    let pool = host(&database).await.connect(&database.0.application_url()).await.unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    for number in 0..WRITES {
        let limit = Duration::from_micros(number % 60 * 10);
        drop(tokio::time::timeout(limit, store.account_of(&tenant.scope)).await);
        sqlx::query("INSERT INTO public.host_writes VALUES (1)").execute(&pool).await.unwrap();
    }
    store.close().await;
    assert!(!pool.is_closed());
    pool.close().await;
    let after = PgPool::connect(&database.0.application_url()).await.unwrap();
    let stored: i64 =
        sqlx::query_scalar("SELECT count(*) FROM public.host_writes").fetch_one(&after).await.unwrap();
    assert_eq!(stored, WRITES as i64);
}
