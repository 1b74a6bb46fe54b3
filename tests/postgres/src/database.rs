//! A database of a test's own, and the URLs by which its owner, the application and the administrator reach it.
//! Dropping the value drops the database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::{APPLICATION, OWNER, Server};

/// A database of a test's own.
#[derive(Debug)]
pub struct Database {
    server: Server,
    name: String,
}

impl Database {
    pub(crate) async fn create(server: Server) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
        let name = format!("igny8_test_{}_{number}_{moment}", std::process::id());
        let create = format!("CREATE DATABASE {name} OWNER {OWNER}");
        server.connect("postgres").await.execute(AssertSqlSafe(create)).await.unwrap();
        Self { server, name }
    }

    /// The URL of the role that owns the tables.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.url(OWNER)
    }

    /// The URL of the role that programs have.
    #[must_use]
    pub fn application_url(&self) -> String {
        self.url(APPLICATION)
    }

    /// The URL of another role, whose password is its name.
    #[must_use]
    pub fn url(&self, role: &str) -> String {
        let (host, port) = self.server.address();
        format!("postgres://{role}:{role}@{host}:{port}/{}", self.name)
    }

    /// A connection of the administrator, whom nothing holds.
    pub async fn administrator(&self) -> PgConnection {
        self.server.connect(&self.name).await
    }

    /// Runs statements as the administrator.
    pub async fn administer(&self, sql: &str) {
        self.administrator().await.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    }

    /// Empties every table of the schema but the record of migrations, past keys and policies.
    pub async fn empty(&self, schema: &str) {
        let sql = format!(
            "DO $$ DECLARE name TEXT; BEGIN
                 SET LOCAL session_replication_role = replica;
                 FOR name IN SELECT tablename FROM pg_tables
                     WHERE schemaname = '{schema}' AND tablename NOT LIKE 'igny8!_migration%' ESCAPE '!' LOOP
                     EXECUTE format('DELETE FROM %I.%I', '{schema}', name);
                 END LOOP;
             END $$"
        );
        self.administer(&sql).await;
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server it is on.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // In a thread of its own: the test's runtime may be at its end.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                server.connect("postgres").await.execute(AssertSqlSafe(drop)).await.map(|_| ()).ok();
            });
        });
        dropping.join().ok();
    }
}
