//! `system/webhooks/`: what the account wants to hear of, and what was told.

use igny8_core::ids::WebhookId;
use igny8_core::settings::SecretString;
use igny8_core::webhooks::{Delivery, NewWebhook, Webhook, WebhookChange, WebhookEvent};
use schemars::JsonSchema;
use serde::Deserialize;

use super::users::NoParams;
use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, List, Tenant, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("system")
        .get("system/webhooks/", "listWebhooks", "Webhooks of the account, newest first", list)
        .post("system/webhooks/", "createWebhook", "Create a webhook", create)
        .get("system/webhooks/{id}/", "getWebhook", "A webhook", get)
        .put("system/webhooks/{id}/", "replaceWebhook", "Replace a webhook's fields", replace)
        .patch("system/webhooks/{id}/", "updateWebhook", "Change some of a webhook's fields", update)
        .delete("system/webhooks/{id}/", "deleteWebhook", "Delete a webhook with its messages", delete)
        .get(
            "system/webhooks/{id}/deliveries/",
            "listDeliveries",
            "What was told, waits or was given up",
            deliveries,
        )
}

/// A webhook's own fields.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WebhookFields {
    /// Where it is told: a public `https` or `http` address.
    url: String,
    /// What it hears of; at least one.
    #[schemars(length(min = 1))]
    events: Vec<WebhookEvent>,
    /// What messages are signed with, 16 to 255 characters; it cannot be read again.
    #[schemars(length(min = 16, max = 255))]
    secret: String,
    /// Whether it is told anything; true by default.
    #[serde(default = "yes")]
    is_active: bool,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    description: String,
}

/// What is to change on a webhook; fields left out stay as they are.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WebhookPatch {
    /// Where it is told: a public `https` or `http` address.
    url: Option<String>,
    /// What it hears of; at least one.
    #[schemars(length(min = 1))]
    events: Option<Vec<WebhookEvent>>,
    /// What messages are signed with; the masked value sent back means unchanged.
    secret: Option<String>,
    /// Whether it is told anything.
    is_active: Option<bool>,
    /// What it is for.
    #[schemars(length(max = 1_000))]
    description: Option<String>,
}

async fn list(tenant: Tenant, list: List<NoParams>) -> Answer<Listed<Webhook>> {
    list.answer(tenant.igny8.webhooks(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, Body(fields): Body<WebhookFields>) -> Answer<Created<Webhook>> {
    let WebhookFields { url, events, secret, is_active, description } = fields;
    let webhook = NewWebhook { url, events, secret: SecretString::from(secret), is_active, description };
    Ok(Created(tenant.igny8.webhooks(&tenant.scope).create(webhook).await?))
}

async fn get(tenant: Tenant, Id(id): Id<WebhookId>) -> Answer<One<Webhook>> {
    Ok(One(tenant.igny8.webhooks(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<WebhookId>,
    Body(fields): Body<WebhookFields>,
) -> Answer<One<Webhook>> {
    let change = WebhookChange {
        url: Some(fields.url),
        events: Some(fields.events),
        secret: Some(SecretString::from(fields.secret)),
        is_active: Some(fields.is_active),
        description: Some(fields.description),
    };
    Ok(One(tenant.igny8.webhooks(&tenant.scope).update(id, change).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<WebhookId>,
    Body(patch): Body<WebhookPatch>,
) -> Answer<One<Webhook>> {
    let WebhookPatch { url, events, secret, is_active, description } = patch;
    let change =
        WebhookChange { url, events, secret: secret.map(SecretString::from), is_active, description };
    Ok(One(tenant.igny8.webhooks(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<WebhookId>) -> Answer<Deleted> {
    tenant.igny8.webhooks(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}

async fn deliveries(tenant: Tenant, Id(id): Id<WebhookId>, list: List<NoParams>) -> Answer<Listed<Delivery>> {
    list.answer(tenant.igny8.webhooks(&tenant.scope).deliveries(id, &list.query).await?)
}
