//! Measures a thousand listeners on one run under way: what they see, how soon, and what they cost the server.
//! The server is a process of its own, which this program starts of itself; both talk over sockets of this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench ends with what goes wrong, and prints what it finds"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use clap::{Parser, ValueEnum};
use igny8_ai::Offline;
use igny8_core::pipeline::{NewCluster, NewKeyword};
use igny8_core::ports::{ModelInfo, ProviderError, TextModel, TextReply, TextRequest};
use igny8_core::runs::WorkerConfig;
use igny8_core::testing::{Moment, Watch};
use igny8_test_postgres::Server;
use igny8_tests::bench::percentile;
use igny8_tests::faults::ground::{Opening, open};
use igny8_tests::faults::{Ground, Kind};
use igny8_tests::served::{Served, ask, request};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::mpsc;

/// Listens to one run many times over and prints one JSON object.
#[derive(Clone, Debug, Parser)]
#[command(name = "sse-bench")]
struct Arguments {
    /// How many listen.
    #[arg(long, default_value_t = 1_000)]
    listeners: usize,
    /// How many items the run has; each changes its progress several times.
    #[arg(long, default_value_t = 20)]
    items: usize,
    /// How long the model takes over each, in milliseconds.
    #[arg(long, default_value_t = 200)]
    pause: u64,
    /// On which kind of database.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// Be the server, on this database.
    #[arg(long, hide = true)]
    serve: Option<String>,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Database {
    /// A file.
    Sqlite,
    /// A private cluster, or the server that `IGNY8_TEST_POSTGRES` names.
    Postgres,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    if let Some(place) = arguments.serve.clone() {
        return serve(&arguments, &place).await;
    }
    let wanted = arguments.listeners as u64 + 200;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: maximum.map_or(Some(wanted), |most| Some(most.min(wanted))), maximum };
        setrlimit(Resource::Nofile, raised).expect("set `ulimit -n` to more than there are listeners");
    }
    let kind = match arguments.database {
        Database::Sqlite => Kind::Sqlite(None),
        Database::Postgres => match Server::get().await {
            Some(server) => Kind::Postgres(Box::new(server.clone())),
            None => return,
        },
    };
    let ground = Ground::new(&kind).await;
    println!("{}", listen(&arguments, ground.place()).await);
}

/// The offline provider, as slow as a real one.
struct Slow(Duration);

#[async_trait]
impl TextModel for Slow {
    fn info(&self) -> ModelInfo {
        TextModel::info(&Offline::new())
    }

    async fn complete(&self, request: TextRequest) -> Result<TextReply, ProviderError> {
        tokio::time::sleep(self.0).await;
        Offline::new().complete(request).await
    }
}

/// The server: says where it is and which run to listen to, and works on it when told to.
async fn serve(arguments: &Arguments, place: &str) {
    let reads = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&reads);
    let watch: Watch = Arc::new(move |moment, method: &str| {
        let reads = method.ends_with("get_run") && matches!(moment, Moment::Before);
        counted.fetch_add(u64::from(reads), Ordering::Relaxed);
    });
    let opening = Opening { connections: 8, watch: Some(watch), ..Opening::default() };
    let model = Slow(Duration::from_millis(arguments.pause));
    let igny8 = open(place, &opening).await.text_model(model).build().unwrap();
    let served = Served::start(igny8.clone()).await;
    let scope = igny8.enter(&served.home.owner, served.home.account).await.unwrap();
    let mut clusters = Vec::new();
    for number in 0..arguments.items {
        let cluster = NewCluster::named(format!("Tea {number}"));
        let cluster = igny8.clusters(&scope).create(served.home.sector, cluster).await.unwrap().id;
        let keyword = NewKeyword { cluster: Some(cluster), ..NewKeyword::new(format!("best tea {number}")) };
        igny8.keywords(&scope).create(served.home.sector, keyword).await.unwrap();
        clusters.push(cluster);
    }
    let grant = json!({"amount": 10_000, "description": "funds", "key": "funds"});
    let funds = request("POST", "billing/grant/", &served.as_developer(), Some(&grant));
    assert_eq!(ask(served.address, &funds).await.unwrap().status, 201);
    let body = json!({"ids": clusters});
    let start = request("POST", "planner/clusters/auto_generate_ideas/", &served.as_owner(), Some(&body));
    let started = ask(served.address, &start).await.unwrap();
    let run = started.body["task_id"].as_str().expect("a run was started").to_owned();
    println!("{}", json!({"address": served.address, "token": served.owner, "run": run}));

    let mut told = BufReader::new(tokio::io::stdin()).lines();
    told.next_line().await.unwrap();
    let before = reads.load(Ordering::Relaxed);
    let mut progress = igny8.follow::<Value>(&scope, run.parse().unwrap()).progress();
    let worker = igny8.spawn_worker(WorkerConfig::default());
    let mut seen = BTreeMap::new();
    while let Some(progress) = progress.next().await.unwrap() {
        seen.insert(progress.version, now());
    }
    // What listeners still ask comes before they are told to stop.
    told.next_line().await.unwrap();
    println!("{}", json!({"seen": seen, "reads": reads.load(Ordering::Relaxed) - before}));
    worker.shutdown().await;
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_micros()).unwrap()
}

/// What one listener saw: when each version came, and whether the run's end did.
type Heard = (BTreeMap<u64, u64>, bool);

async fn listen(arguments: &Arguments, place: &str) -> Value {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--serve", place, "--items", &arguments.items.to_string()])
        .args(["--pause", &arguments.pause.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let process = server.id().unwrap();
    let mut tell = server.stdin.take().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let place: Value = serde_json::from_str(&said.next_line().await.unwrap().unwrap()).unwrap();
    let address: SocketAddr = place["address"].as_str().unwrap().parse().unwrap();
    let headers = vec![("authorization", format!("Bearer {}", place["token"].as_str().unwrap()))];
    let path = format!("system/settings/task_progress/{}/stream/", place["run"].as_str().unwrap());
    let bytes: Arc<[u8]> = request("GET", &path, &headers, None).into();
    let idle = resident(process);
    let (ready, mut listening) = mpsc::unbounded_channel();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..arguments.listeners {
        tasks.spawn(hear(address, Arc::clone(&bytes), ready.clone()));
    }
    for _ in 0..arguments.listeners {
        listening.recv().await;
    }
    let (connected, cpu) = (resident(process), processor(process));
    let begun = now();
    tell.write_all(b"work\n").await.unwrap();
    let heard: Vec<Heard> = tasks.join_all().await;
    let (ended, working, cpu) = (now(), resident(process), processor(process) - cpu);
    tell.write_all(b"stop\n").await.unwrap();
    let figures: Value = serde_json::from_str(&said.next_line().await.unwrap().unwrap()).unwrap();
    let seen: BTreeMap<u64, u64> = serde_json::from_value(figures["seen"].clone()).unwrap();
    server.wait().await.unwrap();

    // A version is new when the first anywhere sees it, the server's own listener included.
    let mut first = seen.clone();
    for (version, at) in heard.iter().flat_map(|(versions, _)| versions) {
        let first = first.entry(*version).or_insert(*at);
        *first = (*first).min(*at);
    }
    let mut latencies: Vec<Duration> = heard
        .iter()
        .flat_map(|(versions, _)| versions)
        .filter(|(_, at)| **at > begun)
        .map(|(version, at)| Duration::from_micros(at - first[version]))
        .collect();
    let finished = heard.iter().filter(|(_, finished)| *finished).count();
    json!({
        "listeners": arguments.listeners,
        "events": heard.iter().map(|(versions, _)| versions.len()).sum::<usize>(),
        "versions": first.len(),
        "saw_the_end": finished,
        "all_saw_the_end": finished == arguments.listeners,
        "reads_of_the_run": figures["reads"],
        "rss_mib_before": idle,
        "rss_mib_connected": connected,
        "rss_mib_working": working,
        "latency_p50_ms": percentile(&mut latencies, 50),
        "latency_p99_ms": percentile(&mut latencies, 99),
        "server_cpu_seconds": cpu,
        "seconds": (ended - begun) as f64 / 1e6,
    })
}

/// Listens until the stream ends.
async fn hear(address: SocketAddr, bytes: Arc<[u8]>, ready: mpsc::UnboundedSender<()>) -> Heard {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let (mut heard, mut finished) = (BTreeMap::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(version) = line.strip_prefix("id: ") {
            heard.insert(version.trim().parse().unwrap(), now());
            if heard.len() == 1 {
                ready.send(()).unwrap();
            }
        }
        finished |= line.starts_with("event: finished");
    }
    (heard, finished)
}

/// The memory that a process holds, in MiB.
fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
    (kibibytes / 102.4).round() / 10.0
}

/// The processor time that a process has had, in seconds.
fn processor(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}
