//! How a transaction begins and whose it is. All that the database is told it is told for this transaction alone, so a pooler
//! may give every transaction another session.

#![allow(clippy::disallowed_methods, reason = "settings of the transaction, and the account's lock")]

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::ids::AccountId;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, Postgres, Row as _, SqlSafeStr as _, Transaction};

use super::PostgresStore;
use super::sql::{Access, Whose};

/// The account's turn to write, then the time: what is written later is dated later.
const TAKE_TURN: &str = "WITH turn AS MATERIALIZED (
         SELECT 1 FROM igny8_accounts WHERE account_id = $1 FOR NO KEY UPDATE)
     SELECT (SELECT count(*) FROM turn) AS turns,
            CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";

const NOW: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";

/// What every transaction is told beside whose it is.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) schema: String,
    /// How long to wait for a lock.
    pub(super) lock_timeout: Duration,
    /// How long one statement may take.
    pub(super) statement_timeout: Option<Duration>,
    /// How long a transaction that holds locks may wait for its program: a process that was halted must not stop a tenant.
    pub(super) idle_timeout: Duration,
}

impl Setting {
    /// The statements that begin a transaction, to be sent as one message.
    fn begin(&self, access: Access, whose: Whose) -> String {
        let mode = match access {
            // What one transaction reads belongs together: a ledger's sum and its entries.
            Access::Read | Access::Report => "REPEATABLE READ READ ONLY",
            Access::Write | Access::Gather => "READ COMMITTED READ WRITE",
        };
        let mut text = format!("BEGIN ISOLATION LEVEL {mode}; ");
        text.push_str(&self.search_path());
        let _ = write!(text, "; SET LOCAL lock_timeout = {}", self.lock_timeout.as_millis());
        if let Some(timeout) = self.statement_timeout {
            let _ = write!(text, "; SET LOCAL statement_timeout = {}", timeout.as_millis());
        }
        // What gathers first holds no lock, and waits for whoever sends what it gathers.
        if access != Access::Gather {
            text.push_str("; ");
            text.push_str(&self.no_idling());
        }
        match whose {
            Whose::Account(account) => {
                text.push_str("; ");
                text.push_str(&account_setting(account));
            }
            Whose::System => text.push_str("; SET LOCAL igny8.system = 'on'"),
            Whose::Nobody => {}
        }
        text
    }

    /// Where names without a schema are looked up: ours, and temporary tables last, so that none can stand before it.
    pub(super) fn search_path(&self) -> String {
        format!("SET LOCAL search_path = {}, pg_temp", self.quoted_schema())
    }

    /// The schema as SQL names it.
    pub(super) fn quoted_schema(&self) -> String {
        quoted(&self.schema)
    }

    fn no_idling(&self) -> String {
        format!("SET LOCAL idle_in_transaction_session_timeout = {}", self.idle_timeout.as_millis())
    }
}

/// A name as SQL writes it, whatever it holds.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Of an id only its 128 bits get into the text.
fn account_setting(account: AccountId) -> String {
    format!("SET LOCAL igny8.account = '{}'", account.as_uuid())
}

impl PostgresStore {
    /// Begins a transaction, tells the database whose it is, takes the account's turn for a write, and asks for the time.
    pub(super) async fn begin(
        &self,
        access: Access,
        whose: Whose,
    ) -> sqlx::Result<(Transaction<'static, Postgres>, DateTime<Utc>)> {
        let mut transaction = self.begun(access, self.0.setting.begin(access, whose)).await?;
        let now = match (access, whose) {
            (Access::Write, Whose::Account(account)) => self.turn(&mut transaction, account).await?,
            _ => match &self.0.clock {
                Some(_) => 0,
                None => read_now(transaction.fetch_one(self.statement(NOW)).await?)?,
            },
        };
        let now = match &self.0.clock {
            Some(clock) => clock.now().timestamp_micros(),
            None => now,
        };
        Ok((transaction, DateTime::from_timestamp_micros(now).unwrap_or_default()))
    }

    /// In a task of its own, which a caller that goes away does not stop in the middle: sqlx 0.9.0 would put the connection
    /// back with the transaction open, and a host's pool may not be [`guarded`](super::guarded).
    async fn begun(&self, access: Access, text: String) -> sqlx::Result<Transaction<'static, Postgres>> {
        let store = self.clone();
        let begun = tokio::spawn(async move {
            if let Some(replica) = store.0.replica.as_ref().filter(|_| access == Access::Report)
                && replica.is_there()
            {
                match replica.pool.begin_with(sqlx::AssertSqlSafe(text.clone())).await {
                    Err(error) => replica.is_away(&error),
                    begun => return begun,
                }
            }
            let pool = &store.0.pool;
            let begin = || pool.begin_with(sqlx::AssertSqlSafe(text.clone()));
            match &store.0.servers {
                Some(servers) => servers.watch(pool, begin).await,
                None => begin().await,
            }
        });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Turns a system's transaction to one account, and takes its turn when it may write.
    pub(super) async fn enter(
        &self,
        connection: &mut PgConnection,
        access: Access,
        account: AccountId,
    ) -> sqlx::Result<()> {
        let text = sqlx::AssertSqlSafe(account_setting(account)).into_sql_str();
        connection.execute(sqlx::raw_sql(text)).await?;
        match access {
            Access::Write => self.turn(connection, account).await.map(drop),
            Access::Read | Access::Report | Access::Gather => Ok(()),
        }
    }

    /// Takes the account's turn to write. From here on others wait for this transaction, so it may not idle.
    pub(super) async fn take_turn(
        &self,
        connection: &mut PgConnection,
        account: AccountId,
    ) -> sqlx::Result<()> {
        let text = sqlx::AssertSqlSafe(self.0.setting.no_idling()).into_sql_str();
        connection.execute(sqlx::raw_sql(text)).await?;
        self.turn(connection, account).await.map(drop)
    }

    async fn turn(&self, connection: &mut PgConnection, account: AccountId) -> sqlx::Result<i64> {
        read_now(connection.fetch_one(self.statement(TAKE_TURN).bind(account.as_uuid())).await?)
    }

    fn statement(
        &self,
        sql: &'static str,
    ) -> sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments> {
        sqlx::query(sql).persistent(self.keeps_statements())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "a row that was fetched and is done with")]
fn read_now(row: sqlx::postgres::PgRow) -> sqlx::Result<i64> {
    row.try_get("now")
}
