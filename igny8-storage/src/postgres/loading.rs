//! How many rows get into a table: by COPY into a temporary table of the transaction, then by one merge. Others of the
//! account wait for the merge alone, and not for whoever sends the rows.

#![allow(clippy::disallowed_methods, reason = "the transaction's own table, and the merge out of it")]

use igny8_core::Result;
use igny8_core::ids::AccountId;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgConnection};
use sqlx::{AssertSqlSafe, Encode as _, Executor as _};

use super::sql::columns::Parameter;
use super::sql::executor::Line;
use super::sql::failed;
use super::sql::insert::{Bind, InsertSql, Stored};

/// How COPY's binary format begins: its signature, no flags, no extension. Each row is a count and its values, each value
/// its length (-1 for none) and its bytes, and a count of -1 ends them.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: &[u8] = &[0xff, 0xff];

/// What an import has sent.
#[derive(Default)]
pub(super) struct Loading {
    /// Rows sent so far, which tells their order too.
    sent: i64,
    /// Rows sent and not merged.
    waiting: i64,
}

impl Loading {
    /// Sends the rows to the transaction's own table, which the first makes.
    pub(super) async fn load<R: Stored>(
        &mut self,
        account: AccountId,
        sql: &'static InsertSql,
        rows: &[R],
        line: Line<'_>,
    ) -> Result<()> {
        let operation = line.operation;
        let bytes = self.encoded(account, sql, rows);
        let bytes = bytes.map_err(|fault| failed(operation, sqlx::Error::Encode(fault)))?;
        let sent = self.send(line.connection, sql, bytes).await;
        self.waiting += sent.map_err(|error| failed(operation, error))? as i64;
        Ok(())
    }

    async fn send(
        &mut self,
        connection: &mut PgConnection,
        sql: &'static InsertSql,
        bytes: Vec<u8>,
    ) -> sqlx::Result<u64> {
        let columns = columns(sql);
        let create = format!(
            "CREATE TEMPORARY TABLE IF NOT EXISTS igny8_loading ON COMMIT DROP AS
                 SELECT CAST(0 AS BIGINT) AS place, {columns} FROM {} WITH NO DATA",
            sql.table
        );
        if self.waiting == 0 {
            connection.execute(AssertSqlSafe(create)).await?;
        }
        let copy = format!("COPY pg_temp.igny8_loading (place, {columns}) FROM STDIN (FORMAT binary)");
        let mut copy = connection.copy_in_raw(&copy).await?;
        copy.send(bytes).await?;
        copy.finish().await
    }

    /// Merges what was sent into the rows' table, as the rows' own INSERT would have, in the order in which they came.
    pub(super) async fn merge(
        &mut self,
        connection: &mut PgConnection,
        sql: &'static InsertSql,
        key: &str,
    ) -> sqlx::Result<()> {
        if self.waiting == 0 {
            return Ok(());
        }
        let first = format!("SELECT DISTINCT ON ({key}) * FROM pg_temp.igny8_loading ORDER BY {key}, place");
        let mut merged = connection.execute(AssertSqlSafe(insert(sql, &first))).await?.rows_affected() as i64;
        // One INSERT takes a key once: what comes for it later, and was in another batch, comes in a later one.
        if merged < self.waiting {
            let again = format!(
                "CREATE TEMPORARY TABLE igny8_loading_again ON COMMIT DROP AS SELECT * FROM (
                     SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY place) AS time
                     FROM pg_temp.igny8_loading) l WHERE time > 1"
            );
            connection.execute(AssertSqlSafe(again)).await?;
            connection.execute("CREATE INDEX ON pg_temp.igny8_loading_again (time)").await?;
            let mut time = 2;
            while merged < self.waiting {
                let rows = format!("SELECT * FROM pg_temp.igny8_loading_again WHERE time = {time}");
                let taken = connection.execute(AssertSqlSafe(insert(sql, &rows))).await?.rows_affected();
                if taken == 0 {
                    break;
                }
                merged += taken as i64;
                time += 1;
            }
            connection.execute("DROP TABLE pg_temp.igny8_loading_again").await?;
        }
        connection.execute("DROP TABLE pg_temp.igny8_loading").await?;
        self.waiting = 0;
        Ok(())
    }

    fn encoded<R: Stored>(
        &mut self,
        account: AccountId,
        sql: &'static InsertSql,
        rows: &[R],
    ) -> Result<Vec<u8>, BoxDynError> {
        let count = i16::try_from(sql.columns.len() + 2)?.to_be_bytes();
        let mut copied = Copied { bytes: HEADER.to_vec(), value: PgArgumentBuffer::default(), fault: None };
        for row in rows {
            copied.bytes.extend_from_slice(&count);
            copied.bind(self.sent).bind(account);
            row.bind(&mut copied);
            self.sent += 1;
        }
        copied.bytes.extend_from_slice(END);
        match copied.fault {
            None => Ok(copied.bytes),
            Some(fault) => Err(fault),
        }
    }
}

/// Rows in COPY's binary format, under construction.
struct Copied {
    bytes: Vec<u8>,
    value: PgArgumentBuffer,
    fault: Option<BoxDynError>,
}

impl Bind for Copied {
    fn bind<'t, P: Parameter<'t>>(&mut self, value: P) -> &mut Self {
        self.value.clear();
        let written = value.to_column().and_then(|column| column.encode(&mut self.value)).and_then(|null| {
            let length = match null {
                IsNull::Yes => -1,
                IsNull::No => i32::try_from(self.value.len())?,
            };
            self.bytes.extend_from_slice(&length.to_be_bytes());
            self.bytes.extend_from_slice(&self.value);
            Ok(())
        });
        if let Err(fault) = written {
            self.fault.get_or_insert(fault);
        }
        self
    }
}

fn columns(sql: &InsertSql) -> String {
    format!("account_id, {}", sql.columns.join(", "))
}

/// The rows' INSERT, out of the transaction's own table.
fn insert(sql: &InsertSql, rows: &str) -> String {
    let columns = columns(sql);
    format!("INSERT INTO {} ({columns}) SELECT {columns} FROM ({rows}) l {}", sql.table, sql.after)
}
