//! The Django database: read only, in one snapshot, and tolerant of tables and columns that are not there.
//! A row comes as one JSON object, so a column's exact type in the source does not matter.
#![allow(
    clippy::disallowed_methods,
    reason = "this is another program's database: none of the SDK's tables is touched"
)]

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::row::Row;

/// Rows read at once.
const PAGE: usize = 500;

/// The database that is read.
pub(super) struct Source {
    connection: PgConnection,
    schema: String,
    tables: BTreeMap<String, BTreeSet<String>>,
}

impl Source {
    /// Connects, and begins the snapshot.
    pub(super) async fn open(url: &str, schema: &str) -> Result<Self> {
        if !is_plain(schema) {
            bail!("`{schema}` is not a schema's name");
        }
        let mut connection = PgConnection::connect(url).await.context("connect to the Django database")?;
        connection
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .context("begin to read the Django database")?;
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = $1",
        )
        .bind(schema)
        .fetch_all(&mut connection)
        .await
        .context("list the tables of the Django database")?;
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in columns {
            tables.entry(table).or_default().insert(column);
        }
        Ok(Self { connection, schema: schema.to_owned(), tables })
    }

    /// The first of these tables that is there.
    pub(super) fn table(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.tables.contains_key(*name))
    }

    /// The table's columns.
    pub(super) fn columns(&self, table: &str) -> BTreeSet<String> {
        self.tables.get(table).cloned().unwrap_or_default()
    }

    /// Tables of IGNY8's that are not among these.
    pub(super) fn others(&self, known: &BTreeSet<&str>) -> Vec<String> {
        let ours = self.tables.keys().filter(|table| table.starts_with("igny8_"));
        ours.filter(|table| !known.contains(table.as_str())).cloned().collect()
    }

    /// The next rows of a table by id; none when it is read to its end. `table` is one that [`table`](Self::table) named.
    pub(super) async fn page(&mut self, table: &'static str, after: i64) -> Result<Vec<Row>> {
        let sql = format!(
            "SELECT to_jsonb(t) FROM \"{}\".\"{table}\" t WHERE t.id > $1 ORDER BY t.id LIMIT {PAGE}",
            self.schema
        );
        let rows: Vec<(Value,)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(after)
            .fetch_all(&mut self.connection)
            .await
            .with_context(|| format!("read {table}"))?;
        Ok(rows.into_iter().map(|(row,)| Row::of(row)).collect())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
