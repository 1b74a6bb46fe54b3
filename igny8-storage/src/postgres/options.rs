//! How a PostgreSQL store is opened: where, in which schema, with how many connections, through a pooler or not, as whom.
//! Everything but the place has a default that suits a server.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use igny8_core::ports::Clock;
use igny8_core::{Error, Result};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use super::servers::{Replica, Servers, only_primary};
use super::transactions::Setting;
use super::{Inner, PostgresStore, connections, migrations, roles, unopened};
use crate::secrets::Cipher;

/// Options of a PostgreSQL store.
pub struct PostgresOptions {
    url: String,
    standbys: Vec<String>,
    replica: Option<String>,
    setting: Setting,
    owner_url: Option<String>,
    clock: Option<Arc<dyn Clock>>,
    cipher: Option<Arc<Cipher>>,
    connections: u32,
    acquire_timeout: Duration,
    prepared_statements: bool,
    any_role: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self::new("postgres://localhost/igny8")
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the URLs, which hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("setting", &self.setting)
            .field("cipher", &self.cipher)
            .field("connections", &self.connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("prepared_statements", &self.prepared_statements)
            .field("any_role", &self.any_role)
            .finish_non_exhaustive()
    }
}

impl PostgresOptions {
    /// A store at the application role's URL, `postgres://role:password@host/database?sslmode=verify-full`.
    #[must_use]
    pub fn new(url: impl AsRef<str>) -> Self {
        Self {
            url: url.as_ref().to_owned(),
            standbys: Vec::new(),
            replica: None,
            setting: Setting {
                schema: "igny8".to_owned(),
                lock_timeout: Duration::from_secs(10),
                statement_timeout: None,
                idle_timeout: Duration::from_secs(30),
            },
            owner_url: None,
            clock: None,
            cipher: None,
            connections: 10,
            acquire_timeout: Duration::from_secs(10),
            prepared_statements: true,
            any_role: false,
        }
    }

    /// Another server of the same database, which may be promoted when the store's own is lost: the application role's URL
    /// there. Call it for each. Then only a server that accepts writes is connected to, and which one that is is looked up
    /// again whenever connecting takes long or fails: what was begun meanwhile waits, up to the acquire timeout. What was
    /// under way at the loss fails with a retryable error. Whoever promotes sees to it that the old server takes no more
    /// writes; nothing that was reported as done is lost where the standby is synchronous.
    #[must_use]
    pub fn standby(mut self, url: impl Into<String>) -> Self {
        self.standbys.push(url.into());
        self
    }

    /// A server that reports are read from, by the application role's URL there: lists and sums of usage, and the list of
    /// ledger entries, which may be a little old. Everything else, balances among it, is read where it is written. While
    /// the replica does not answer, reports come from there too.
    #[must_use]
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replica = Some(url.into());
        self
    }

    /// The schema of the tables; `igny8` unless set. A store has it to itself.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.setting.schema = schema.into();
        self
    }

    /// Migrates at opening, through this URL of the role that owns the tables, for the application role of the store's
    /// own URL. Without it opening only checks the version.
    #[must_use]
    pub fn migrated_by(mut self, owner_url: impl Into<String>) -> Self {
        self.owner_url = Some(owner_url.into());
        self
    }

    /// The clock that rows and leases are dated by, for tests that move time; the database's own unless set, so that
    /// machines whose clocks differ agree.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What seals secrets. Without it a store keeps none, and saving one fails.
    #[must_use]
    pub fn secrets(mut self, cipher: Cipher) -> Self {
        self.cipher = Some(Arc::new(cipher));
        self
    }

    /// The most connections of this process; 10 unless set.
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long to wait for a connection; 10 seconds unless set.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long to wait for a lock, usually the account's turn to write; 10 seconds unless set. Passing it is retryable.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.setting.lock_timeout = timeout;
        self
    }

    /// How long one statement may take; unbounded unless set. Imports have long ones.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.setting.statement_timeout = Some(timeout);
        self
    }

    /// How long a transaction may wait for its program before the server ends it; 30 seconds unless set. A process that was
    /// halted in the middle of a write stops its tenant for no longer.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.setting.idle_timeout = timeout;
        self
    }

    /// Whether statements stay prepared on their connection; they do unless set. Switch it off behind a pooler that gives
    /// every transaction another session and does not know prepared statements (pgbouncer before 1.21).
    #[must_use]
    pub fn prepared_statements(mut self, kept: bool) -> Self {
        self.prepared_statements = kept;
        self
    }

    /// Opens with whatever role the URL names: a superuser, one with BYPASSRLS, the tables' owner. Then only the program
    /// keeps tenants apart. For development.
    #[must_use]
    pub fn any_role(mut self) -> Self {
        self.any_role = true;
        self
    }

    /// Makes the tables, or brings them up to date, and lets the application role use them. Of the options the schema counts.
    ///
    /// # Errors
    /// Those of [`PostgresStore::migrate`].
    pub async fn migrate(&self, owner_url: impl AsRef<str>, application_role: &str) -> Result<()> {
        let options = connections::plain(parsed(owner_url.as_ref())?);
        let mut connection = PgConnection::connect_with(&options).await.map_err(unopened)?;
        let migrated = migrations::run(&mut connection, &self.setting, application_role).await;
        connection.close().await.map_err(unopened)?;
        migrated
    }

    /// Opens the store.
    ///
    /// # Errors
    /// Those of [`PostgresStore::open`], and of [`migrate`](Self::migrate) after [`migrated_by`](Self::migrated_by).
    pub async fn open(self) -> Result<PostgresStore> {
        let mut options = self.server(&self.url)?;
        if let Some(owner_url) = &self.owner_url {
            self.migrate(owner_url, options.get_username()).await?;
        }
        let mut pool = connections::guarded(PgPoolOptions::new())
            .max_connections(self.connections)
            .acquire_timeout(self.acquire_timeout);
        let mut servers = None;
        if !self.standbys.is_empty() {
            let mut all = vec![options.clone()];
            for url in &self.standbys {
                all.push(self.server(url)?);
            }
            let all = Servers::new(all);
            options = all.primary().await.unwrap_or(options);
            pool = only_primary(pool, self.held());
            servers = Some(all);
        }
        let pool = pool.connect_with(options).await.map_err(unopened)?;
        self.finish(pool, true, servers).await
    }

    /// How a server is connected to.
    fn server(&self, url: &str) -> Result<PgConnectOptions> {
        let options = connections::plain(parsed(url)?);
        Ok(if self.prepared_statements { options } else { options.statement_cache_capacity(0) })
    }

    /// What a connection's role is checked for, if it is.
    fn held(&self) -> Option<Setting> {
        (!self.any_role).then(|| self.setting.clone())
    }

    /// Opens the store in a host's pool, in a schema of its own. Of the options those that are no pool's or connection's
    /// count: schema, timeouts of locks and statements, clock, secrets, prepared statements, role, replica.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn adopt(self, pool: PgPool) -> Result<PostgresStore> {
        if let Some(owner_url) = &self.owner_url {
            self.migrate(owner_url, pool.connect_options().get_username()).await?;
        }
        self.finish(pool, false, None).await
    }

    async fn finish(self, pool: PgPool, own: bool, servers: Option<Servers>) -> Result<PostgresStore> {
        let mut connection = pool.acquire().await.map_err(unopened)?;
        if !self.any_role {
            roles::check_held(&mut connection, &self.setting).await?;
        }
        migrations::check(&mut connection, &self.setting).await?;
        drop(connection);
        let replica = match &self.replica {
            None => None,
            Some(url) => {
                let options = connections::guarded(PgPoolOptions::new()).max_connections(self.connections);
                Some(Replica::new(options, self.server(url)?, self.held()))
            }
        };
        Ok(PostgresStore(Arc::new(Inner {
            pool,
            own,
            servers,
            replica,
            setting: self.setting,
            clock: self.clock,
            cipher: self.cipher,
            keeps_statements: self.prepared_statements,
        })))
    }
}

/// Says nothing of the URL itself, which holds a password.
pub(super) fn parsed(url: &str) -> Result<PgConnectOptions> {
    let refused = |why: &str| {
        Error::Configuration(format!(
            "the database's URL is none of PostgreSQL's (postgres://role:password@host:port/database): {why}"
        ))
    };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(refused("it begins otherwise"));
    }
    PgConnectOptions::from_str(url).map_err(|error| refused(&error.to_string()))
}
