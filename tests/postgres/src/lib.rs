//! A PostgreSQL server for tests: a private cluster that ends with the test process, or the one that
//! `IGNY8_TEST_POSTGRES` names by an administrator's URL. `IGNY8_TEST_POSTGRES=none` leaves such tests out, visibly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what goes wrong in a test ends the test"
)]

mod cluster;
mod database;
mod pooler;

pub use cluster::Cluster;
pub use database::Database;
pub use pooler::Pooler;

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use tokio::sync::OnceCell;

/// Names the server: an administrator's URL, or `none`.
pub const VARIABLE: &str = "IGNY8_TEST_POSTGRES";

/// The role that owns tables in tests.
pub const OWNER: &str = "igny8_test_owner";
/// The role that programs have in tests.
pub const APPLICATION: &str = "igny8_test_application";

/// A server that the tests of this process may use as they like.
#[derive(Clone, Debug)]
pub struct Server {
    administrator: PgConnectOptions,
}

impl Server {
    /// The server of this process, started when nobody has asked for it before; `None` when tests on PostgreSQL are left out.
    ///
    /// # Panics
    /// When there is none, with what to do about it.
    pub async fn get() -> Option<&'static Self> {
        static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
        let server = SERVER.get_or_init(Self::find).await.as_ref();
        if server.is_none() {
            left_out(&format!("{VARIABLE}=none"));
        }
        server
    }

    async fn find() -> Option<Self> {
        let url = std::env::var(VARIABLE).unwrap_or_default();
        let administrator = match url.as_str() {
            "none" => return None,
            "" => return Some(Cluster::start(&cluster::FLEETING).await?.server().await),
            url => PgConnectOptions::from_str(url).unwrap(),
        };
        Some(Self::of_administrator(administrator).await)
    }

    /// The server that this administrator reaches, with the roles of tests.
    /// The server of this administrator's URL.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub async fn at(url: &str) -> Self {
        Self::of_administrator(PgConnectOptions::from_str(url).unwrap()).await
    }

    async fn of_administrator(administrator: PgConnectOptions) -> Self {
        let server = Self { administrator };
        let mut connection = server.connect("postgres").await;
        for role in [OWNER, APPLICATION] {
            // Another process may have made it, or be making it: then this fails and nothing is lost.
            let create = format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'");
            drop(connection.execute(AssertSqlSafe(create)).await);
        }
        server
    }

    /// A new, empty database, which is dropped with its value.
    pub async fn database(&self) -> Database {
        Database::create(self.clone()).await
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> (String, u16) {
        (self.administrator.get_host().to_owned(), self.administrator.get_port())
    }

    async fn connect(&self, database: &str) -> PgConnection {
        self.administrator.clone().database(database).connect().await.unwrap()
    }
}

/// Says that tests do not run, so that nobody takes them for passed.
fn left_out(why: &str) {
    eprintln!("NOT RUN on PostgreSQL: {why}");
}
