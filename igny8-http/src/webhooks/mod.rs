//! Sends what waits in the outbox: signed, tried again with growing patience, and only to the public internet.
//! The outbox is the store's: a message is in it if and only if what it tells of has happened, and is sent at least once.

mod guard;
mod signature;

pub use signature::{SIGNATURE_HEADER, sign};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use igny8_core::webhooks::{DeliveryOutcome, DueDelivery};
use igny8_core::{Error, Igny8, Result};
use reqwest::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use reqwest::{StatusCode, Url};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How a sender goes about it.
#[derive(Clone, Debug)]
pub struct DeliveryConfig {
    /// How often it looks for messages; 1 s by default.
    pub poll: Duration,
    /// How many it sends at once; 16 by default.
    pub concurrency: usize,
    /// How long a receiver may take; 10 s by default.
    pub timeout: Duration,
    /// How long before the second attempt; 10 s by default. It doubles with each, up to six hours.
    pub backoff: Duration,
    /// How often a message is tried before it is given up; 15 by default, which takes about a day.
    pub attempts: u32,
    /// Addresses that may be asked though they are not public: an operator's own hosts.
    pub allowed: Vec<IpAddr>,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            concurrency: 16,
            timeout: Duration::from_secs(10),
            backoff: Duration::from_secs(10),
            attempts: 15,
            allowed: Vec::new(),
        }
    }
}

const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// A sender at work. Any number of processes may have one: a message is claimed by one of them at a time.
#[derive(Debug)]
pub struct DeliveryHandle {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl DeliveryHandle {
    /// Claims no more, and waits for what is being sent.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        // A sender that broke off has said so in the log.
        drop(self.task.await);
    }
}

/// Begins to send what waits in the outbox.
///
/// # Errors
/// [`Error::Configuration`] when there is no client to be had, such as without a TLS backend.
pub fn spawn_delivery(igny8: Igny8, config: DeliveryConfig) -> Result<DeliveryHandle> {
    let resolver = Arc::new(guard::PublicOnly::new(config.allowed.clone()));
    let client = reqwest::Client::builder()
        .dns_resolver(resolver)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(config.timeout)
        .build()
        .map_err(|error| Error::Configuration(format!("webhooks cannot be sent: {error}")))?;
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(Sender { igny8, config, client }.run(stopped));
    Ok(DeliveryHandle { stop, task })
}

struct Sender {
    igny8: Igny8,
    config: DeliveryConfig,
    client: reqwest::Client,
}

impl Sender {
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let places = self.config.concurrency.max(1);
        // Longer than any attempt takes, so that a message is never sent by two at once.
        let lease = self.config.timeout * 2 + Duration::from_secs(5);
        let sender = Arc::new(self);
        // As many as there are free places, so that a receiver that takes its time holds up nobody else.
        let mut sending = JoinSet::new();
        while !*stopped.borrow() {
            let free = u32::try_from(places.saturating_sub(sending.len())).unwrap_or(u32::MAX);
            let mut claimed = 0;
            if free > 0 {
                match sender.igny8.deliveries().claim(free, lease).await {
                    Ok(due) => {
                        claimed = due.len();
                        for message in due {
                            let sender = Arc::clone(&sender);
                            sending.spawn(async move { sender.deliver(message).await });
                        }
                    }
                    Err(error) => tracing::warn!(%error, "messages cannot be claimed"),
                }
            }
            let full = free == 0 || claimed == free as usize;
            tokio::select! {
                _ = sending.join_next(), if full && !sending.is_empty() => {}
                _ = stopped.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(sender.config.poll) => {}
            }
            while sending.try_join_next().is_some() {}
        }
        // What is being sent is sent to its end.
        while sending.join_next().await.is_some() {}
    }

    async fn deliver(&self, message: DueDelivery) {
        let outcome = match self.post(&message).await {
            Ok(status) if status.is_success() => DeliveryOutcome::Delivered { status: status.as_u16() },
            Ok(status) if status == StatusCode::GONE => {
                let error = "410: the receiver wants no more of it".to_owned();
                DeliveryOutcome::GivenUp { status: Some(status.as_u16()), error }
            }
            Ok(status) => self.later(&message, Some(status.as_u16()), format!("it answered {status}")),
            Err(error) => self.later(&message, None, error),
        };
        let state = match &outcome {
            DeliveryOutcome::Delivered { .. } => "delivered",
            DeliveryOutcome::Retry { .. } => "retry",
            DeliveryOutcome::GivenUp { .. } => "given_up",
        };
        metrics::counter!("igny8_webhook_attempts_total", "outcome" => state).increment(1);
        if let Err(error) = self.igny8.deliveries().settle(&message, outcome).await {
            tracing::warn!(%error, delivery = %message.id, "what came of a message cannot be noted: it is sent again");
        }
    }

    /// Sends it once; a failure in words that a tenant may read.
    async fn post(&self, message: &DueDelivery) -> std::result::Result<StatusCode, String> {
        let url = Url::parse(&message.url).map_err(|error| format!("the address is no address: {error}"))?;
        guard::check(&url, &self.config.allowed)?;
        let signature = sign(&message.secret, chrono::Utc::now().timestamp(), message.body.as_bytes());
        let signature = HeaderValue::from_str(&signature).map_err(|error| error.to_string())?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("igny8/", env!("CARGO_PKG_VERSION")))
            .header("Igny8-Event", message.event.as_str())
            .header("Igny8-Delivery", message.id.to_string())
            .header(SIGNATURE_HEADER, signature)
            .body(message.body.clone());
        // What it says beside its status is never read.
        request.send().await.map(|answer| answer.status()).map_err(|error| in_words(&error))
    }

    fn later(&self, message: &DueDelivery, status: Option<u16>, error: String) -> DeliveryOutcome {
        if message.attempt >= self.config.attempts {
            return DeliveryOutcome::GivenUp { status, error };
        }
        let doubled = 1_u32.checked_shl(message.attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let delay = self.config.backoff.saturating_mul(doubled).min(LONGEST);
        DeliveryOutcome::Retry { delay, status, error }
    }
}

/// What went wrong, without what the address is hiding: names, ports and certificates of other hosts.
fn in_words(error: &reqwest::Error) -> String {
    if guard::refused(error) {
        "the address is not one of the public internet".to_owned()
    } else if error.is_timeout() {
        "it did not answer in time".to_owned()
    } else if error.is_connect() {
        "it could not be reached".to_owned()
    } else {
        "the connection broke off".to_owned()
    }
}
