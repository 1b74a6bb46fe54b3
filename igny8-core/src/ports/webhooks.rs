//! Webhooks of the account, and the outbox across tenants.

use std::time::Duration;

use super::port;
use crate::error::Result;
use crate::ids::WebhookId;
use crate::paging::Paged;
use crate::tenancy::{SystemScope, TenantScope};
use crate::webhooks::{
    Delivery, DeliveryOutcome, DeliveryQuery, DueDelivery, NewWebhook, Webhook, WebhookChange, WebhookQuery,
};

port! {
    /// Webhooks of the account. A message for each that hears of it is written in the very commit that ends a run, publishes an article, or
    /// takes the balance below the threshold: [`webhooks`](crate::webhooks) tells what is in it.
    pub trait Webhooks {
        /// Creates a webhook. Errors: `Conflict` when the account has as many as it may; `Configuration` when the store has no secrets key.
        async fn create_webhook(&self, scope: &TenantScope, webhook: NewWebhook) -> Result<Webhook>;
        /// A webhook. Errors: `NotFound`.
        async fn get_webhook(&self, scope: &TenantScope, id: WebhookId) -> Result<Webhook>;
        /// The account's webhooks.
        async fn list_webhooks(&self, scope: &TenantScope, query: &WebhookQuery) -> Result<Paged<Webhook>>;
        /// Changes a webhook. Switching it off gives its waiting messages up. Errors: `NotFound`; `Configuration` when a secret comes and
        /// the store has no secrets key.
        async fn update_webhook(&self, scope: &TenantScope, id: WebhookId, change: WebhookChange) -> Result<Webhook>;
        /// Deletes a webhook with its messages. Errors: `NotFound`.
        async fn delete_webhook(&self, scope: &TenantScope, id: WebhookId) -> Result<()>;
        /// The messages of a webhook. Errors: `NotFound` for the webhook.
        async fn list_deliveries(&self, scope: &TenantScope, webhook: WebhookId, query: &DeliveryQuery) -> Result<Paged<Delivery>>;
    }
}

port! {
    /// The outbox, across tenants. Leases run on the store's clock.
    pub trait Outbox {
        /// Takes up to `limit` due messages to be sent, the oldest first, each account's fair share at the most: nobody else is given them
        /// before the lease has run out. One whose secret cannot be opened stays, and is logged.
        async fn claim_deliveries(&self, system: &SystemScope, limit: u32, lease: Duration) -> Result<Vec<DueDelivery>>;
        /// Says what came of a claimed message. Nothing changes when it is no longer this attempt's: somebody claimed it since, or it
        /// is told, given up or gone.
        async fn settle_delivery(&self, system: &SystemScope, delivery: &DueDelivery, outcome: DeliveryOutcome) -> Result<()>;
    }
}
