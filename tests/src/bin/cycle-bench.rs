//! Measures whole runs a second: credits held and the run queued, claimed, settled and ended, in three durable commits.
//! On PostgreSQL beside pgbench, which sends the same statements in the same transactions, round by round in turn, each
//! with one thread.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench ends with what goes wrong, prints what it finds, and counts what is there"
)]

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use igny8_core::credits::verify;
use igny8_core::ids::RunId;
use igny8_core::ports::Store;
use igny8_core::runs::NewRun;
use igny8_core::tenancy::Role;
use igny8_core::testing::{Tenant, scope_for, system_scope};
use igny8_storage::sqlite::Synchronous;
use igny8_tests::bench::{Ground, accounts, claim, finish, new_run, rounded};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The same statements in the same transactions, for pgbench.
const SCRIPT: &str = include_str!("cycle-bench.sql");

/// What a run holds, and what its one item charges.
const RESERVED: i64 = 12;
const CHARGED: i64 = 9;

/// Runs a second that nobody reaches: so many items are made beforehand.
const AT_MOST: u64 = 3_000;

/// Measures run cycles a second and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "cycle-bench")]
struct Arguments {
    /// An administrator's URL of an empty PostgreSQL database; without one, a private, durable server is started.
    #[arg(long)]
    database: Option<String>,
    /// How long each side is measured.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// In how many turns.
    #[arg(long, default_value_t = 4)]
    rounds: u64,
    /// How many work at once.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// How many accounts they work for.
    #[arg(long, default_value_t = 8)]
    accounts: usize,
    /// Another script for pgbench.
    #[arg(long)]
    script: Option<std::path::PathBuf>,
    /// Leave SQLite out.
    #[arg(long)]
    postgres_only: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = Arguments::parse();
    let mut figures = match Ground::postgres(arguments.database.as_deref()).await {
        Some(ground) => on_postgres(&arguments, &ground).await,
        None => json!({}),
    };
    if !arguments.postgres_only {
        for synchronous in [Synchronous::Normal, Synchronous::Full] {
            let ground = Ground::sqlite(synchronous);
            let mut side = Side::open(&arguments, ground).await;
            let measured = side.measure(Duration::from_secs(arguments.seconds / 4)).await;
            figures[format!("{}_cycles_per_second", side.ground.name())] = json!(rounded(measured));
            side.check().await;
        }
    }
    println!("{figures}");
}

async fn on_postgres(arguments: &Arguments, ground: &Ground) -> Value {
    let Ground::Postgres { url, administrator, .. } = ground else { unreachable!() };
    let round = Duration::from_secs((arguments.seconds / arguments.rounds).max(1));
    let mut side = Side::open(arguments, ground_of(url, administrator)).await;
    let theirs = Pgbench::prepare(arguments, &side, url, administrator).await;
    side.measure(Duration::from_secs(2)).await;
    theirs.run(0, 2).await;
    let (mut ours, mut bare) = (0.0, 0.0);
    for number in 1..=arguments.rounds {
        ours += side.measure(round).await;
        bare += theirs.run(number, round.as_secs()).await;
    }
    side.check().await;
    let rounds = arguments.rounds as f64;
    json!({
        "clients": arguments.clients,
        "accounts": arguments.accounts,
        "cycles_per_second": rounded(ours / rounds),
        "pgbench_cycles_per_second": rounded(bare / rounds),
        "ratio": rounded(ours / bare),
    })
}

/// The same database without owning it.
fn ground_of(url: &str, administrator: &str) -> Ground {
    Ground::Postgres { url: url.to_owned(), administrator: administrator.to_owned(), own: None }
}

/// Cycles through the ports.
struct Side {
    ground: Ground,
    store: Arc<dyn Store>,
    accounts: Arc<Vec<Tenant>>,
    clients: usize,
    round: u64,
}

impl Side {
    async fn open(arguments: &Arguments, ground: Ground) -> Self {
        let store = ground.open(u32::try_from(arguments.clients).unwrap()).await;
        let accounts = Arc::new(accounts(store.as_ref(), arguments.accounts).await);
        let side = Self { ground, store, accounts, clients: arguments.clients, round: 0 };
        // A few wait at all times, so that nobody who asks goes without.
        plant(&side.ground, &side.accounts, side.clients, 'f', 0, 4).await;
        for client in 0..side.clients {
            for number in 1..=4 {
                let run = NewRun { id: RunId::from_uuid(id('f', 0, client, number)), ..side.run_of(client) };
                side.store.enqueue(&side.tenant_of(client).scope, run).await.unwrap();
            }
        }
        side
    }

    fn tenant_of(&self, client: usize) -> &Tenant {
        &self.accounts[client % self.accounts.len()]
    }

    fn run_of(&self, client: usize) -> NewRun {
        new_run(self.tenant_of(client), RESERVED)
    }

    /// Cycles a second.
    async fn measure(&mut self, time: Duration) -> f64 {
        self.round += 1;
        let each = AT_MOST * time.as_secs() / self.clients as u64;
        plant(&self.ground, &self.accounts, self.clients, 'a', self.round, each).await;
        let done = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        let started = Instant::now();
        for client in 0..self.clients {
            let (store, done, round) = (Arc::clone(&self.store), Arc::clone(&done), self.round);
            let (scope, template) = (self.tenant_of(client).scope.clone(), self.run_of(client));
            clients.spawn(async move {
                let system = system_scope();
                for number in 1..=each {
                    if started.elapsed() >= time {
                        break;
                    }
                    let run =
                        NewRun { id: RunId::from_uuid(id('a', round, client, number)), ..template.clone() };
                    store.enqueue(&scope, run).await.unwrap();
                    let claimed = loop {
                        if let Some(run) = store.claim(&system, &claim()).await.unwrap() {
                            break run;
                        }
                    };
                    let worker = scope_for(claimed.tenant.account(), None, Role::SystemBot, None);
                    let ended = store.finish_run(&worker, claimed.id, claimed.epoch, finish()).await.unwrap();
                    assert_eq!(ended.charged, Some(CHARGED), "{}", ended.id);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        clients.join_all().await;
        done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
    }

    /// The ledgers are sound.
    async fn check(&self) {
        for tenant in self.accounts.iter() {
            let breaches = verify(&self.store.ledger(&tenant.scope).await.unwrap());
            assert!(breaches.is_empty(), "{:?}", breaches.first());
        }
    }
}

/// Ids in the order in which they come, as those of version 7 are.
fn id(side: char, round: u64, client: usize, number: u64) -> Uuid {
    format!("{side}{round:03x}{number:04x}-{:04x}-7000-8{client:03x}-000000000000", number >> 16)
        .parse()
        .unwrap()
}

/// Each run has one item that charges. It stands there beforehand, so that three commits make a whole cycle.
async fn plant(ground: &Ground, accounts: &[Tenant], clients: usize, side: char, round: u64, each: u64) {
    let literal = |id: Uuid| match ground {
        Ground::Postgres { .. } => format!("'{id}'"),
        Ground::Sqlite(..) => format!("x'{}'", id.simple()),
    };
    for client in 0..clients {
        let account = literal(accounts[client % accounts.len()].home.account.as_uuid());
        let numbers: Vec<u64> = (1..=each).collect();
        for some in numbers.chunks(2_000) {
            let mut sql = String::from(
                "INSERT INTO igny8_run_items (account_id, run_id, item_key, position, label, input, state, credits, result) VALUES ",
            );
            for (at, number) in some.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                let run = literal(id(side, round, client, *number));
                write!(
                    sql,
                    "{comma}({account}, {run}, 'all', 0, 'Keywords', '{{}}', 'done', {CHARGED}, '{{}}')"
                )
                .unwrap();
            }
            ground.administer(&sql).await;
        }
    }
}

/// The other side.
struct Pgbench {
    folder: tempfile::TempDir,
    url: String,
    administrator: String,
    clients: usize,
    accounts: Arc<Vec<Tenant>>,
}

impl Pgbench {
    async fn prepare(arguments: &Arguments, side: &Side, url: &str, administrator: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = arguments.script.as_ref().map(|path| std::fs::read_to_string(path).unwrap());
        std::fs::write(folder.path().join("cycle.sql"), script.as_deref().unwrap_or(SCRIPT)).unwrap();
        // Which account each client starts runs in.
        let mut homes = String::from(
            "CREATE TABLE public.bench_homes (client INT PRIMARY KEY, account_id UUID, site_id UUID, sector_id UUID);
             GRANT SELECT ON public.bench_homes TO PUBLIC;",
        );
        for client in 0..arguments.clients {
            let home = &side.tenant_of(client).home;
            let (account, site, sector) = (home.account, home.site, home.sector);
            write!(
                homes,
                "INSERT INTO public.bench_homes VALUES ({client}, '{account}', '{site}', '{sector}');"
            )
            .unwrap();
        }
        side.ground.administer(&homes).await;
        Self {
            folder,
            url: url.to_owned(),
            administrator: administrator.to_owned(),
            clients: arguments.clients,
            accounts: Arc::clone(&side.accounts),
        }
    }

    /// Cycles a second.
    async fn run(&self, round: u64, seconds: u64) -> f64 {
        let ground = ground_of(&self.url, &self.administrator);
        plant(&ground, &self.accounts, self.clients, 'b', round, AT_MOST * seconds / self.clients as u64)
            .await;
        let before = self.finished().await;
        let mut command = Command::new(program());
        command
            .args(["-n", "-M", "prepared", "-j", "1", "-f"])
            .arg(self.folder.path().join("cycle.sql"))
            .args(["-c", &self.clients.to_string(), "-T", &seconds.to_string()])
            .args(["-D", &format!("round={round}"), "-D", "n=0", "-D", &format!("reserved={RESERVED}")])
            .arg(&self.url);
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !complaints.contains("abort"), "{said}\n{complaints}");
        // Cycles that found no run are no cycles, so the runs are counted, by pgbench's own time.
        let figure = |before: &str, after: &str| {
            let rest = said.split_once(before).unwrap().1;
            rest.split_once(after).unwrap().0.trim().parse::<f64>().unwrap()
        };
        let transactions = figure("number of transactions actually processed: ", "\n");
        let time = transactions / figure("tps = ", " ");
        (self.finished().await - before) / time
    }

    async fn finished(&self) -> f64 {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.administrator).await.unwrap();
        let finished: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM igny8.igny8_runs WHERE state = 'success' AND charged > 0",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        finished as f64
    }
}

/// pgbench, beside the server's other programs where it is not on the path.
fn program() -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("pgbench"));
    on_path.into_iter().find(|program| program.is_file()).expect("pgbench is not installed")
}
