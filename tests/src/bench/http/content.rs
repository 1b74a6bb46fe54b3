//! Articles: so many tasks, a run for each, and a service that takes its time to answer.

#![allow(clippy::disallowed_methods, reason = "what is there is counted past the server")]

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use super::{Client, Cluster, Program, Usage, resident_mb};
use crate::bench::rounded;
use crate::fake_openai::{Answer, FakeOpenAi, MODEL, good};

/// How many starts are sent at once.
const STARTS: usize = 16;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// How many runs of one article each.
    pub runs: u32,
    /// How long the service takes.
    pub answer: Duration,
    /// The server's workers.
    pub workers: u16,
    /// The sector.
    pub sector: String,
    /// Who logs in.
    pub login: (&'a str, &'a str),
    /// An administrator's URL of the database.
    pub administrator: &'a str,
}

/// Writes them, and tells how many runs a second there were from the first start to the last end.
pub async fn write_articles(program: &Program, cluster: &Cluster, content: &Content<'_>) -> (f64, Value) {
    let late = content.answer;
    let service = FakeOpenAi::answering(move |asked| match late {
        Duration::ZERO => Answer::json(&good(asked)),
        late => Answer::json(&good(asked)).late(late),
    })
    .await;
    let base_url = service.base_url();
    let server = program.start(
        content.workers,
        &[
            ("IGNY8_PROVIDER", "openai"),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_API_KEY", "sk-fake-0123456789"),
            ("OPENAI_MODEL", MODEL),
        ],
    );
    let client = Client::log_in(&server.url(), content.login.0, content.login.1).await;
    let mut tasks = Vec::new();
    for number in 0..content.runs {
        let task = json!({
            "sector_id": content.sector, "title": format!("Steady article {number} of {}", uuid::Uuid::now_v7()),
            "keywords": [format!("steady number {number}")], "word_count": 600,
        });
        let made = client.post("writer/tasks/", &task, StatusCode::CREATED).await;
        tasks.push(made["data"]["id"].as_str().unwrap().to_owned());
    }
    let mut connection = PgConnection::connect(content.administrator).await.unwrap();
    let before = ended(&mut connection).await;
    let usage = Usage::now(server.pid(), cluster);
    let started = Instant::now();
    let starts = stream::iter(tasks).map(|task| {
        let client = client.clone();
        async move {
            let body = json!({"ids": [task]});
            client.post("writer/tasks/auto_generate_content/", &body, StatusCode::ACCEPTED).await;
        }
    });
    starts.buffer_unordered(STARTS).collect::<()>().await;
    let started_all = started.elapsed();
    while ended(&mut connection).await.0 - before.0 < i64::from(content.runs) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = started.elapsed().as_secs_f64();
    let failed = ended(&mut connection).await.1 - before.1;
    let taken = Usage::now(server.pid(), cluster).since(usage);
    assert_eq!(failed, 0, "runs failed");
    let runs = f64::from(content.runs);
    let per_second = rounded(runs / took);
    let figures = json!({
        "runs_per_second": per_second,
        "workers": content.workers,
        "seconds": rounded(took),
        "seconds_of_starting": rounded(started_all.as_secs_f64()),
        "server_cpu_ms": rounded(taken.server / runs),
        "database_cpu_ms": rounded(taken.database / runs),
        "server_rss_mb": resident_mb(server.pid()),
    });
    (per_second, figures)
}

/// Runs that have ended, and those of them that failed.
async fn ended(connection: &mut PgConnection) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE finished_at IS NOT NULL), count(*) FILTER (WHERE state <> 'success' AND finished_at IS NOT NULL)
         FROM igny8.igny8_runs",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}
