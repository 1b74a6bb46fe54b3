//! Several servers of one database: the one that accepts writes is found again after another was promoted, and reports may
//! be read from a replica while there is one to read from.

#![allow(
    clippy::disallowed_methods,
    reason = "what a server is, and whose role a connection has: no table is touched"
)]

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::roles;
use super::transactions::Setting;

/// How long a connection is waited for before the servers are looked at.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long one of them may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a replica is left alone that did not answer.
const RECOVERY: Duration = Duration::from_secs(5);

/// Servers one of which accepts writes.
#[derive(Debug)]
pub(super) struct Servers {
    all: Vec<PgConnectOptions>,
    /// Held by who looks for it.
    search: tokio::sync::Mutex<()>,
    /// How often the pool was moved.
    moves: AtomicU64,
}

impl Servers {
    pub(super) fn new(all: Vec<PgConnectOptions>) -> Self {
        Self { all, search: tokio::sync::Mutex::new(()), moves: AtomicU64::new(0) }
    }

    /// The one that accepts writes now, or the first when none does.
    pub(super) async fn primary(&self) -> Option<PgConnectOptions> {
        match self.writable().await {
            Some(found) => Some(found),
            None => self.all.first().cloned(),
        }
    }

    async fn writable(&self) -> Option<PgConnectOptions> {
        let mut asked = JoinSet::new();
        for server in self.all.iter().cloned() {
            asked.spawn(async move {
                let accepts = timeout(ANSWER, accepts_writes(&server)).await;
                matches!(accepts, Ok(Ok(true))).then_some(server)
            });
        }
        // The first that says so; whoever else is being asked is left.
        while let Some(answer) = asked.join_next().await {
            if let Ok(Some(server)) = answer {
                return Some(server);
            }
        }
        None
    }

    /// Has the pool do something, and moves it when that takes long or fails. What waits for the old server begins anew then.
    pub(super) async fn watch<T, W>(&self, pool: &PgPool, work: impl Fn() -> W) -> sqlx::Result<T>
    where
        W: Future<Output = sqlx::Result<T>>,
    {
        loop {
            let moves = self.moves.load(Ordering::Acquire);
            let mut begun = pin!(work());
            loop {
                match timeout(PATIENCE, begun.as_mut()).await {
                    Ok(Err(error)) => {
                        self.seek(pool, moves).await;
                        return Err(error);
                    }
                    Ok(done) => return done,
                    Err(_) => {}
                }
                // Beside the search the pool goes on to try.
                let mut search = pin!(self.seek(pool, moves));
                let either = poll_fn(|context| match begun.as_mut().poll(context) {
                    Poll::Ready(done) => Poll::Ready(Err(done)),
                    Poll::Pending => search.as_mut().poll(context).map(Ok),
                });
                match either.await {
                    Ok(false) => {}
                    Ok(true) => break,
                    Err(done) => return done,
                }
            }
        }
    }

    /// Has the pool connect to the server that accepts writes; whether that is another one than after so many moves.
    async fn seek(&self, pool: &PgPool, moves: u64) -> bool {
        let _alone = self.search.lock().await;
        if self.moves.load(Ordering::Acquire) != moves {
            return true;
        }
        let Some(found) = self.writable().await else { return false };
        let (now, then) = (place(&found), place(&pool.connect_options()));
        if now == then {
            return false;
        }
        tracing::warn!(from = ?then, to = ?now, "the database is written to at another server now");
        pool.set_connect_options(found);
        self.moves.fetch_add(1, Ordering::AcqRel);
        true
    }
}

fn place(options: &PgConnectOptions) -> (String, u16) {
    (options.get_host().to_owned(), options.get_port())
}

async fn accepts_writes(server: &PgConnectOptions) -> sqlx::Result<bool> {
    let mut connection = PgConnection::connect_with(server).await?;
    let accepts = is_writable(&mut connection).await?;
    connection.close().await?;
    Ok(accepts)
}

async fn is_writable(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT NOT pg_catalog.pg_is_in_recovery()")
        .persistent(false)
        .fetch_one(connection)
        .await
}

/// Pool options under which only servers are connected to that accept writes, and only as a role that is held by row-level
/// security.
pub(super) fn only_primary(options: PgPoolOptions, held: Option<Setting>) -> PgPoolOptions {
    options.after_connect(move |connection, _| {
        let held = held.clone();
        Box::pin(async move {
            if !is_writable(connection).await? {
                return Err(sqlx::Error::Configuration("the server is a standby".into()));
            }
            check(connection, held.as_ref()).await
        })
    })
}

async fn check(connection: &mut PgConnection, held: Option<&Setting>) -> sqlx::Result<()> {
    let Some(setting) = held else { return Ok(()) };
    roles::check_held(connection, setting).await.map_err(|error| sqlx::Error::Configuration(Box::new(error)))
}

/// A server that is read from where what it tells may be a little old.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) pool: PgPool,
    /// Until when it is left alone.
    away_until: Mutex<Option<Instant>>,
}

impl Replica {
    /// Connects when it is first asked; `held` as in [`only_primary`].
    pub(super) fn new(options: PgPoolOptions, server: PgConnectOptions, held: Option<Setting>) -> Self {
        let options = options.acquire_timeout(ANSWER).after_connect(move |connection, _| {
            let held = held.clone();
            Box::pin(async move { check(connection, held.as_ref()).await })
        });
        Self { pool: options.connect_lazy_with(server), away_until: Mutex::new(None) }
    }

    /// Whether it is worth asking.
    pub(super) fn is_there(&self) -> bool {
        let away = self.away_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        away.is_none_or(|until| until <= Instant::now())
    }

    /// Notes that it did not answer.
    pub(super) fn is_away(&self, error: &sqlx::Error) {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "the replica does not answer: reports are read elsewhere"
        );
        let mut away = self.away_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *away = Some(Instant::now() + RECOVERY);
    }
}
