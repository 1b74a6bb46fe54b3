//! Measures lists: a page of 100,000 keywords by filter and order with its total, through the port and by bare SQL in the
//! same kind of transaction, turn by turn; and pages by cursor, deep ones against the first.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench ends with what goes wrong, prints what it finds, and asks the database itself"
)]

use std::str::FromStr as _;
use std::time::Instant;

use clap::Parser;
use igny8_core::paging::{Direction, ListQuery, Page};
use igny8_core::pipeline::{KeywordField, KeywordFilter, KeywordQuery, KeywordStatus};
use igny8_core::testing::Tenant;
use igny8_storage::postgres::guarded;
use igny8_tests::bench::{Ground, accounts, percentile, rounded};
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

const SIZE: u32 = 50;

/// What the list builder makes of the query below.
const VOLUME: &str = "CASE WHEN k.volume IS NULL THEN -1 ELSE k.volume END";
const FILTER: &str =
    "WHERE k.account_id = $1 AND k.sector_id = $2 AND k.status IN ($3) AND k.difficulty <= $4";

/// Measures lists of keywords and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "list-bench")]
struct Arguments {
    /// An administrator's URL of an empty PostgreSQL database; without one, a private, durable server is started.
    #[arg(long)]
    database: Option<String>,
    /// Keywords of the sector.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
    /// How often each is asked.
    #[arg(long, default_value_t = 300)]
    times: u32,
    /// Only on this database: `postgres` or `sqlite`.
    #[arg(long)]
    only: Option<String>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let databases = Ground::each(arguments.database.as_deref(), arguments.only.as_deref()).await;
    let mut figures = json!({});
    for (name, ground) in databases {
        figures[name] = measure(&arguments, &ground).await;
    }
    println!("{figures}");
}

async fn measure(arguments: &Arguments, ground: &Ground) -> Value {
    let store = ground.open(2).await;
    let tenant = accounts(store.as_ref(), 1).await.remove(0);
    fill(ground, &tenant, arguments.rows).await;
    let bare = Bare::open(ground).await;
    let query = |page| {
        KeywordQuery {
            filter: KeywordFilter {
                statuses: vec![KeywordStatus::New],
                difficulty_max: Some(40),
                ..KeywordFilter::sector(tenant.home.sector)
            },
            ..ListQuery::default()
        }
        .order_by(KeywordField::Volume, Direction::Descending)
        .page(page)
    };

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for time in 0..arguments.times + 10 {
        let asked = Instant::now();
        let page =
            store.list_keywords(&tenant.scope, &query(Page::Number { number: 1, size: SIZE })).await.unwrap();
        let through_the_port = asked.elapsed();
        let asked = Instant::now();
        let (rows, total) = bare.page(&tenant).await;
        if time >= 10 {
            ours.push(through_the_port);
            theirs.push(asked.elapsed());
        }
        assert_eq!((page.items.len(), page.total), (rows, Some(total)));
    }

    let (mut first, mut deep) = (Vec::new(), Vec::new());
    let mut at = None;
    let mut depth = 0;
    let reach = arguments.rows / 4;
    while depth < reach {
        let page = store
            .list_keywords(&tenant.scope, &query(Page::After { cursor: at.clone(), size: 500 }))
            .await
            .unwrap();
        depth += 500;
        match page.next {
            Some(next) => at = Some(next),
            None => break,
        }
    }
    for _ in 0..arguments.times {
        for (cursor, took) in [(None, &mut first), (at.clone(), &mut deep)] {
            let asked = Instant::now();
            store.list_keywords(&tenant.scope, &query(Page::After { cursor, size: SIZE })).await.unwrap();
            took.push(asked.elapsed());
        }
    }
    let (ours_p99, theirs_p99) = (percentile(&mut ours, 99), percentile(&mut theirs, 99));
    let (first_p50, deep_p50) = (percentile(&mut first, 50), percentile(&mut deep, 50));
    json!({
        "rows": arguments.rows,
        "page_p50_ms": percentile(&mut ours, 50),
        "bare_p50_ms": percentile(&mut theirs, 50),
        "page_p99_ms": ours_p99,
        "bare_p99_ms": theirs_p99,
        "ratio_p99": rounded(ours_p99 / theirs_p99),
        "first_cursor_page_p50_ms": first_p50,
        "deep_cursor_page_p50_ms": deep_p50,
        "deep_cursor_page_rows_before": depth,
        "deep_to_first": rounded(deep_p50 / first_p50),
    })
}

/// Fills the sector; a third are clustered, volumes and difficulties repeat and are missing now and then.
async fn fill(ground: &Ground, tenant: &Tenant, rows: u32) {
    let columns = "account_id, id, site_id, sector_id, keyword, keyword_key, volume, difficulty, intents, status, created_at, updated_at";
    let home = &tenant.home;
    let values = |id: &str, ids: [String; 3]| {
        let [account, site, sector] = ids;
        format!(
            "{account}, {id}, {site}, {sector}, 'green tea number ' || n, 'green tea number ' || n, NULLIF(n * 7919 % 5000, 0),
             NULLIF(n * 31 % 101, 0), 'informational', CASE n % 3 WHEN 0 THEN 'clustered' ELSE 'new' END, n, n"
        )
    };
    let ids = [home.account.as_uuid(), home.site.as_uuid(), home.sector.as_uuid()];
    let sql = match ground {
        Ground::Postgres { .. } => {
            let values = values("gen_random_uuid()", ids.map(|id| format!("'{id}'")));
            format!(
                "INSERT INTO igny8_keywords ({columns}) SELECT {values} FROM generate_series(1, {rows}) n"
            )
        }
        Ground::Sqlite(..) => {
            let values = values("randomblob(16)", ids.map(|id| format!("x'{}'", id.simple())));
            format!(
                "INSERT INTO igny8_keywords ({columns})
                 WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
                 SELECT {values} FROM numbers"
            )
        }
    };
    ground.administer(&sql).await;
    if matches!(ground, Ground::Postgres { .. }) {
        ground.administer("ANALYZE igny8_keywords").await;
    }
}

/// The database without the store.
enum Bare {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Bare {
    async fn open(ground: &Ground) -> Self {
        match ground {
            Ground::Postgres { url, .. } => {
                Self::Postgres(guarded(PgPoolOptions::new()).max_connections(2).connect(url).await.unwrap())
            }
            Ground::Sqlite(folder, _) => {
                let url = format!("sqlite://{}", folder.path().join("bench.db").display());
                let options = SqliteConnectOptions::from_str(&url).unwrap().pragma("query_only", "ON");
                let pool = SqlitePoolOptions::new().max_connections(2).test_before_acquire(false);
                Self::Sqlite(pool.connect_with(options).await.unwrap())
            }
        }
    }

    /// The page, the clusters of its rows, and the total, in one transaction of one view.
    async fn page(&self, tenant: &Tenant) -> (usize, u64) {
        let [account, sector] = [tenant.home.account.as_uuid(), tenant.home.sector.as_uuid()];
        let count = format!("SELECT count(*) AS total FROM igny8_keywords k {FILTER}");
        let select = format!(
            "SELECT k.*, {VOLUME} AS sort_0, k.id AS sort_id FROM igny8_keywords k {FILTER}
             ORDER BY {VOLUME} DESC, k.id DESC LIMIT 51 OFFSET 0"
        );
        let clusters = |ids: &[Uuid], literal: fn(&Uuid) -> String| {
            let ids: Vec<String> = ids.iter().map(literal).collect();
            format!(
                "SELECT keyword_id, cluster_id FROM igny8_keyword_clusters WHERE account_id = $1 AND keyword_id IN ({})",
                ids.join(", ")
            )
        };
        macro_rules! ask {
            ($transaction:ident, $literal:expr) => {{
                let total: i64 = sqlx::query(AssertSqlSafe(count))
                    .bind(account)
                    .bind(sector)
                    .bind("new")
                    .bind(40_i64)
                    .fetch_one(&mut *$transaction)
                    .await
                    .unwrap()
                    .get("total");
                let rows = sqlx::query(AssertSqlSafe(select))
                    .bind(account)
                    .bind(sector)
                    .bind("new")
                    .bind(40_i64)
                    .fetch_all(&mut *$transaction)
                    .await
                    .unwrap();
                let ids: Vec<Uuid> = rows.iter().take(SIZE as usize).map(|row| row.get("id")).collect();
                let members =
                    sqlx::query(AssertSqlSafe(clusters(&ids, $literal))).bind(account).persistent(false);
                members.fetch_all(&mut *$transaction).await.unwrap();
                (ids.len(), u64::try_from(total).unwrap())
            }};
        }
        match self {
            Self::Postgres(pool) => {
                let begin = format!(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = igny8, pg_temp;
                     SET LOCAL igny8.account = '{account}'"
                );
                let mut transaction = pool.begin_with(AssertSqlSafe(begin)).await.unwrap();
                ask!(transaction, |id| format!("'{id}'"))
            }
            Self::Sqlite(pool) => {
                let mut transaction = pool.begin().await.unwrap();
                ask!(transaction, |id| format!("x'{}'", id.simple()))
            }
        }
    }
}
