//! What the tables themselves refuse, whoever writes to them: links across tenants and across sectors.

#![allow(
    clippy::disallowed_methods,
    reason = "statements past the executor, to show that the schema stops them"
)]

use igny8_storage::SqliteStore;
use sqlx::SqlitePool;
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqlitePoolOptions;

/// Two accounts `x'a1'` and `x'b1'`; the first has the sectors `x'a3'` and `x'a4'`.
const ROWS: &[&str] = &[
    "INSERT INTO igny8_plans (id, name, slug, is_active, created_at) VALUES (x'01', 'P', 'p', TRUE, 0)",
    "INSERT INTO igny8_accounts (account_id, name, slug, plan_id, status, created_at, updated_at)
     VALUES (x'a1', 'A', 'a', x'01', 'active', 0, 0), (x'b1', 'B', 'b', x'01', 'active', 0, 0)",
    "INSERT INTO igny8_users
         (account_id, id, email, username, first_name, last_name, role, is_active, created_at, updated_at)
     VALUES (x'a1', x'a0', 'a@a', 'a', '', '', 'owner', TRUE, 0, 0),
            (x'b1', x'b0', 'b@b', 'b', '', '', 'owner', TRUE, 0, 0)",
    "INSERT INTO igny8_sites (account_id, id, name, slug, is_active, status, created_at, updated_at)
     VALUES (x'a1', x'a2', 'S', 's', TRUE, 'active', 0, 0), (x'b1', x'b2', 'S', 's', TRUE, 'active', 0, 0)",
    "INSERT INTO igny8_sectors (account_id, site_id, id, name, slug, is_active, status, created_at, updated_at)
     VALUES (x'a1', x'a2', x'a3', 'T', 't', TRUE, 'active', 0, 0),
            (x'a1', x'a2', x'a4', 'U', 'u', TRUE, 'active', 0, 0),
            (x'b1', x'b2', x'b3', 'T', 't', TRUE, 'active', 0, 0)",
    "INSERT INTO igny8_keywords
         (account_id, site_id, sector_id, id, keyword, keyword_key, status, created_at, updated_at)
     VALUES (x'a1', x'a2', x'a3', x'a5', 'k', 'k', 'new', 0, 0)",
    "INSERT INTO igny8_clusters
         (account_id, site_id, sector_id, id, name, name_key, status, created_at, updated_at)
     VALUES (x'a1', x'a2', x'a3', x'a6', 'c', 'c', 'new', 0, 0),
            (x'a1', x'a2', x'a4', x'a7', 'c', 'c', 'new', 0, 0),
            (x'b1', x'b2', x'b3', x'b6', 'c', 'c', 'new', 0, 0)",
];

async fn filled() -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    SqliteStore::from_pool(pool.clone()).await.unwrap();
    for sql in ROWS {
        sqlx::query(*sql).execute(&pool).await.unwrap();
    }
    pool
}

#[tokio::test]
async fn links_across_tenants_and_sectors_are_refused() {
    let pool = filled().await;
    for sql in [
        "UPDATE igny8_accounts SET owner_id = x'b0' WHERE account_id = x'a1'",
        "INSERT INTO igny8_site_access (account_id, user_id, site_id, granted_at) VALUES (x'a1', x'b0', x'a2', 0)",
        "INSERT INTO igny8_site_access (account_id, user_id, site_id, granted_at) VALUES (x'a1', x'a0', x'b2', 0)",
        "UPDATE igny8_sectors SET site_id = x'b2' WHERE id = x'a3'",
        "UPDATE igny8_keywords SET sector_id = x'b3' WHERE id = x'a5'",
        "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
         VALUES (x'a1', x'a3', x'a5', x'a7')",
        "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
         VALUES (x'a1', x'a3', x'a5', x'b6')",
        "INSERT INTO igny8_content_ideas (account_id, site_id, sector_id, id, idea_title, title_key, description,
             content_type, content_structure, target_keywords, keyword_cluster_id, estimated_word_count, status,
             created_at, updated_at)
         VALUES (x'a1', x'a2', x'a3', x'a8', 'i', 'i', '', 'blog', 'guide', '[]', x'a7', 1000, 'new', 0, 0)",
    ] {
        let refused = sqlx::query(sql).execute(&pool).await;
        let fault = refused.as_ref().err().and_then(sqlx::Error::as_database_error);
        assert!(fault.is_some_and(DatabaseError::is_foreign_key_violation), "{sql}: {refused:?}");
    }
    let placed = "INSERT INTO igny8_keyword_clusters (account_id, sector_id, keyword_id, cluster_id)
                  VALUES (x'a1', x'a3', x'a5', x'a6')";
    sqlx::query(placed).execute(&pool).await.unwrap();
}

#[tokio::test]
async fn no_balance_is_negative_or_held_twice() {
    let pool = filled().await;
    for change in ["balance = -1", "reserved = 1", "reserved = -1"] {
        let sql = format!("UPDATE igny8_accounts SET {change} WHERE account_id = x'a1'");
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await;
        let fault = refused.as_ref().err().and_then(sqlx::Error::as_database_error);
        assert!(fault.is_some_and(DatabaseError::is_check_violation), "{change}: {refused:?}");
    }
}

/// A parent whose children cannot be found by an index makes every delete read whole tables.
#[tokio::test]
async fn every_link_into_a_growing_table_is_indexed() {
    let pool = filled().await;
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
