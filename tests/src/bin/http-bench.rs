//! Measures the server under load from `wrk`, on PostgreSQL with 100,000 keywords in one account: requests a second, times,
//! and CPU a request of the server and of its database; lists beside the very SQL they send, from as many sessions.
//! Each figure stands beside that of the Django original on such a machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a bench ends with what goes wrong, prints what it finds, and tidies the database itself"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use igny8_core::testing::Tenant;
use igny8_tests::bench::http::{
    Bare, Client, Cluster, Content, Load, Program, Sent, Server, Usage, Wrk, log_every_statement,
    resident_mb, sent_by, write_articles,
};
use igny8_tests::bench::{Ground, accounts, rounded};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};

/// What the Django original had: lists by name and the rest.
const DJANGO: [(&str, f64); 9] = [
    ("list", 109.0),
    ("page_20", 92.0),
    ("plain", 137.0),
    ("search", 121.0),
    ("create", 323.0),
    ("import", 12_602.0),
    ("export", 70_612.0),
    ("content_0_ms", 84.0),
    ("content_50_ms", 29.0),
];
const DJANGO_COLD_START: f64 = 0.49;

/// Lists slower than this are shown with their plans.
const SLOW: f64 = 500.0;

/// Measures the server and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "http-bench")]
struct Arguments {
    /// The server's program; `cargo build --release -p igny8-server` makes it.
    #[arg(long, default_value = "target/release/igny8-server")]
    server: PathBuf,
    /// Keywords of the account.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
    /// Seconds of load for each.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Connections of the server to its database.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// Runs of `generate_content`.
    #[arg(long, default_value_t = 200)]
    runs: u32,
    /// Workers of the server; its own default is 4.
    #[arg(long, default_value_t = 4)]
    workers: u16,
    /// SQL to run before the import as the administrator, such as an index to try.
    #[arg(long)]
    sql: Option<String>,
    /// Only these, by commas: `list`, `create`, `files`, `content`, `start`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// Everything that is measured on.
struct Bench {
    arguments: Arguments,
    ground: Ground,
    cluster: Cluster,
    program: Program,
    wrk: Wrk,
    tenant: Tenant,
    email: String,
    password: String,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let Some(ground) = Ground::postgres(None).await else { return };
    let Ground::Postgres { url, administrator, .. } = &ground else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = std::fs::canonicalize(&arguments.server).unwrap_or_else(|_| arguments.server.clone());
    let program = Program::new(&path, folder.path(), url, arguments.connections);
    let tenant = accounts(ground.open(2).await.as_ref(), 1).await.remove(0);
    let email = "owner@bench-0.example".to_owned();
    let password = program.set_password(&email);
    let (cluster, wrk) = (Cluster::of(administrator).await, Wrk::find(folder.path()));
    let bench = Bench { arguments, cluster, wrk, program, tenant, email, password, ground };

    let mut figures = json!({"rows": bench.arguments.rows, "connections": bench.arguments.connections});
    let import = bench.filled().await;
    figures["import"] = import;
    if bench.wants("start") {
        figures["cold_start"] = bench.cold_start();
    }
    if bench.wants("list") {
        figures["lists"] = bench.lists().await;
    }
    if bench.wants("files") {
        figures["export"] = bench.export().await;
    }
    if bench.wants("create") {
        figures["create"] = bench.create().await;
    }
    if bench.wants("content") {
        for (name, answer) in [("content_0_ms", Duration::ZERO), ("content_50_ms", Duration::from_millis(50))]
        {
            figures[name] = bench.content(name, answer, bench.arguments.workers).await;
        }
        let answer = Duration::from_millis(50);
        figures["content_50_ms_of_16_workers"] = bench.content("content_50_ms", answer, 16).await;
    }
    println!("{figures}");
}

impl Bench {
    fn wants(&self, what: &str) -> bool {
        self.arguments.only.is_empty() || self.arguments.only.iter().any(|one| one == what)
    }

    fn time(&self) -> Duration {
        Duration::from_secs(self.arguments.seconds)
    }

    fn sector(&self) -> String {
        self.tenant.home.sector.to_string()
    }

    fn urls(&self) -> (&str, &str) {
        let Ground::Postgres { url, administrator, .. } = &self.ground else { unreachable!() };
        (url, administrator)
    }

    async fn client(&self, server: &Server) -> Client {
        Client::log_in(&server.url(), &self.email, &self.password).await
    }

    /// Imports the keywords, moves a third of them on, and leaves the tables as upkeep would.
    async fn filled(&self) -> Value {
        let server = self.program.start(0, &[]);
        let client = self.client(&server).await;
        if let Some(sql) = &self.arguments.sql {
            self.ground.administer(sql).await;
        }
        let rows = self.arguments.rows;
        let file = file_of(rows);
        let before = Usage::now(server.pid(), &self.cluster);
        let started = Instant::now();
        let path = format!("planner/keywords/import_csv/?sector_id={}", self.sector());
        let report = client.upload(&path, file).await;
        let took = started.elapsed().as_secs_f64();
        let taken = Usage::now(server.pid(), &self.cluster).since(before);
        assert_eq!(report["data"]["created"], json!(rows), "{report}");
        let status = "UPDATE igny8_keywords SET status = 'clustered' WHERE volume % 3 = 0";
        self.ground.administer(status).await;
        let mut connection = sqlx::PgConnection::connect(self.urls().1).await.unwrap();
        connection.execute("VACUUM (ANALYZE)").await.unwrap();
        beside(
            "import",
            f64::from(rows) / took,
            json!({
                "rows_per_second": (f64::from(rows) / took).round(),
                "server_cpu_ms": rounded(taken.server),
                "database_cpu_ms": rounded(taken.database),
                "server_rss_mb": resident_mb(server.pid()),
            }),
        )
    }

    fn cold_start(&self) -> Value {
        let mut lived = Vec::new();
        let mut ready = Vec::new();
        let mut memory = 0.0;
        for _ in 0..5 {
            let server = self.program.start(4, &[]);
            lived.push(server.lived.as_secs_f64());
            ready.push(server.ready.as_secs_f64());
            memory = resident_mb(server.pid());
        }
        lived.sort_by(f64::total_cmp);
        ready.sort_by(f64::total_cmp);
        json!({
            "seconds_to_healthz": rounded(lived[2]),
            "seconds_to_readyz": rounded(ready[2]),
            "server_rss_mb": memory,
            "times_django": rounded(DJANGO_COLD_START / lived[2]),
        })
    }

    /// Each list, what it sends to the database, and that alone.
    async fn lists(&self) -> Value {
        let sector = self.sector();
        let filter = "status=new&volume_min=4000&ordering=-volume&page_size=50";
        let keywords = |parameters: &str| format!("/api/v1/planner/keywords/?{parameters}");
        let mut paths = vec![
            ("list", keywords(filter)),
            ("page_20", keywords(&format!("{filter}&page=20"))),
            ("plain", keywords("page_size=50")),
            ("search", keywords("search=number%20777&page_size=50")),
            ("list_of_sector", keywords(&format!("{filter}&sector_id={sector}"))),
            ("plain_of_sector", keywords(&format!("page_size=50&sector_id={sector}"))),
        ];
        let mut all_sent = Vec::new();
        {
            log_every_statement(&self.ground, true).await;
            let server = self.program.start(0, &[]);
            let client = self.client(&server).await;
            let mut next = keywords("ordering=-volume&page_size=50&cursor=");
            for _ in 0..10 {
                let page: Value = client.get(&next).await.json().await.unwrap();
                next = page["next"].as_str().unwrap().to_owned();
            }
            paths.push(("cursor", next));
            for (_, path) in &paths {
                all_sent.push(self.sent(&client, path).await);
            }
            log_every_statement(&self.ground, false).await;
        }
        let mut figures = json!({});
        let server = self.program.start(0, &[]);
        let (url, _) = self.urls();
        for ((name, path), sent) in paths.iter().zip(&all_sent) {
            // A token is good for a quarter of an hour, and logging in has a limit.
            let client = self.client(&server).await;
            let load = Load { path: path.clone(), connections: 32, time: self.time(), creates_in: None };
            let loaded = self.wrk.run(&server, &self.cluster, &client, &load).await;
            let transaction = sent.of("igny8_keywords");
            let bare = Bare::run(url, transaction, 32, self.time()).await;
            let mut one = beside(name, loaded.per_second, loaded.json.clone());
            one["sent"] = sent.json();
            one["ratio_p99"] = json!(rounded(loaded.p99 / bare.p99));
            one["bare"] = bare.json;
            if loaded.per_second < SLOW {
                one["plans"] = json!(transaction.plans(url).await);
            }
            eprintln!("{name}: {one}");
            figures[name] = one;
        }
        figures
    }

    /// What a request sends, asked once more after its sessions are warm.
    async fn sent(&self, client: &Client, path: &str) -> Sent {
        for _ in 0..3 {
            client.get(path).await.bytes().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let from = std::fs::metadata(self.cluster.log()).unwrap().len();
        client.get(path).await.bytes().await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        sent_by(self.cluster.log(), from)
    }

    async fn export(&self) -> Value {
        let server = self.program.start(0, &[]);
        let client = self.client(&server).await;
        let (mut rates, mut first) = (Vec::new(), Vec::new());
        let before = Usage::now(server.pid(), &self.cluster);
        for _ in 0..5 {
            let started = Instant::now();
            let mut response = client.get("planner/keywords/export_csv/").await;
            let mut lines = 0_usize;
            while let Some(chunk) = response.chunk().await.unwrap() {
                if lines == 0 {
                    first.push(started.elapsed().as_secs_f64() * 1e3);
                }
                lines += chunk.iter().filter(|byte| **byte == b'\n').count();
            }
            assert_eq!(lines, self.arguments.rows as usize + 1);
            rates.push(f64::from(self.arguments.rows) / started.elapsed().as_secs_f64());
        }
        let taken = Usage::now(server.pid(), &self.cluster).since(before);
        rates.sort_by(f64::total_cmp);
        beside(
            "export",
            rates[2],
            json!({
                "rows_per_second": rates[2].round(),
                "ms_to_first_bytes": rounded(first[4]),
                "server_cpu_ms": rounded(taken.server / 5.0),
                "database_cpu_ms": rounded(taken.database / 5.0),
                "server_rss_mb": resident_mb(server.pid()),
            }),
        )
    }

    async fn create(&self) -> Value {
        log_every_statement(&self.ground, true).await;
        let mut sent = Vec::new();
        {
            let server = self.program.start(0, &[]);
            let client = self.client(&server).await;
            for number in 0..4 {
                let from = std::fs::metadata(self.cluster.log()).unwrap().len();
                let body = json!({"sector_id": self.sector(), "keyword": format!("asked once {number}")});
                client.post("planner/keywords/", &body, reqwest::StatusCode::CREATED).await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                sent.push(sent_by(self.cluster.log(), from));
            }
        }
        log_every_statement(&self.ground, false).await;
        let server = self.program.start(0, &[]);
        let client = self.client(&server).await;
        let load = Load {
            path: "/api/v1/planner/keywords/".to_owned(),
            connections: 16,
            time: self.time(),
            creates_in: Some(self.sector()),
        };
        let loaded = self.wrk.run(&server, &self.cluster, &client, &load).await;
        let mut one = beside("create", loaded.per_second, loaded.json);
        one["sent"] = sent.remove(3).json();
        eprintln!("create: {one}");
        one
    }

    async fn content(&self, name: &str, answer: Duration, workers: u16) -> Value {
        let content = Content {
            runs: self.arguments.runs,
            answer,
            workers,
            sector: self.sector(),
            login: (&self.email, &self.password),
            administrator: self.urls().1,
        };
        let (per_second, figures) = write_articles(&self.program, &self.cluster, &content).await;
        let figures = beside(name, per_second, figures);
        eprintln!("{name}: {figures}");
        figures
    }
}

/// The figures with how many times the original's rate theirs is.
fn beside(name: &str, rate: f64, mut figures: Value) -> Value {
    if let Some((_, django)) = DJANGO.iter().find(|(known, _)| *known == name) {
        figures["times_django"] = json!(rounded(rate / django));
    }
    figures
}

/// A keyword file; volumes and difficulties repeat and are missing now and then.
fn file_of(rows: u32) -> Vec<u8> {
    let mut file = String::from("keyword,volume,difficulty,intent\n");
    for n in 1..=rows {
        let or_none = |value: u32| if value == 0 { String::new() } else { value.to_string() };
        let (volume, difficulty) = (or_none(n * 7 % 5_000), or_none(n * 31 % 101));
        file.push_str(&format!("green tea number {n},{volume},{difficulty},informational\n"));
    }
    file.into_bytes()
}
