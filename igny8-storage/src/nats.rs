//! NATS: news between processes through a server made for it, for installations whose database should not carry it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Subscriber};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use igny8_core::ports::{Notice, Notifier};
use igny8_core::{Error, Result};
use tokio::time::Interval;

use crate::notices;

/// Well below the server's usual limit of one megabyte.
const PAYLOAD: usize = 64 * 1_024;
/// How soon a lost connection that is there again is noticed.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait before connecting again; the first time at once.
const PATIENCE: Duration = Duration::from_millis(500);

/// Carries news by a NATS subject: at most once, in memory, to whoever listens at the moment. Connections that are lost come
/// back by themselves.
#[derive(Clone)]
pub struct NatsNotifier {
    client: Client,
    subject: String,
}

impl NatsNotifier {
    /// Connects to `nats://[user:password@]host:4222`, several with commas between. A server that is not there yet is waited
    /// for in the background. Processes of one installation name the same subject.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the address is none of NATS's.
    pub async fn connect(url: impl AsRef<str>, subject: impl Into<String>) -> Result<Self> {
        let refused = |error: &dyn fmt::Display| {
            Error::Configuration(format!("the address is none of NATS's (nats://host:4222): {error}"))
        };
        let servers: Vec<async_nats::ServerAddr> = url
            .as_ref()
            .split(',')
            .map(|server| server.trim().parse())
            .collect::<std::result::Result<_, _>>()
            .map_err(|error: std::io::Error| refused(&error))?;
        let client = ConnectOptions::new()
            .name("igny8")
            .retry_on_initial_connect()
            .reconnect_delay_callback(|tries| if tries <= 1 { Duration::ZERO } else { PATIENCE })
            .connect(servers)
            .await
            .map_err(|error| refused(&error))?;
        Ok(Self::new(client, subject))
    }

    /// Through a client of the host's own, such as one with credentials or TLS of its own.
    #[must_use]
    pub fn new(client: Client, subject: impl Into<String>) -> Self {
        Self { client, subject: subject.into() }
    }
}

impl fmt::Debug for NatsNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsNotifier").field("subject", &self.subject).finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for NatsNotifier {
    async fn publish(&self, news: &[Notice]) -> Result<()> {
        for part in notices::written(news, PAYLOAD) {
            self.client
                .publish(self.subject.clone(), part.into())
                .await
                .map_err(|error| Error::storage("send news", error))?;
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<BoxStream<'static, Notice>> {
        let subscriber = self
            .client
            .subscribe(self.subject.clone())
            .await
            .map_err(|error| Error::storage("listen to news", error))?;
        if self.client.connection_state() == State::Connected {
            // What is sent from now on is heard.
            self.client.flush().await.map_err(|error| Error::storage("listen to news", error))?;
        }
        let listening = Listening {
            connects: connects(&self.client),
            client: self.client.clone(),
            subscriber,
            look: tokio::time::interval(LOOK),
            waiting: VecDeque::new(),
        };
        Ok(stream::unfold(listening, Listening::next).boxed())
    }
}

/// A subscription that notices when the connection was another one meanwhile.
struct Listening {
    client: Client,
    subscriber: Subscriber,
    look: Interval,
    connects: u64,
    waiting: VecDeque<Notice>,
}

impl Listening {
    async fn next(mut self) -> Option<(Notice, Self)> {
        loop {
            if let Some(notice) = self.waiting.pop_front() {
                return Some((notice, self));
            }
            tokio::select! {
                message = self.subscriber.next() => match message {
                    Some(message) => {
                        let text = String::from_utf8_lossy(&message.payload);
                        self.waiting.extend(notices::read(&text));
                    }
                    None => return None,
                },
                _ = self.look.tick() => {
                    let connects = connects(&self.client);
                    if connects > self.connects {
                        self.connects = connects;
                        self.waiting.push_back(Notice::Missed);
                    }
                }
            }
        }
    }
}

/// How often the client has connected.
fn connects(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}
