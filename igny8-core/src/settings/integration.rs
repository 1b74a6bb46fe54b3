//! Settings of an outside service: plain values that can be read, secrets that can only be written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::tenancy::TenantKey;

/// Settings of one outside service. Table `igny8_integration_settings`, one row a type.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct IntegrationSettings {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Slug of the service: `openai`, `runware`, `image_generation`, or what a provider or plugin registers.
    pub integration_type: String,
    /// The plain values, secrets left out.
    pub config: Map<String, Value>,
    /// The secrets that are stored, by field.
    pub secrets: BTreeMap<String, SecretField>,
    /// Whether it may be used.
    pub is_active: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What may be shown of a stored secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SecretField {
    /// Always true: there is one.
    pub has_key: bool,
    /// Its last four characters; empty when it is too short to show any.
    pub last4: String,
}

impl SecretField {
    /// What may be shown of this secret: the last four characters when it has at least twelve.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let length = secret.chars().count();
        let last4 = if length >= 12 { secret.chars().skip(length - 4).collect() } else { String::new() };
        Self { has_key: true, last4 }
    }

    /// The masked form shown to callers, which means "unchanged" when it is sent back.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("****{}", self.last4)
    }
}

/// Settings to save: replaces the plain values; of the secrets only those named.
#[derive(Clone)]
pub struct SavedIntegration {
    /// Slug of the service.
    pub integration_type: String,
    /// The plain values.
    pub config: Map<String, Value>,
    /// Secrets by field: `Some` sets, `None` deletes; a field not named, or with its masked value, stays.
    pub secrets: BTreeMap<String, Option<SecretString>>,
    /// Whether it may be used.
    pub is_active: bool,
}

impl std::fmt::Debug for SavedIntegration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedIntegration")
            .field("integration_type", &self.integration_type)
            .field("config", &self.config)
            .field("secrets", &self.secrets.keys())
            .field("is_active", &self.is_active)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_show_nothing() {
        assert_eq!(SecretField::of("sk-1234567890").last4, "7890");
        assert_eq!(SecretField::of("short").last4, "");
    }
}
