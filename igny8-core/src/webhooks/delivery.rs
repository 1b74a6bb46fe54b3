//! Messages in the outbox: written with what they tell of, claimed by senders, delivered or given up.

use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use super::WebhookEvent;
use crate::ids::{DeliveryId, WebhookId};
use crate::paging::ListQuery;
use crate::tenancy::TenantKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// How far a message is.
    pub enum DeliveryState as "state" {
        /// Not told yet.
        Pending = "pending",
        /// Told.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

/// A message for one webhook. Table `igny8_webhook_deliveries`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Delivery {
    /// Identifier, the same at every attempt.
    pub id: DeliveryId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantKey,
    /// Whom it is for.
    #[serde(rename = "webhook_id")]
    pub webhook: WebhookId,
    /// What it tells of.
    pub event: WebhookEvent,
    /// Its body: `event`, `account_id`, `created_at` and `data`.
    pub payload: Value,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was begun to be sent.
    pub attempts: u32,
    /// When it is sent next, unless somebody is sending it until then; `None` once it is told or given up.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    pub last_status: Option<u16>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was told.
    pub delivered_at: Option<DateTime<Utc>>,
}

/// A message to be sent now, by whoever claimed it.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// Identifier, the same at every attempt.
    pub id: DeliveryId,
    /// The tenant.
    pub tenant: TenantKey,
    /// Whom it is for.
    pub webhook: WebhookId,
    /// What it tells of.
    pub event: WebhookEvent,
    /// Where to.
    pub url: String,
    /// What it is signed with.
    pub secret: SecretString,
    /// Its body, the same bytes at every attempt.
    pub body: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It was taken.
    Delivered {
        /// What was answered.
        status: u16,
    },
    /// It was not, and is sent again.
    Retry {
        /// How much later.
        delay: Duration,
        /// What was answered, if anything.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
    /// It was not, and is given up.
    GivenUp {
        /// What was answered, if anything.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
}

/// A list of a webhook's messages, newest first; no filters.
pub type DeliveryQuery = ListQuery<(), ()>;
