//! How many rows get into a table: by INSERTs of many rows, as they come.

use igny8_core::Result;
use igny8_core::ids::AccountId;

use super::Connection;
use super::sql::executor::Line;
use super::sql::insert::{Insert, InsertSql, Stored};

/// Nothing is kept between batches.
#[derive(Default)]
pub(super) struct Loading {}

impl Loading {
    /// Inserts the rows.
    pub(super) async fn load<R: Stored>(
        &mut self,
        account: AccountId,
        sql: &'static InsertSql,
        rows: &[R],
        mut line: Line<'_>,
    ) -> Result<()> {
        for chunk in rows.chunks(sql.rows_at_once()) {
            let mut insert = Insert::new(account, sql, line.again());
            for row in chunk {
                insert = insert.row(|values| row.bind(values));
            }
            insert.statement().execute().await?;
        }
        Ok(())
    }

    /// Every row is in its table already.
    pub(super) async fn merge(
        &mut self,
        _: &mut Connection,
        _: &'static InsertSql,
        _: &str,
    ) -> sqlx::Result<()> {
        Ok(())
    }
}
