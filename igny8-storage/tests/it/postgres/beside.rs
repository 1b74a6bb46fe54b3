//! Living in a host's database: beside its tables and its migrations, in its pool.

#![allow(clippy::disallowed_methods, reason = "the host's own statements on the host's own tables")]

use igny8_core::ports::Catalogue as _;
use igny8_storage::PostgresStore;
use igny8_storage::postgres::guarded;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::databases::Database as _;
use crate::databases::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_leaves_the_hosts_tables_and_settings_alone() {
    let Some(database) = Postgres::create().await else { return };
    for sql in [
        "CREATE TABLE public.users (id INT)",
        "CREATE TABLE public._sqlx_migrations (version BIGINT PRIMARY KEY)",
        "INSERT INTO public._sqlx_migrations (version) VALUES (42)",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
    ] {
        database.0.administer(sql).await;
    }
    let options = guarded(PgPoolOptions::new()).max_connections(1);
    let pool = options.connect(&database.0.application_url()).await.unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    assert_eq!(store.plans().await.unwrap(), []);
    store.close().await;
    // The one connection has kept nothing of ours: neither the search path, nor a tenant, nor a time limit.
    let kept: (String, String, String) = sqlx::query_as(
        "SELECT current_setting('search_path'), COALESCE(current_setting('igny8.account', TRUE), ''),
                current_setting('lock_timeout')",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(kept, ("\"$user\", public".to_owned(), String::new(), "0".to_owned()));
    sqlx::query("INSERT INTO users (id) VALUES (1)").execute(&pool).await.unwrap();
    assert_eq!(tables_outside(&pool).await, ["_sqlx_migrations", "users"]);
}

async fn tables_outside(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        .fetch_all(pool)
        .await
        .unwrap()
}
