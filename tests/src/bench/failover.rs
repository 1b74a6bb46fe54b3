//! A primary that dies while many write, and a standby that takes its place: what was acknowledged is there afterwards, and
//! nobody has to be started anew.

#![allow(clippy::disallowed_methods, reason = "questions to the servers themselves")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use igny8_core::Error;
use igny8_core::credits::verify;
use igny8_core::ids::RunId;
use igny8_core::ports::Store;
use igny8_core::runs::{Changeset, ItemCommit, ItemOutcome, NewRun, PlannedItem, Progress, RunState};
use igny8_core::tenancy::Role;
use igny8_core::testing::{Tenant, scope_for, system_scope};
use igny8_storage::{PostgresOptions, PostgresStore};
use igny8_test_postgres::{APPLICATION, Cluster, OWNER};
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{accounts, claim, finish, new_run};

const DATABASE: &str = "igny8";

/// Asks until the answer is not that it may be asked again; `None` when there was none before the end.
macro_rules! again {
    ($stopped:ident, $question:expr) => {
        loop {
            match $question.await {
                Err(error) if error.is_retryable() => {
                    if *$stopped.borrow() {
                        break None;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                answer => break Some(answer),
            }
        }
    };
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Failover {
    /// Runs whose start was acknowledged, before and after the primary died.
    pub started: usize,
    /// Runs whose end was acknowledged.
    pub finished: usize,
    /// Of both, those that are not there afterwards.
    pub lost: usize,
    /// Rules of the ledger that do not hold afterwards.
    pub breaches: usize,
    /// Writes that were acknowledged after the primary had died.
    pub acknowledged_after: usize,
    /// How long it took until the standby was promoted.
    pub promoted: Duration,
    /// How long no write was acknowledged.
    pub refused: Duration,
}

/// What clients were told.
#[derive(Default)]
struct Told {
    started: BTreeMap<RunId, usize>,
    finished: Vec<(RunId, usize)>,
    at: Vec<Instant>,
}

/// Lets so many clients work for the time before and after the primary dies; `None` where PostgreSQL is left out.
pub async fn fail_over(clients: usize, before: Duration, after: Duration) -> Option<Failover> {
    let primary = Cluster::start(&["synchronous_commit=remote_apply"]).await?;
    primary.server().await;
    administer(&primary, "postgres", &format!("CREATE DATABASE {DATABASE} OWNER {OWNER}")).await;
    PostgresStore::migrate(primary.url(OWNER, DATABASE), APPLICATION).await.unwrap();
    let standby = primary.standby(&[]).await;
    // From here on a commit is told of when the standby has it.
    administer(&primary, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    administer(&primary, "postgres", "SELECT pg_reload_conf()").await;
    let mut administrator = PgConnection::connect(&primary.url("postgres", "postgres")).await.unwrap();
    loop {
        let synchronous: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')")
                .fetch_one(&mut administrator)
                .await
                .unwrap();
        if synchronous {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let options = PostgresOptions::new(primary.url(APPLICATION, DATABASE))
        .standby(standby.url(APPLICATION, DATABASE))
        .replica(standby.url(APPLICATION, DATABASE))
        .connections(u32::try_from(clients).unwrap());
    let store: Arc<dyn Store> = Arc::new(options.open().await.unwrap());
    let tenants = Arc::new(accounts(store.as_ref(), clients.div_ceil(2)).await);
    let told = Arc::new(Mutex::new(Told::default()));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let work = work(client, Arc::clone(&store), Arc::clone(&tenants), Arc::clone(&told), stopped.clone());
        tasks.spawn(work);
    }
    tokio::time::sleep(before).await;
    primary.kill();
    let died = Instant::now();
    let standby = tokio::task::spawn_blocking(move || {
        standby.promote();
        standby
    });
    let _standby = standby.await.unwrap();
    let promoted = died.elapsed();
    tokio::time::sleep(after).await;
    stop.send_replace(true);
    tasks.join_all().await;

    let told = std::mem::take(&mut *told.lock().unwrap());
    let mut lost = 0;
    for (id, account) in &told.started {
        lost += usize::from(store.get_run(&tenants[*account].scope, *id).await.is_err());
    }
    for (id, account) in &told.finished {
        let run = store.get_run(&tenants[*account].scope, *id).await;
        lost += usize::from(!run.is_ok_and(|run| run.state == RunState::Success));
    }
    let mut breaches = 0;
    for tenant in tenants.iter() {
        breaches += verify(&store.ledger(&tenant.scope).await.unwrap()).len();
    }
    let last = told.at.iter().filter(|at| **at <= died).max().copied().unwrap_or(died);
    let first = told.at.iter().filter(|at| **at > last + Duration::from_millis(20)).min().copied();
    Some(Failover {
        started: told.started.len(),
        finished: told.finished.len(),
        lost,
        breaches,
        acknowledged_after: told.at.iter().filter(|at| **at > died + Duration::from_millis(20)).count(),
        promoted,
        refused: longest_gap(&told.at).max(first.map_or(after, |first| first - last)),
    })
}

/// The longest time between two that follow each other.
fn longest_gap(at: &[Instant]) -> Duration {
    let mut at = at.to_vec();
    at.sort_unstable();
    at.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default()
}

/// Starts, takes and ends runs, trying again whatever fails for a while, as any client does.
async fn work(
    client: usize,
    store: Arc<dyn Store>,
    tenants: Arc<Vec<Tenant>>,
    told: Arc<Mutex<Told>>,
    stopped: watch::Receiver<bool>,
) {
    let account = client % tenants.len();
    let tenant = &tenants[account];
    let system = system_scope();
    while !*stopped.borrow() {
        let run = new_run(tenant, 12);
        // Tried again under its key: it may have been started though nobody was told.
        let run = NewRun { idempotency_key: Some(run.id.to_string()), ..run };
        let Some(started) = again!(stopped, store.enqueue(&tenant.scope, run.clone())) else { break };
        let acknowledge = || told.lock().unwrap().at.push(Instant::now());
        acknowledge();
        told.lock().unwrap().started.insert(started.unwrap().run.id, account);
        let question = claim();
        let Some(claimed) = again!(stopped, store.claim(&system, &question)) else { break };
        let Some(claimed) = claimed.unwrap() else { continue };
        let of = tenants.iter().position(|tenant| tenant.home.account == claimed.tenant.account()).unwrap();
        let scope = scope_for(claimed.tenant.account(), None, Role::SystemBot, None);
        let (id, epoch) = (claimed.id, claimed.epoch);
        let item = PlannedItem { key: "all".to_owned(), label: "All".to_owned(), input: json!({}) };
        let done = ItemCommit {
            key: "all".to_owned(),
            outcome: ItemOutcome::Done { changes: Changeset::new(), credits: 9, result: json!({}) },
            progress: Progress::default(),
        };
        let planned = again!(stopped, store.plan_items(&scope, id, epoch, vec![item.clone()]));
        if planned.is_none() || again!(stopped, store.commit_item(&scope, id, epoch, done.clone())).is_none()
        {
            break;
        }
        let Some(ended) = again!(stopped, store.finish_run(&scope, id, epoch, finish())) else { break };
        match ended {
            // It had ended though nobody was told.
            Err(Error::LeaseLost) => {}
            ended => {
                ended.unwrap();
                acknowledge();
                told.lock().unwrap().finished.push((id, of));
            }
        }
    }
}

async fn administer(cluster: &Cluster, database: &str, sql: &str) {
    let mut connection = PgConnection::connect(&cluster.url("postgres", database)).await.unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}
