//! `system/settings/integrations/`: settings of outside services. Secrets can be written and never read.

use std::collections::BTreeMap;

use igny8_core::settings::{IntegrationSettings, SavedIntegration, SecretField, SecretString};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::answer::{Answer, Listed, One};
use crate::request::{Body, Id, Tenant, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("system")
        .get("system/settings/integrations/", "listIntegrations", "Settings of outside services", list)
        .get(
            "system/settings/integrations/{pk}/",
            "getIntegration",
            "Settings of one service, by its type",
            get,
        )
        .put(
            "system/settings/integrations/{pk}/",
            "saveIntegration",
            "Save the settings of one service",
            save,
        )
        .post(
            "system/settings/integrations/{pk}/",
            "postIntegration",
            "Save the settings of one service",
            save,
        )
}

/// The settings of a service.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SettingsBody {
    /// Plain values, which can be read again.
    #[serde(default)]
    config: Map<String, Value>,
    /// Secrets by name, such as `api_key`. They are encrypted; the masked value sent back means unchanged, null removes one.
    #[serde(default)]
    secrets: BTreeMap<String, Option<Secret>>,
    /// Whether it is used; true by default.
    #[serde(default = "yes")]
    is_active: bool,
}

/// A secret to save, or what is shown of one, which leaves it as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a secret as text, what is shown of one, or null")]
enum Secret {
    /// The secret, or `****` and its last four characters.
    Text(String),
    /// As it is read.
    Shown(ShownSecret),
}

/// What is shown of a stored secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShownSecret {
    /// Always true.
    has_key: bool,
    /// Its last four characters.
    last4: String,
}

impl From<Secret> for SecretString {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::Text(text) => text.into(),
            Secret::Shown(ShownSecret { has_key, last4 }) => SecretField { has_key, last4 }.masked().into(),
        }
    }
}

async fn list(tenant: Tenant) -> Answer<Listed<IntegrationSettings>> {
    Ok(Listed::whole(tenant.igny8.integrations(&tenant.scope).list().await?))
}

async fn get(tenant: Tenant, Id(service): Id<String>) -> Answer<One<IntegrationSettings>> {
    Ok(One(tenant.igny8.integrations(&tenant.scope).get(&service).await?))
}

async fn save(
    tenant: Tenant,
    Id(service): Id<String>,
    Body(body): Body<SettingsBody>,
) -> Answer<One<IntegrationSettings>> {
    let secrets = body.secrets.into_iter().map(|(name, secret)| (name, secret.map(SecretString::from)));
    let settings = SavedIntegration {
        integration_type: service,
        config: body.config,
        secrets: secrets.collect(),
        is_active: body.is_active,
    };
    Ok(One(tenant.igny8.integrations(&tenant.scope).save(settings).await?))
}
