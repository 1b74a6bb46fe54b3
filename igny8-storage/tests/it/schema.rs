//! What the tables themselves refuse, whoever writes to them: links across tenants and across sectors.

#![allow(
    clippy::disallowed_methods,
    reason = "statements past the executor, to show that the schema stops them"
)]

use igny8_storage::SqliteStore;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Executor as _, SqlitePool};

use crate::databases::{Database as _, Postgres};

/// Two accounts `<a1>` and `<b1>`; the first has the sectors `<a3>` and `<a4>`.
const ROWS: &[&str] = &[
    "INSERT INTO igny8_plans (id, name, slug, is_active, created_at) VALUES (<01>, 'P', 'p', TRUE, 0)",
    "INSERT INTO igny8_accounts (account_id, name, slug, plan_id, status, created_at, updated_at)
     VALUES (<a1>, 'A', 'a', <01>, 'active', 0, 0), (<b1>, 'B', 'b', <01>, 'active', 0, 0)",
    "INSERT INTO igny8_users
         (account_id, id, email, username, first_name, last_name, role, is_active, created_at, updated_at)
     VALUES (<a1>, <a0>, 'a@a', 'a', '', '', 'owner', TRUE, 0, 0),
            (<b1>, <b0>, 'b@b', 'b', '', '', 'owner', TRUE, 0, 0)",
    "INSERT INTO igny8_sites (account_id, id, name, slug, is_active, status, created_at, updated_at)
     VALUES (<a1>, <a2>, 'S', 's', TRUE, 'active', 0, 0), (<b1>, <b2>, 'S', 's', TRUE, 'active', 0, 0)",
    "INSERT INTO igny8_sectors (account_id, site_id, id, name, slug, is_active, status, created_at, updated_at)
     VALUES (<a1>, <a2>, <a3>, 'T', 't', TRUE, 'active', 0, 0),
            (<a1>, <a2>, <a4>, 'U', 'u', TRUE, 'active', 0, 0),
            (<b1>, <b2>, <b3>, 'T', 't', TRUE, 'active', 0, 0)",
    "INSERT INTO igny8_keywords
         (account_id, site_id, sector_id, id, keyword, keyword_key, status, created_at, updated_at)
     VALUES (<a1>, <a2>, <a3>, <a5>, 'k', 'k', 'new', 0, 0)",
    "INSERT INTO igny8_clusters
         (account_id, site_id, sector_id, id, name, name_key, status, created_at, updated_at)
     VALUES (<a1>, <a2>, <a3>, <a6>, 'c', 'c', 'new', 0, 0),
            (<a1>, <a2>, <a4>, <a7>, 'c', 'c', 'new', 0, 0),
            (<b1>, <b2>, <b3>, <b6>, 'c', 'c', 'new', 0, 0)",
];

/// Tables with the rows in them, to be written to by anyone who is not held by anything but the schema.
#[allow(clippy::large_enum_variant, reason = "there is one of them")]
enum Filled {
    Sqlite(SqlitePool),
    Postgres(PgConnection),
}

impl Filled {
    async fn sqlite() -> Self {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        SqliteStore::from_pool(pool.clone()).await.unwrap();
        Self::Sqlite(pool).with_rows().await
    }

    async fn postgres(database: &Postgres) -> Self {
        let mut administrator = database.0.administrator().await;
        administrator.execute("SET search_path = igny8").await.unwrap();
        Self::Postgres(administrator).with_rows().await
    }

    async fn with_rows(mut self) -> Self {
        for sql in ROWS {
            self.write(sql).await.unwrap();
        }
        self
    }

    /// Writes, with ids for `<a1>` and the like.
    async fn write(&mut self, sql: &str) -> sqlx::Result<()> {
        let sql = sql.to_owned();
        match self {
            Self::Sqlite(pool) => {
                let sql = sql.replace('<', "x'").replace('>', "'");
                sqlx::query(AssertSqlSafe(sql)).execute(&*pool).await.map(drop)
            }
            Self::Postgres(administrator) => {
                let sql = sql.replace('<', "'000000000000000000000000000000").replace('>', "'");
                administrator.execute(AssertSqlSafe(sql)).await.map(drop)
            }
        }
    }
}

async fn links_across_tenants_and_sectors_are_refused(mut tables: Filled) {
    for sql in [
        "UPDATE igny8_accounts SET owner_id = <b0> WHERE account_id = <a1>",
        "INSERT INTO igny8_site_access (account_id, user_id, site_id, granted_at) VALUES (<a1>, <b0>, <a2>, 0)",
        "INSERT INTO igny8_site_access (account_id, user_id, site_id, granted_at) VALUES (<a1>, <a0>, <b2>, 0)",
        "UPDATE igny8_sectors SET site_id = <b2> WHERE id = <a3>",
        "UPDATE igny8_keywords SET sector_id = <b3> WHERE id = <a5>",
        "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
         VALUES (<a1>, <a3>, <a5>, <a7>)",
        "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
         VALUES (<a1>, <a3>, <a5>, <b6>)",
        "INSERT INTO igny8_content_ideas (account_id, site_id, sector_id, id, idea_title, title_key, description,
             content_type, content_structure, target_keywords, keyword_cluster_id, estimated_word_count, status,
             created_at, updated_at)
         VALUES (<a1>, <a2>, <a3>, <a8>, 'i', 'i', '', 'blog', 'guide', '[]', <a7>, 1000, 'new', 0, 0)",
    ] {
        let refused = tables.write(sql).await;
        let fault = refused.as_ref().err().and_then(sqlx::Error::as_database_error);
        assert!(fault.is_some_and(DatabaseError::is_foreign_key_violation), "{sql}: {refused:?}");
    }
    let placed = "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
                  VALUES (<a1>, <a3>, <a5>, <a6>)";
    tables.write(placed).await.unwrap();
}

async fn no_balance_is_negative_or_held_twice(mut tables: Filled) {
    for change in ["balance = -1", "reserved = 1", "reserved = -1"] {
        let sql = format!("UPDATE igny8_accounts SET {change} WHERE account_id = <a1>");
        let refused = tables.write(&sql).await;
        let fault = refused.as_ref().err().and_then(sqlx::Error::as_database_error);
        assert!(fault.is_some_and(DatabaseError::is_check_violation), "{change}: {refused:?}");
    }
}

#[tokio::test]
async fn sqlite_refuses() {
    links_across_tenants_and_sectors_are_refused(Filled::sqlite().await).await;
    no_balance_is_negative_or_held_twice(Filled::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_refuses() {
    let Some(database) = Postgres::create().await else { return };
    links_across_tenants_and_sectors_are_refused(Filled::postgres(&database).await).await;
    database.renew().await;
    no_balance_is_negative_or_held_twice(Filled::postgres(&database).await).await;
}

/// A parent whose children cannot be found by an index makes every delete read whole tables.
#[tokio::test(flavor = "multi_thread")]
async fn every_link_into_a_growing_table_is_indexed_on_postgres() {
    let Some(database) = Postgres::create().await else { return };
    let unindexed: Vec<String> = sqlx::query_scalar(
        "SELECT k.conrelid::REGCLASS::TEXT || ': ' || pg_get_constraintdef(k.oid) FROM pg_constraint k
         WHERE k.contype = 'f' AND k.confrelid::REGCLASS::TEXT NOT IN
             ('igny8.igny8_industries', 'igny8.igny8_industry_sectors', 'igny8.igny8_author_profiles',
              'igny8.igny8_strategies')
           -- Some index begins with two of the link's columns (the account and a row), or has one row an account.
           AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid
               AND (i.indkey::INT2[])[0:LEAST(cardinality(k.conkey), 2) - 1] <@ k.conkey
               AND (i.indnkeyatts > 1 OR i.indisunique OR cardinality(k.conkey) = 1))",
    )
    .fetch_all(&mut database.0.administrator().await)
    .await
    .unwrap();
    assert!(unindexed.is_empty(), "{unindexed:#?}");
}

/// The same on SQLite, as its plans tell.
#[tokio::test]
async fn every_link_into_a_growing_table_is_indexed() {
    let Filled::Sqlite(pool) = Filled::sqlite().await else { return };
    let children: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, group_concat(f.\"from\" || ' = x''00''', ' AND ')
         FROM sqlite_master m, pragma_foreign_key_list(m.name) f
         WHERE m.type = 'table' AND m.name LIKE 'igny8!_%' ESCAPE '!'
           AND f.\"table\" NOT IN ('igny8_industries', 'igny8_industry_sectors', 'igny8_author_profiles',
                                  'igny8_strategies')
         GROUP BY m.name, f.id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(children.len() > 30, "{}", children.len());
    for (table, condition) in children {
        let sql = format!("EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {condition}");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
        assert!(
            plan.iter().all(|(.., step)| step.starts_with("SEARCH")),
            "{table} WHERE {condition}: {plan:?}"
        );
    }
}
