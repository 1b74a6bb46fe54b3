//! `wrk`: load from so many connections, and what came of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Cluster, Server, Usage, resident_mb};
use crate::bench::rounded;

const DONE: &str = r#"
done = function(summary, latency, requests)
    local broken = summary.errors
    io.write("\nFIGURES " .. string.format(
        '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), broken.status,
        broken.connect + broken.read + broken.write + broken.timeout))
end
"#;

/// `wrk` as Debian has it.
#[derive(Debug)]
pub struct Wrk {
    program: PathBuf,
    folder: PathBuf,
}

/// What `wrk` is to do.
#[derive(Clone, Debug)]
pub struct Load {
    /// Path and parameters.
    pub path: String,
    /// Connections at once.
    pub connections: u32,
    /// For how long.
    pub time: Duration,
    /// Sends a new keyword of this sector with each request, instead of asking.
    pub creates_in: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Requests answered a second.
    pub per_second: f64,
    /// All but one of a hundred were faster, in milliseconds.
    pub p99: f64,
    /// The figures as JSON.
    pub json: Value,
}

#[derive(Debug, Deserialize)]
struct Figures {
    requests: u64,
    microseconds: f64,
    p50: f64,
    p99: f64,
    refused: u64,
    broken: u64,
}

impl Wrk {
    /// The installed one.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn find(folder: &Path) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).map(|folder| folder.join("wrk"));
        let program = on_path.into_iter().find(|program| program.is_file());
        let program = program.expect("wrk is not installed (Debian: apt-get install wrk)");
        Self { program, folder: folder.to_owned() }
    }

    /// Puts the load on the server: a fifth of the time to get warm, then all of it.
    pub async fn run(&self, server: &Server, cluster: &Cluster, client: &Client, load: &Load) -> Loaded {
        self.once(client, load, load.time / 5).await;
        let before = Usage::now(server.pid(), cluster);
        let figures = self.once(client, load, load.time).await;
        let taken = Usage::now(server.pid(), cluster).since(before);
        let requests = figures.requests as f64;
        let per_second = rounded(requests * 1e6 / figures.microseconds);
        let (p50, p99) = (figures.p50 / 1e3, figures.p99 / 1e3);
        let json = json!({
            "requests": figures.requests,
            "per_second": per_second,
            "p50_ms": p50,
            "p99_ms": p99,
            "server_cpu_ms": rounded(taken.server / requests),
            "database_cpu_ms": rounded(taken.database / requests),
            "server_rss_mb": resident_mb(server.pid()),
            "non_2xx": figures.refused,
            "broken": figures.broken,
        });
        assert_eq!((figures.refused, figures.broken), (0, 0), "{}: {json}", load.path);
        Loaded { per_second, p99, json }
    }

    async fn once(&self, client: &Client, load: &Load, time: Duration) -> Figures {
        let script = self.folder.join("load.lua");
        std::fs::write(&script, script_of(client, load)).unwrap();
        let mut command = Command::new(&self.program);
        command
            .args(["-t", "2", "-c", &load.connections.to_string(), "--timeout", "30s", "--latency"])
            .args(["-d", &format!("{}s", time.as_secs().max(1))])
            .arg("-s")
            .arg(script)
            .arg(format!("{}{}", client.url(), load.path));
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let figures = said.lines().find_map(|line| line.strip_prefix("FIGURES "));
        let figures = figures.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&done.stderr)));
        serde_json::from_str(figures).unwrap()
    }
}

fn script_of(client: &Client, load: &Load) -> String {
    let mut script = format!("wrk.headers[\"Authorization\"] = \"Bearer {}\"\n", client.token());
    if let Some(sector) = &load.creates_in {
        // No keyword comes twice, of whatever call, thread or request.
        let call = uuid::Uuid::now_v7().simple();
        write!(
            script,
            r#"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local threads = 0
setup = function(thread)
    thread:set("number", threads)
    threads = threads + 1
end
local count = 0
request = function()
    count = count + 1
    local body = '{{"sector_id":"{sector}","keyword":"made {call} ' .. number .. ' ' .. count ..
        '","volume":1200,"difficulty":35,"intents":["informational"]}}'
    return wrk.format(nil, nil, nil, body)
end
"#
        )
        .unwrap();
    }
    script.push_str(DONE);
    script
}
