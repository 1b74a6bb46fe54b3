//! LISTEN/NOTIFY: news between processes through the database they share anyway.

#![allow(clippy::disallowed_methods, reason = "statements about the connection itself: no table is touched")]

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use igny8_core::ports::{Notice, Notifier};
use igny8_core::{Error, Result};
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};

use super::options::parsed;
use super::{PostgresStore, connections, unopened};
use crate::notices;

/// A payload may have 7,999 bytes.
const PAYLOAD: usize = 7_900;

/// For how long there may be no news before the connection is made anew: one that broke without a word hears nothing either.
const QUIET: Duration = Duration::from_secs(60);

/// Carries news by LISTEN/NOTIFY. It listens on a connection of its own, beside those of its pool, which must not go through
/// a pooler that gives every transaction another session.
///
/// Sending is a statement of its own, after the commit it tells of: a NOTIFY within a transaction makes commits wait for
/// each other.
#[derive(Clone)]
pub struct PostgresNotifier {
    pool: PgPool,
    channel: String,
}

impl PostgresNotifier {
    /// With two connections: one listens, one sends. Any role that may connect will do. The channel tells
    /// installations in one database apart; processes of one installation name the same.
    ///
    /// # Errors
    /// [`Error::Configuration`] for the URL; [`Error::Storage`] when the database cannot be reached.
    pub async fn connect(url: impl AsRef<str>, channel: impl Into<String>) -> Result<Self> {
        let options = connections::plain(parsed(url.as_ref())?);
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.map_err(unopened)?;
        Ok(Self { pool, channel: channel.into() })
    }
}

impl PostgresStore {
    /// News through this store's database, sent by its own connections and heard on one more; the channel is named after the
    /// schema. Behind a pooler use [`PostgresNotifier::connect`] with the database's own address.
    #[must_use]
    pub fn notifier(&self) -> PostgresNotifier {
        PostgresNotifier { pool: self.0.pool.clone(), channel: self.0.setting.schema.clone() }
    }
}

impl fmt::Debug for PostgresNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresNotifier").field("channel", &self.channel).finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for PostgresNotifier {
    async fn publish(&self, news: &[Notice]) -> Result<()> {
        for part in notices::written(news, PAYLOAD) {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(&self.channel)
                .bind(part)
                .persistent(false)
                .execute(&self.pool)
                .await
                .map_err(|error| Error::storage("send news", error))?;
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<BoxStream<'static, Notice>> {
        let unheard = |error| Error::storage("listen to news", error);
        // Wherever the pool connects to by now. It ends with the stream.
        let own = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let own = own.connect_lazy_with(self.pool.connect_options().as_ref().clone());
        let mut listener = PgListener::connect_with(&own).await.map_err(unheard)?;
        listener.listen(&self.channel).await.map_err(unheard)?;
        let heard = stream::unfold((listener, VecDeque::new()), |(mut listener, mut waiting)| async move {
            loop {
                if let Some(notice) = waiting.pop_front() {
                    return Some((notice, (listener, waiting)));
                }
                match tokio::time::timeout(QUIET, listener.try_recv()).await {
                    Ok(Ok(Some(news))) => waiting.extend(notices::read(news.payload())),
                    // The connection was lost and is there again.
                    Ok(Ok(None)) => waiting.push_back(Notice::Missed),
                    Err(_) => return None,
                    Ok(Err(error)) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "no longer hears other processes"
                        );
                        return None;
                    }
                }
            }
        });
        Ok(heard.boxed())
    }
}
