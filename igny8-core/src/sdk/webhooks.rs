//! The rooms for webhooks: an account's own, and the outbox for whoever sends.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::tenants::room;
use super::{Igny8, Services};
use crate::error::Result;
use crate::ids::WebhookId;
use crate::paging::Paged;
use crate::tenancy::{Action, SystemScope, TenantScope};
use crate::webhooks::{
    Delivery, DeliveryOutcome, DeliveryQuery, DueDelivery, NewWebhook, Webhook, WebhookChange, WebhookQuery,
};

room! {
    /// Webhooks of the account.
    WebhooksRoom
}

/// The outbox across tenants; for adapters that send.
#[derive(Clone)]
pub struct DeliveriesRoom {
    services: Arc<Services>,
}

impl std::fmt::Debug for DeliveriesRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveriesRoom").finish_non_exhaustive()
    }
}

impl Igny8 {
    /// Webhooks of the account.
    #[must_use]
    pub fn webhooks(&self, scope: &TenantScope) -> WebhooksRoom {
        WebhooksRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// The outbox of every account's webhooks, for adapters.
    #[must_use]
    pub fn deliveries(&self) -> DeliveriesRoom {
        DeliveriesRoom { services: self.services.clone() }
    }
}

impl WebhooksRoom {
    /// Creates a webhook.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid); [`Error::Conflict`](crate::Error::Conflict) past
    /// [`MAX_WEBHOOKS`](crate::webhooks::MAX_WEBHOOKS); [`Error::Configuration`](crate::Error::Configuration) for a store without a
    /// key for secrets; [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn create(&self, webhook: NewWebhook) -> Result<Webhook> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.create_webhook(&self.scope, webhook.checked()?).await
    }

    /// A webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn get(&self, id: WebhookId) -> Result<Webhook> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.get_webhook(&self.scope, id).await
    }

    /// The account's webhooks.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn list(&self, query: &WebhookQuery) -> Result<Paged<Webhook>> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.list_webhooks(&self.scope, query).await
    }

    /// Changes a webhook. A secret that comes back masked means unchanged.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Invalid`](crate::Error::Invalid);
    /// [`Error::Configuration`](crate::Error::Configuration) for a store without a key for secrets;
    /// [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn update(&self, id: WebhookId, mut change: WebhookChange) -> Result<Webhook> {
        self.scope.require(Action::ManageSettings)?;
        if let Some(secret) = &change.secret {
            let shown = self.services.store.get_webhook(&self.scope, id).await?.masked_secret();
            if secret.expose_secret() == shown {
                change.secret = None;
            }
        }
        self.services.store.update_webhook(&self.scope, id, change.checked()?).await
    }

    /// Deletes a webhook with its messages.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn delete(&self, id: WebhookId) -> Result<()> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.delete_webhook(&self.scope, id).await
    }

    /// The messages of a webhook: told, waiting and given up.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for the webhook; [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn deliveries(&self, id: WebhookId, query: &DeliveryQuery) -> Result<Paged<Delivery>> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.list_deliveries(&self.scope, id, query).await
    }
}

impl DeliveriesRoom {
    /// Takes due messages to be sent; nobody else is given them before the lease has run out. Send each once, then
    /// [`settle`](Self::settle) it.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<DueDelivery>> {
        let system = SystemScope::open_quietly("send webhooks");
        self.services.store.claim_deliveries(&system, limit, lease).await
    }

    /// Says what came of a claimed message.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self, delivery: &DueDelivery, outcome: DeliveryOutcome) -> Result<()> {
        let system = SystemScope::open_quietly("send webhooks");
        self.services.store.settle_delivery(&system, delivery, outcome).await
    }
}
