//! The plans of the queries that must not slow down with what a tenant has: a page of a large sector and the count beside it.

#![allow(clippy::disallowed_methods, reason = "EXPLAIN of what the store asks")]

use igny8_core::testing::Tenant;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::databases::{Database as _, Postgres};

const KEYWORDS: u32 = 100_000;

/// What the list of keywords is ordered by.
const VOLUME: &str = "CASE WHEN k.volume IS NULL THEN -1 ELSE k.volume END";
const DIFFICULTY: &str = "CASE WHEN k.difficulty IS NULL THEN -1 ELSE k.difficulty END";

/// A page's statement, as the list builder composes it: filter, order, and the row that the page begins after.
fn page(expression: &str, filter: &str, after: &str) -> String {
    format!(
        "SELECT k.*, {expression} AS sort_0, k.id AS sort_id FROM igny8_keywords k
         WHERE k.account_id = $1 AND k.site_id = $2 AND k.sector_id = $3 {filter} {after}
         ORDER BY {expression} DESC, k.id DESC LIMIT 51"
    )
}

struct Explained {
    connection: PgConnection,
    tenant: Tenant,
}

impl Explained {
    async fn plan(&mut self, sql: &str) -> String {
        let home = &self.tenant.home;
        let ids = [home.account.as_uuid(), home.site.as_uuid(), home.sector.as_uuid()];
        let sql = (1..=ids.len())
            .zip(ids)
            .fold(sql.to_owned(), |sql, (number, id)| sql.replace(&format!("${number}"), &format!("'{id}'")));
        let mut transaction = self.connection.begin().await.unwrap();
        let settings = format!("SET LOCAL search_path = igny8; SET LOCAL igny8.account = '{}'", ids[0]);
        transaction.execute(sqlx::raw_sql(AssertSqlSafe(settings))).await.unwrap();
        let explain = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) {sql}");
        let lines: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut *transaction).await.unwrap();
        lines.join("\n")
    }
}

async fn filled(database: &Postgres) -> Explained {
    let store = database.open().await;
    let tenant = Tenant::open(&store, "acme", "unlimited").await.unwrap();
    let neighbour = Tenant::open(&store, "bonobo", "unlimited").await.unwrap();
    for (home, keywords) in [(&tenant.home, KEYWORDS), (&neighbour.home, 2 * KEYWORDS)] {
        let fill = format!(
            "SET session_replication_role = replica;
             INSERT INTO igny8.igny8_keywords (account_id, id, site_id, sector_id, keyword, keyword_key, volume, difficulty,
                 status, created_at, updated_at)
             SELECT '{}', gen_random_uuid(), '{}', '{}', 'tea ' || n, 'tea ' || n, NULLIF(n % 5000, 0), NULLIF(n % 101, 0),
                    CASE n % 3 WHEN 0 THEN 'clustered' ELSE 'new' END, n, n
             FROM generate_series(1, {keywords}) n",
            home.account.as_uuid(),
            home.site.as_uuid(),
            home.sector.as_uuid()
        );
        database.0.administer(&fill).await;
    }
    database.0.administer("VACUUM ANALYZE igny8.igny8_keywords").await;
    let options: PgConnectOptions = database.0.application_url().parse().unwrap();
    let connection = PgConnection::connect_with(&options).await.unwrap();
    Explained { connection, tenant }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_large_sector_reads_an_index_and_little_more_than_the_page() {
    let Some(database) = Postgres::create().await else { return };
    let mut explained = filled(&database).await;
    let newest = "AND (k.created_at, k.id) < (50000, '80000000-0000-0000-0000-000000000000')";
    let larger = format!("AND ({VOLUME}, k.id) < (2500, '80000000-0000-0000-0000-000000000000')");
    for (expression, filter, after, index) in [
        ("k.created_at", "", "", "igny8_keywords_newest"),
        ("k.created_at", "AND k.status IN ('clustered')", "", "igny8_keywords_newest"),
        ("k.created_at", "AND k.status IN ('clustered')", newest, "igny8_keywords_newest"),
        (VOLUME, "AND k.difficulty <= 40", "", "igny8_keywords_volume"),
        (VOLUME, "AND k.difficulty <= 40", &larger, "igny8_keywords_volume"),
        (DIFFICULTY, "AND k.volume >= 100", "", "igny8_keywords_difficulty"),
        ("k.keyword_key", "AND k.status IN ('new')", "", "igny8_keywords_text"),
    ] {
        let plan = explained.plan(&page(expression, filter, after)).await;
        assert!(
            plan.contains(index) && !plan.contains("Seq Scan") && !plan.contains("Sort"),
            "{filter} {after}: {plan}"
        );
        assert!(removed(&plan) < 2_000, "{filter} {after}: {plan}");
    }
    // The total of a numbered page reads the sector's rows and nobody else's.
    for filter in ["", "AND k.volume >= 4000", "AND k.status IN ('new')"] {
        let count = format!(
            "SELECT count(*) AS total FROM igny8_keywords k WHERE k.account_id = $1 AND k.sector_id = $3 {filter}"
        );
        let plan = explained.plan(&count).await;
        assert!(plan.contains("igny8_keywords_") && !plan.contains("Seq Scan"), "{plan}");
    }
}

/// Rows that the plan read and threw away.
fn removed(plan: &str) -> u64 {
    let lines = plan.lines().filter(|line| line.contains("Rows Removed"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}
