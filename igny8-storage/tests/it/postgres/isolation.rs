//! Row-level security as the application's role meets it: whatever a statement forgets, no other tenant's row is seen.

#![allow(
    clippy::disallowed_methods,
    reason = "statements that forget their tenant, to show that the database does not"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use igny8_core::identity::{NewApiKey, NewSession, TokenHash};
use igny8_core::ids::AccountId;
use igny8_core::pipeline::{NewCluster, NewIdea, NewKeyword, NewTask};
use igny8_core::ports::{
    ApiKeys as _, Clusters as _, Ideas as _, IdempotencyKeys as _, Identity as _, Keywords as _,
    Prompts as _, Runs as _, Tasks as _, Webhooks as _,
};
use igny8_core::runs::NewRun;
use igny8_core::settings::PromptType;
use igny8_core::tenancy::Role;
use igny8_core::testing::{Tenant, system_scope};
use igny8_core::webhooks::{NewWebhook, WebhookEvent};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::databases::{Database as _, Postgres};
use crate::work::new_run;

/// Tables that belong to no tenant.
const SHARED: [&str; 5] =
    ["igny8_industries", "igny8_industry_sectors", "igny8_migration_lock", "igny8_migrations", "igny8_plans"];

/// What a transaction across tenants sees rows of: the directory and the queue.
const CROSSING: [&str; 7] = [
    "igny8_account_slugs",
    "igny8_accounts",
    "igny8_logins",
    "igny8_run_turns",
    "igny8_runs",
    "igny8_tokens",
    "igny8_webhook_deliveries",
];

/// Longer than any test.
const WHILE: Duration = Duration::from_secs(600);

/// Two tenants with rows of every kind that is quickly made.
async fn filled(database: &Postgres) -> [Tenant; 2] {
    let store = database.open().await;
    let mut tenants = Vec::new();
    for slug in ["acme", "bonobo"] {
        let tenant = Tenant::open(&store, slug, "unlimited").await.unwrap();
        let (scope, sector) = (&tenant.scope, tenant.home.sector);
        let (keyword, key) = NewKeyword::new("green tea").checked().unwrap();
        store.create_keyword(scope, sector, keyword, &key).await.unwrap();
        store.create_cluster(scope, sector, NewCluster::named("Tea")).await.unwrap();
        store.create_idea(scope, sector, NewIdea::titled("Tea at home")).await.unwrap();
        store.create_task(scope, sector, NewTask::titled("Tea at home")).await.unwrap();
        store.save_prompt(scope, PromptType::Clustering, "Group them", None).await.unwrap();
        let (owner, byte) = (tenant.home.owner.id, tenants.len() as u8);
        store.set_credential(&system_scope(), owner, "$tea$").await.unwrap();
        let token = TokenHash::from_bytes([byte; 32]);
        let session = NewSession { user: owner, token, expires_at: Utc::now() + WHILE };
        store.open_session(&system_scope(), session).await.unwrap();
        let key = NewApiKey {
            name: "Machine".to_owned(),
            role: Role::Editor,
            expires_at: None,
            user: owner,
            prefix: "ig8_".to_owned(),
            hash: TokenHash::from_bytes([byte + 100; 32]),
        };
        store.create_api_key(scope, key).await.unwrap();
        let webhook = NewWebhook {
            url: "https://example.com/hooks".to_owned(),
            events: vec![WebhookEvent::RunFinished],
            secret: "0123456789abcdef".into(),
            is_active: true,
            description: String::new(),
        };
        store.create_webhook(scope, webhook).await.unwrap();
        let told = store.enqueue(scope, NewRun { idempotency_key: None, ..new_run(&tenant) }).await.unwrap();
        store.cancel_run(scope, told.run.id).await.unwrap();
        store.claim_key(scope, "request", &[0; 32], WHILE, WHILE).await.unwrap();
        let run = NewRun { subjects: vec![uuid::Uuid::now_v7()], ..new_run(&tenant) };
        store.enqueue(scope, run).await.unwrap();
        tenants.push(tenant);
    }
    store.close().await;
    tenants.try_into().unwrap()
}

/// How many rows of each tenant's table are seen, under these settings, by statements without any condition.
async fn seen(connection: &mut PgConnection, settings: &[String]) -> BTreeMap<String, i64> {
    let mut transaction = connection.begin().await.unwrap();
    for setting in settings {
        transaction.execute(AssertSqlSafe(format!("SET LOCAL {setting}"))).await.unwrap();
    }
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'igny8' ORDER BY 1")
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
    let mut seen = BTreeMap::new();
    for table in tables.into_iter().filter(|table| !SHARED.contains(&table.as_str())) {
        let sql = format!("SELECT count(*) FROM igny8.{table}");
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *transaction).await.unwrap();
        seen.insert(table, rows);
    }
    seen
}

fn account(id: AccountId) -> String {
    format!("igny8.account = '{}'", id.as_uuid())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tenant_there_are_no_rows_and_with_anothers_only_its_own() {
    let Some(database) = Postgres::create().await else { return };
    let [first, second] = filled(&database).await;
    let mut connection = PgConnection::connect(&database.0.application_url()).await.unwrap();

    let nobody = seen(&mut connection, &[]).await;
    assert!(nobody.len() > 25, "{nobody:?}");
    assert!(nobody.values().all(|rows| *rows == 0), "without a tenant: {nobody:?}");
    let stranger = seen(&mut connection, &[account(AccountId::new())]).await;
    assert!(stranger.values().all(|rows| *rows == 0), "a stranger: {stranger:?}");

    let own = seen(&mut connection, &[account(first.home.account)]).await;
    for table in [
        "igny8_accounts",
        "igny8_users",
        "igny8_keywords",
        "igny8_webhooks",
        "igny8_run_subjects",
        "igny8_sessions",
    ] {
        assert_eq!(own[table], 1, "{table}");
    }
    assert_eq!(own, seen(&mut connection, &[account(second.home.account)]).await);
    // What was told for one transaction is forgotten with it.
    assert_eq!(seen(&mut connection, &[]).await, nobody);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_crosses_tenants_sees_the_directory_and_the_queue() {
    let Some(database) = Postgres::create().await else { return };
    filled(&database).await;
    let mut connection = PgConnection::connect(&database.0.application_url()).await.unwrap();
    let system = seen(&mut connection, &["igny8.system = 'on'".to_owned()]).await;
    let any: Vec<&str> =
        system.iter().filter(|(_, rows)| **rows > 0).map(|(table, _)| table.as_str()).collect();
    assert_eq!(any, CROSSING);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_rows_are_neither_changed_nor_made() {
    let Some(database) = Postgres::create().await else { return };
    let [first, second] = filled(&database).await;
    let mut connection = PgConnection::connect(&database.0.application_url()).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    let setting = format!("SET LOCAL search_path = igny8; SET LOCAL {}", account(first.home.account));
    transaction.execute(sqlx::raw_sql(AssertSqlSafe(setting))).await.unwrap();
    for sql in ["UPDATE igny8_keywords SET volume = 1", "DELETE FROM igny8_keywords"] {
        assert_eq!(transaction.execute(sql).await.unwrap().rows_affected(), 1, "{sql}");
    }
    let theirs = second.home.account.as_uuid();
    let made = format!(
        "INSERT INTO igny8_ai_prompts (account_id, id, prompt_type, prompt_value, created_at, updated_at)
         VALUES ('{theirs}', gen_random_uuid(), 'ideas', '', 0, 0)"
    );
    let refused = transaction.execute(AssertSqlSafe(made)).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    drop(transaction);
    // The queue is read and leased across tenants; the rest of a tenant is not.
    let mut transaction = connection.begin().await.unwrap();
    let system = "SET LOCAL search_path = igny8; SET LOCAL igny8.system = 'on'";
    transaction.execute(sqlx::raw_sql(system)).await.unwrap();
    for (sql, rows) in [
        ("UPDATE igny8_runs SET priority = 1", 4),
        ("DELETE FROM igny8_runs", 0),
        ("UPDATE igny8_accounts SET balance = 1000", 0),
        ("UPDATE igny8_logins SET email = email", 0),
        ("UPDATE igny8_tokens SET user_id = user_id", 0),
        ("UPDATE igny8_webhook_deliveries SET attempts = 9", 0),
        ("UPDATE igny8_credentials SET token_version = 9", 0),
        ("UPDATE igny8_keywords SET volume = 1", 0),
    ] {
        assert_eq!(transaction.execute(sql).await.unwrap().rows_affected(), rows, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_added_to_and_never_taken_from() {
    let Some(database) = Postgres::create().await else { return };
    let [first, _] = filled(&database).await;
    let pool = PgPool::connect(&database.0.application_url()).await.unwrap();
    for sql in [
        "DELETE FROM igny8.igny8_credit_transactions",
        "UPDATE igny8.igny8_credit_transactions SET amount = 0",
        "DELETE FROM igny8.igny8_credit_usage_logs",
        "UPDATE igny8.igny8_credit_usage_logs SET credits_used = 1",
        "DELETE FROM igny8.igny8_credit_reservations",
        "DELETE FROM igny8.igny8_accounts",
        "UPDATE igny8.igny8_migrations SET version = 7",
        "CREATE TABLE igny8.other (id INT)",
        "ALTER TABLE igny8.igny8_keywords NO FORCE ROW LEVEL SECURITY",
    ] {
        let mut transaction = pool.begin().await.unwrap();
        let setting = format!("SET LOCAL {}", account(first.home.account));
        transaction.execute(AssertSqlSafe(setting)).await.unwrap();
        let refused = transaction.execute(sql).await.unwrap_err();
        let code =
            refused.as_database_error().and_then(DatabaseError::code).map(std::borrow::Cow::into_owned);
        // Insufficient privilege.
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
}

/// A new table cannot slip in unguarded.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_guarded_and_every_key_begins_with_the_account() {
    let Some(database) = Postgres::create().await else { return };
    let pool = PgPool::connect(&database.0.owner_url()).await.unwrap();
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT relname::TEXT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname = 'igny8' AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(open, ["igny8_migration_lock", "igny8_migrations"]);
    let keys: Vec<String> = sqlx::query_scalar(
        "SELECT conrelid::REGCLASS::TEXT || ': ' || pg_get_constraintdef(k.oid) FROM pg_constraint k
         JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname = 'igny8' AND contype IN ('p', 'u', 'f')
           AND pg_get_constraintdef(k.oid) NOT LIKE '%KEY (account_id%'
           AND pg_get_constraintdef(k.oid) NOT LIKE 'UNIQUE (account_id%'
           AND pg_get_constraintdef(k.oid) NOT LIKE 'FOREIGN KEY (%industry%' AND conname NOT LIKE '%plan_id_fkey'
         ORDER BY 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let directory_or_shared = |key: &String| {
        let table = key.split(':').next().unwrap().trim_start_matches("igny8.");
        SHARED.contains(&table) || ["igny8_account_slugs", "igny8_logins", "igny8_tokens"].contains(&table)
    };
    let others: Vec<&String> = keys.iter().filter(|key| !directory_or_shared(key)).collect();
    assert!(others.is_empty(), "{others:?}");
}
