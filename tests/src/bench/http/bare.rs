//! The very statements of a request without the server: from so many sessions, prepared, as fast as they go.

#![allow(clippy::disallowed_methods, reason = "the other side of the comparison asks the database itself")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Postgres, Row as _};
use tokio::task::JoinSet;

use super::Transaction;
use super::sent::Bound;
use crate::bench::{percentile, rounded};

/// What came of it.
#[derive(Debug)]
pub struct Bare {
    /// All but one of a hundred were faster, in milliseconds.
    pub p99: f64,
    /// The figures as JSON.
    pub json: Value,
}

impl Bare {
    /// Sends one transaction's statements that read tables of ours, without those that only ask for the time.
    pub async fn run(url: &str, transaction: &Transaction, sessions: u32, time: Duration) -> Self {
        let mut clients = JoinSet::new();
        for _ in 0..sessions {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let transaction = transaction.clone();
            clients.spawn(async move {
                for _ in 0..10 {
                    send(&mut connection, &transaction).await;
                }
                let (mut took, started) = (Vec::new(), Instant::now());
                while started.elapsed() < time {
                    let asked = Instant::now();
                    send(&mut connection, &transaction).await;
                    took.push(asked.elapsed());
                }
                took
            });
        }
        let mut took: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
        let per_second = rounded(took.len() as f64 / time.as_secs_f64());
        let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
        Self { p99, json: json!({"per_second": per_second, "p50_ms": p50, "p99_ms": p99}) }
    }
}

async fn send(connection: &mut PgConnection, transaction: &Transaction) {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(transaction.begin.clone()))).await.unwrap();
    for (sql, values) in &transaction.statements {
        if sql.contains("igny8_") {
            connection.fetch_all(bound(sql, values)).await.unwrap();
        }
    }
    connection.execute("ROLLBACK").await.unwrap();
}

fn bound(sql: &str, values: &[Bound]) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| match value {
        Bound::Id(id) => query.bind(*id),
        Bound::Number(number) => query.bind(*number),
        Bound::Text(text) => query.bind(text.clone()),
    })
}

impl Transaction {
    /// How the database goes about each statement: its plan's nodes, with the indexes they use.
    pub async fn plans(&self, url: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(sqlx::raw_sql(AssertSqlSafe(self.begin.clone()))).await.unwrap();
        let mut plans = Vec::new();
        for (sql, values) in self.statements.iter().filter(|(sql, _)| sql.contains("igny8_")) {
            let mut sql = sql.clone();
            for (at, value) in values.iter().enumerate().rev() {
                sql = sql.replace(&format!("${}", at + 1), &value.literal());
            }
            let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
            let row = connection.fetch_one(sqlx::raw_sql(AssertSqlSafe(explain))).await.unwrap();
            let plan: Value = row.get(0);
            let mut nodes = Vec::new();
            collect(&plan[0]["Plan"], &mut nodes);
            let took = plan[0]["Execution Time"].as_f64().unwrap_or_default();
            let planned = plan[0]["Planning Time"].as_f64().unwrap_or_default();
            let what = sql.split(" FROM ").next().unwrap_or_default();
            let what: String = what.chars().take(40).collect();
            plans.push(format!("{what}…: {} ({took} ms, planned in {planned} ms)", nodes.join(" < ")));
        }
        connection.execute("ROLLBACK").await.unwrap();
        plans
    }
}

fn collect(node: &Value, nodes: &mut Vec<String>) {
    let text = |name: &str| node[name].as_str();
    let place = text("Index Name").or_else(|| text("Relation Name")).map(|name| format!(" {name}"));
    nodes.push(format!("{}{}", text("Node Type").unwrap_or_default(), place.unwrap_or_default()));
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, nodes);
    }
}
