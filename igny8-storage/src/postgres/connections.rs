//! Connections of a pool, and the guard that keeps one from being used in a transaction that somebody began and forgot.

#![allow(clippy::disallowed_methods, reason = "statements about the connection itself: no table is touched")]

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Executor as _, Row as _};

/// Whether a transaction is open: `now()` is when it began.
const IS_OPEN: &str = "SELECT pg_catalog.statement_timestamp() > pg_catalog.now() AS open";

/// SQLSTATE of a statement in a transaction that has failed.
const FAILED_TRANSACTION: &str = "25P02";

/// Pool options under which a connection is rolled back before it is handed out, when a transaction is open on it.
///
/// With sqlx 0.9.0 a future that is dropped while a transaction begins (a client that went away, a timeout, `select!`) puts
/// its connection back with the transaction open; what is written through it afterwards, outside of a transaction, is
/// reported as done and lost; one that is dropped in the middle of a statement leaves an answer behind that the next
/// statement takes for its own. Only asking shows either. A host that shares its pool with a store wants this for its own
/// writes.
#[must_use]
pub fn guarded(options: PgPoolOptions) -> PgPoolOptions {
    // The guard's question tells as well whether the connection is alive.
    options.test_before_acquire(false).before_acquire(|connection, _| {
        Box::pin(async move { leave_transaction(connection).await.map(|()| true) })
    })
}

/// Asks first: a ROLLBACK outside of a transaction is a warning in the server's log.
async fn leave_transaction(connection: &mut PgConnection) -> sqlx::Result<()> {
    let open = match connection.fetch_one(sqlx::raw_sql(IS_OPEN)).await {
        Ok(row) => row.try_get("open")?,
        Err(sqlx::Error::Database(fault)) if fault.code().as_deref() == Some(FAILED_TRANSACTION) => true,
        Err(error) => return Err(error),
    };
    if open {
        connection.execute(sqlx::raw_sql("ROLLBACK")).await?;
    }
    Ok(())
}

/// What every connection of ours is opened with: nothing that a pooler between would refuse.
pub(super) fn plain(options: PgConnectOptions) -> PgConnectOptions {
    let options = options.extra_float_digits(None);
    match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("igny8"),
    }
}
