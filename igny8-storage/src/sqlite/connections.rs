//! Connections whose last transaction SQLite has ended by itself.
//!
//! On a full disk, or one that fails, SQLite rolls the whole transaction back. sqlx 0.9.0 then rolls it back again, is told
//! that there is none, and goes on believing in it: every later `BEGIN IMMEDIATE` is refused, and the one connection that
//! writes would be lost until the process is started anew.

use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Sqlite, Transaction};

/// Not deferred: an upgrade to writing would fail at once, whatever the busy timeout.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Begins a transaction that may write, on another connection where the one at hand cannot any more. In memory there is no
/// other: the connection is the database.
pub(super) async fn begin_to_write(
    writer: &SqlitePool,
    in_memory: bool,
) -> sqlx::Result<Transaction<'static, Sqlite>> {
    match writer.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) if !in_memory => {
            let connection = writer.acquire().await?;
            // Somebody else may have been here in the meantime.
            if connection.is_in_transaction() {
                drop(connection.close().await);
            }
            writer.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

/// Options of a pool of readers in which a connection that is believed to be in a transaction is not used again: its next
/// one would be a savepoint, which ends without ending what it reads.
pub(super) fn readers() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}
