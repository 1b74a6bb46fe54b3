//! Measures claims while much waits: how long one takes beside 50,000 waiting runs and thousands of idle accounts, against
//! a queue in which hardly anything waits, and how long one tenant's backlog keeps another's first run waiting.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends with what goes wrong, and prints what it finds"
)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use igny8_core::ports::Store;
use igny8_core::runs::Progress;
use igny8_core::tenancy::Role;
use igny8_core::testing::{Tenant, scope_for, system_scope};
use igny8_tests::bench::{FUNCTION, Ground, accounts, claim, finish, new_run, percentile, rounded};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Measures claims under a backlog and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "backlog-bench")]
struct Arguments {
    /// An administrator's URL of an empty PostgreSQL database; without one, a private, durable server is started.
    #[arg(long)]
    database: Option<String>,
    /// How many runs wait.
    #[arg(long, default_value_t = 50_000)]
    runs: usize,
    /// For how many accounts.
    #[arg(long, default_value_t = 1_000)]
    accounts: usize,
    /// How many accounts have nothing to do.
    #[arg(long, default_value_t = 20_000)]
    idle: usize,
    /// The runs of the one tenant that keeps another waiting.
    #[arg(long, default_value_t = 10_000)]
    of_one: usize,
    /// How many workers claim at once.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Claims on the nearly empty queue.
    #[arg(long, default_value_t = 2_000)]
    few: usize,
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
    let workers = if matches!(ground, Ground::Sqlite(..)) { 1 } else { arguments.workers };
    let store = ground.open(u32::try_from(workers + 4).unwrap()).await;
    let tenants = accounts(store.as_ref(), arguments.accounts).await;
    // A queue in which only a few wait, without idle accounts and without a backlog.
    for tenant in tenants.iter().take(workers * 2) {
        store.enqueue(&tenant.scope, new_run(tenant, 0)).await.unwrap();
    }
    let mut few = drain(&store, &tenants, workers, Some(arguments.few)).await;
    drain(&store, &tenants, workers, None).await;

    idle(ground, &tenants[0], arguments.idle).await;
    backlog(ground, &tenants, arguments.runs).await;
    let started = Instant::now();
    let mut many = drain(&store, &tenants, workers, None).await;
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(many.len(), arguments.runs);

    let first = first_of_another(arguments, ground, &store, &tenants, workers).await;
    let (few_p99, many_p99) = (percentile(&mut few, 99), percentile(&mut many, 99));
    json!({
        "runs": arguments.runs,
        "accounts": arguments.accounts,
        "idle_accounts": arguments.idle,
        "workers": workers,
        "claims_per_second": rounded(many.len() as f64 / seconds),
        "claim_p50_ms_nearly_empty": percentile(&mut few, 50),
        "claim_p99_ms_nearly_empty": few_p99,
        "claim_p50_ms_at_backlog": percentile(&mut many, 50),
        "claim_p99_ms_at_backlog": many_p99,
        "ratio_p99": rounded(many_p99 / few_p99),
        "first_run_beside_another_tenants_backlog_ms": rounded(first.as_secs_f64() * 1e3),
    })
}

/// Claims and ends runs until none is due, or until so many, each of which is followed by another then. How long each claim took.
async fn drain(
    store: &Arc<dyn Store>,
    tenants: &[Tenant],
    workers: usize,
    keep: Option<usize>,
) -> Vec<Duration> {
    let tenants: Arc<Vec<Tenant>> = Arc::new(tenants.to_vec());
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (store, tenants) = (Arc::clone(store), Arc::clone(&tenants));
        tasks.spawn(async move {
            let system = system_scope();
            let mut took = Vec::new();
            let mut empty = 0;
            while keep.is_none_or(|keep| took.len() < keep / workers) && empty < 20 {
                let asked = Instant::now();
                let claimed = store.claim(&system, &claim()).await.unwrap();
                let Some(run) = claimed else {
                    // Others may have held the last ones at this moment.
                    empty += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                };
                took.push(asked.elapsed());
                empty = 0;
                let scope = scope_for(run.tenant.account(), None, Role::SystemBot, None);
                store.finish_run(&scope, run.id, run.epoch, finish()).await.unwrap();
                if keep.is_some() {
                    let of = tenants.iter().find(|tenant| tenant.home.account == run.tenant.account());
                    let of = of.unwrap();
                    store.enqueue(&of.scope, new_run(of, 0)).await.unwrap();
                }
            }
            took
        });
    }
    tasks.join_all().await.concat()
}

/// Accounts that once had a run and have nothing to do.
async fn idle(ground: &Ground, like: &Tenant, many: usize) {
    let numbers: Vec<usize> = (0..many).collect();
    for some in numbers.chunks(1_000) {
        let mut sql = String::new();
        for number in some {
            let id = literal(ground, Uuid::now_v7());
            let account = literal(ground, like.home.account.as_uuid());
            write!(
                sql,
                "INSERT INTO igny8_accounts (account_id, name, slug, plan_id, status, created_at, updated_at)
                     SELECT {id}, name, 'idle-{number}', plan_id, status, created_at, updated_at FROM igny8_accounts
                     WHERE account_id = {account};
                 INSERT INTO igny8_run_turns (account_id, last_served_at, due_at) VALUES ({id}, 0, NULL);"
            )
            .unwrap();
        }
        ground.administer(&format!("BEGIN; {sql} COMMIT")).await;
    }
}

/// So many runs, dealt out to the accounts, written as starting them one by one would have.
async fn backlog(ground: &Ground, tenants: &[Tenant], runs: usize) {
    let numbers: Vec<usize> = (0..runs).collect();
    let now = chrono::Utc::now().timestamp_micros();
    let progress = serde_json::to_string(&Progress::default()).unwrap();
    for some in numbers.chunks(2_000) {
        let mut sql = String::from(
            "BEGIN; INSERT INTO igny8_runs (account_id, id, site_id, sector_id, function, input, state, max_attempts, priority,
                 run_at, reserved, announced_ai_requests, announced_words, announced_images, progress, created_at, updated_at)
             VALUES ",
        );
        for (at, number) in some.iter().enumerate() {
            let home = &tenants[number % tenants.len()].home;
            let [account, id, site, sector] =
                [home.account.as_uuid(), Uuid::now_v7(), home.site.as_uuid(), home.sector.as_uuid()]
                    .map(|id| literal(ground, id));
            let comma = if at == 0 { "" } else { ", " };
            write!(
                sql,
                "{comma}({account}, {id}, {site}, {sector}, '{FUNCTION}', '{{}}', 'pending', 3, 0, {now}, 0, 0, 0, 0,
                     '{progress}', {now} + {number}, {now})"
            )
            .unwrap();
        }
        let due = "INSERT INTO igny8_run_turns (account_id, last_served_at, due_at)
            SELECT DISTINCT account_id, 0, 1 FROM igny8_runs WHERE state = 'pending'
            ON CONFLICT (account_id) DO UPDATE SET due_at = 1;";
        ground.administer(&format!("{sql}; {due} COMMIT")).await;
    }
    if matches!(ground, Ground::Postgres { .. }) {
        // As the server does by itself after so many rows, a minute later.
        ground.administer("ANALYZE igny8_runs, igny8_run_turns, igny8_accounts").await;
    }
}

/// How long the first run of a tenant waits for a worker while another's backlog is worked on.
async fn first_of_another(
    arguments: &Arguments,
    ground: &Ground,
    store: &Arc<dyn Store>,
    tenants: &[Tenant],
    workers: usize,
) -> Duration {
    backlog(ground, &tenants[..1], arguments.of_one).await;
    let stop = Arc::new(AtomicBool::new(false));
    let late = tenants.last().unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (store, stop, account) = (Arc::clone(store), Arc::clone(&stop), late.home.account);
        tasks.spawn(async move {
            let system = system_scope();
            let mut found = None;
            while !stop.load(Ordering::Relaxed) {
                let Some(run) = store.claim(&system, &claim()).await.unwrap() else { continue };
                if run.tenant.account() == account {
                    found = Some(Instant::now());
                    stop.store(true, Ordering::Relaxed);
                }
                // A worker has its hands full with each for a while.
                tokio::time::sleep(Duration::from_millis(20)).await;
                let scope = scope_for(run.tenant.account(), None, Role::SystemBot, None);
                store.finish_run(&scope, run.id, run.epoch, finish()).await.unwrap();
            }
            found
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    store.enqueue(&late.scope, new_run(late, 0)).await.unwrap();
    let found = tasks.join_all().await.into_iter().flatten().next().unwrap();
    found.duration_since(asked)
}

fn literal(ground: &Ground, id: Uuid) -> String {
    match ground {
        Ground::Postgres { .. } => format!("'{id}'"),
        Ground::Sqlite(..) => format!("x'{}'", id.simple()),
    }
}
