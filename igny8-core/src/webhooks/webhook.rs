//! What an account wants to hear of, and where it is told. The secret that messages are signed with can only be written.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::error::FieldErrors;
use crate::ids::WebhookId;
use crate::paging::ListQuery;
use crate::settings::SecretField;
use crate::tenancy::TenantKey;
use crate::vocabulary::vocabulary;

/// How many webhooks an account may have: each is a row more in the commits that it hears of.
pub const MAX_WEBHOOKS: u32 = 20;

vocabulary! {
    /// What a webhook can hear of.
    pub enum WebhookEvent as "event" {
        /// A run has succeeded or was cancelled.
        RunFinished = "run.finished",
        /// A run has failed.
        RunFailed = "run.failed",
        /// An article has become published.
        ContentPublished = "content.published",
        /// The balance has fallen below a tenth of the plan's monthly credits.
        CreditsLow = "credits.low",
    }
}

/// A webhook. Table `igny8_webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantKey,
    /// Where it is told.
    pub url: String,
    /// What it hears of.
    pub events: Vec<WebhookEvent>,
    /// Always true: there is a secret that messages are signed with.
    pub has_secret: bool,
    /// The secret's last four characters; empty when it is too short to show any.
    pub secret_last4: String,
    /// Whether it is told anything.
    pub is_active: bool,
    /// What it is for.
    pub description: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Webhook {
    /// The secret's masked form, which means "unchanged" when it is sent back.
    #[must_use]
    pub fn masked_secret(&self) -> String {
        SecretField { has_key: self.has_secret, last4: self.secret_last4.clone() }.masked()
    }
}

/// A webhook to create.
#[derive(Clone)]
pub struct NewWebhook {
    /// Where it is told: an `http` or `https` address. Whether the address may be reached is the sender's to check.
    pub url: String,
    /// What it hears of; at least one.
    pub events: Vec<WebhookEvent>,
    /// What messages are signed with; 16 to 255 characters.
    pub secret: SecretString,
    /// Whether it is told anything.
    pub is_active: bool,
    /// What it is for; at most 1,000 characters.
    pub description: String,
}

impl fmt::Debug for NewWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewWebhook")
            .field("url", &self.url)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

impl NewWebhook {
    /// The checked webhook, its events in the vocabulary's order.
    ///
    /// # Errors
    /// Complaints on `url`, `events`, `secret` or `description`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        check_url(&mut errors, &self.url);
        check_events(&mut errors, &mut self.events);
        check_secret(&mut errors, &self.secret);
        check_description(&mut errors, &self.description);
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a webhook; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct WebhookChange {
    /// Where it is told.
    pub url: Option<String>,
    /// What it hears of.
    pub events: Option<Vec<WebhookEvent>>,
    /// What messages are signed with.
    pub secret: Option<SecretString>,
    /// Whether it is told anything. Messages that wait are given up when it is switched off.
    pub is_active: Option<bool>,
    /// What it is for.
    pub description: Option<String>,
}

impl fmt::Debug for WebhookChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookChange")
            .field("url", &self.url)
            .field("events", &self.events)
            .field("secret", &self.secret.is_some())
            .field("is_active", &self.is_active)
            .field("description", &self.description)
            .finish()
    }
}

impl WebhookChange {
    /// The checked change.
    ///
    /// # Errors
    /// As [`NewWebhook::checked`].
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(url) = &self.url {
            check_url(&mut errors, url);
        }
        if let Some(events) = &mut self.events {
            check_events(&mut errors, events);
        }
        if let Some(secret) = &self.secret {
            check_secret(&mut errors, secret);
        }
        if let Some(description) = &self.description {
            check_description(&mut errors, description);
        }
        errors.into_result().map(|()| self)
    }
}

/// A list of an account's webhooks, newest first; no filters.
pub type WebhookQuery = ListQuery<(), ()>;

fn check_url(errors: &mut FieldErrors, url: &str) {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
    });
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    errors.require(
        !authority.is_empty() && !authority.starts_with(':') && !url.contains(['\\', '#']),
        "url",
        "must be an address such as https://example.com/hooks",
    );
    errors.require(!authority.contains('@'), "url", "must not hold a user name: messages are signed instead");
    errors.require(
        url.len() <= 2_000
            && url.chars().all(|character| !character.is_whitespace() && !character.is_control()),
        "url",
        "must be at most 2,000 characters without white space",
    );
}

fn check_events(errors: &mut FieldErrors, events: &mut Vec<WebhookEvent>) {
    events.sort_unstable();
    events.dedup();
    errors.require(!events.is_empty(), "events", "must name at least one event");
}

fn check_secret(errors: &mut FieldErrors, secret: &SecretString) {
    let length = secret.expose_secret().chars().count();
    errors.require((16..=255).contains(&length), "secret", "must be 16 to 255 characters");
}

fn check_description(errors: &mut FieldErrors, description: &str) {
    errors.require(description.chars().count() <= 1_000, "description", "must be at most 1,000 characters");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<NewWebhook, FieldErrors> {
        NewWebhook {
            url: url.to_owned(),
            events: vec![WebhookEvent::CreditsLow, WebhookEvent::RunFailed, WebhookEvent::CreditsLow],
            secret: "0123456789abcdef".into(),
            is_active: true,
            description: String::new(),
        }
        .checked()
    }

    #[test]
    fn an_address_is_http_and_names_a_host() {
        for url in ["https://example.com/hooks?of=tea", "HTTP://localhost:8080", "https://[::1]/x"] {
            assert!(at(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "https://",
            "https:///x",
            "ftp://example.com",
            "example.com",
            "https://:80/",
            "http://a b",
            "https://user:word@example.com",
            "https://example.com/#x",
            "https://example.com\\@other/",
            "javascript:alert(1)",
            "hé",
            "https://?x",
        ] {
            assert!(at(url).is_err(), "{url}");
        }
    }

    #[test]
    fn events_stand_once_each_and_secrets_are_long() {
        let webhook = at("https://example.com").unwrap();
        assert_eq!(webhook.events, [WebhookEvent::RunFailed, WebhookEvent::CreditsLow]);
        assert!(NewWebhook { events: Vec::new(), ..webhook.clone() }.checked().is_err());
        assert!(NewWebhook { secret: "short".into(), ..webhook.clone() }.checked().is_err());
        assert!(!format!("{webhook:?}").contains("0123456789"));
        let change = WebhookChange { secret: Some("short".into()), ..WebhookChange::default() };
        assert!(change.checked().is_err());
    }
}
