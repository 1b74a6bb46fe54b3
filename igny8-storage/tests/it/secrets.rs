//! Changing the key that secrets are sealed with: the old one opens until everything is sealed anew, then it can go.

use std::collections::BTreeMap;
use std::time::Duration;

use igny8_core::credits::UsageNote;
use igny8_core::settings::{ExposeSecret, SavedIntegration};
use igny8_core::tenancy::{SiteChange, TenantScope};
use igny8_core::webhooks::{
    DeliveryOutcome, DeliveryQuery, DeliveryState, NewWebhook, WebhookChange, WebhookEvent,
};
use igny8_core::{Error, Igny8, NewAccount};
use igny8_storage::secrets::{Cipher, SecretsKey};
use serde_json::Map;

use crate::databases::{Database, on_each_database};

fn key(text: &str) -> SecretsKey {
    SecretsKey::from_base64(text).unwrap()
}

async fn read(igny8: &Igny8, scope: &TenantScope) -> Result<Vec<String>, Error> {
    let store = igny8.store();
    let site = igny8.sites(scope).list().await?[0].id;
    let secrets = [
        store.integration_secret(scope, "openai", "api_key").await?,
        store.wp_app_password(scope, site).await?,
    ];
    Ok(secrets.into_iter().map(|secret| secret.unwrap().expose_secret().to_owned()).collect())
}

async fn a_key_is_changed_without_losing_a_secret(database: &impl Database) {
    let (old, new) = (SecretsKey::generate_base64(), SecretsKey::generate_base64());
    let sealed_with =
        async |cipher: Cipher| Igny8::builder(database.open_with(cipher).await).build().unwrap();
    let igny8 = sealed_with(Cipher::new(key(&old)).unwrap()).await;
    let mut scopes = Vec::new();
    for name in ["Acme", "Bonobo"] {
        let home = igny8.provision(NewAccount::named(name).site("example.com")).await.unwrap();
        let scope = igny8.enter(&home.owner, home.account).await.unwrap();
        let settings = SavedIntegration {
            integration_type: "openai".to_owned(),
            config: Map::new(),
            secrets: BTreeMap::from([("api_key".to_owned(), Some(format!("sk-{name}-0123456789").into()))]),
            is_active: true,
        };
        igny8.integrations(&scope).save(settings).await.unwrap();
        let change = SiteChange {
            wp_app_password: Some(Some(format!("{name} abcd").into())),
            ..SiteChange::default()
        };
        igny8.sites(&scope).update(home.site, change).await.unwrap();
        let webhook = NewWebhook {
            url: "https://example.com/hooks".to_owned(),
            events: vec![WebhookEvent::RunFinished],
            secret: format!("{name}-0123456789abcdef").into(),
            is_active: true,
            description: String::new(),
        };
        igny8.webhooks(&scope).create(webhook).await.unwrap();
        scopes.push((scope, vec![format!("sk-{name}-0123456789"), format!("{name} abcd")]));
    }

    let both = sealed_with(Cipher::new(key(&new)).unwrap().with_earlier(key(&old)).unwrap()).await;
    for (scope, secrets) in &scopes {
        assert_eq!(&read(&both, scope).await.unwrap(), secrets);
    }
    let only_new = sealed_with(Cipher::new(key(&new)).unwrap()).await;
    assert!(matches!(only_new.reseal_secrets().await, Err(Error::Configuration(_))), "the old key is needed");
    assert_eq!(both.reseal_secrets().await.unwrap(), 6);
    assert_eq!(both.reseal_secrets().await.unwrap(), 0, "nothing is left");
    for (scope, secrets) in &scopes {
        assert_eq!(&read(&only_new, scope).await.unwrap(), secrets);
        assert!(
            matches!(read(&igny8, scope).await, Err(Error::Configuration(_))),
            "the old key opens nothing"
        );
    }
}

async fn a_webhooks_secret_that_comes_back_masked_means_unchanged(database: &impl Database) {
    let igny8 = Igny8::builder(database.open().await).build().unwrap();
    let home = igny8.provision(NewAccount::named("Acme")).await.unwrap();
    let scope = igny8.enter(&home.owner, home.account).await.unwrap();
    let webhooks = igny8.webhooks(&scope);
    let webhook = NewWebhook {
        url: "https://example.com/hooks".to_owned(),
        events: vec![WebhookEvent::CreditsLow],
        secret: "0123456789abcdef".into(),
        is_active: true,
        description: String::new(),
    };
    let refused = webhooks.create(NewWebhook { url: "example.com".to_owned(), ..webhook.clone() }).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let made = webhooks.create(webhook).await.unwrap();
    let signed_with =
        |secret: &str| WebhookChange { secret: Some(secret.into()), ..WebhookChange::default() };
    let same = webhooks.update(made.id, signed_with(&made.masked_secret())).await.unwrap();
    assert_eq!(same.secret_last4, "cdef");
    for secret in ["****0000", "short"] {
        let refused = webhooks.update(made.id, signed_with(secret)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    let changed = webhooks.update(made.id, signed_with("another-secret-of-9999")).await.unwrap();
    assert_eq!(changed.secret_last4, "9999");

    // What the host's own work charges is told of; the plan `free` grants 100 a month.
    let usage = UsageNote {
        operation_type: "own".to_owned(),
        cost_usd: rust_decimal::Decimal::ZERO,
        details: serde_json::json!({}),
    };
    igny8.credits(&scope).deduct("own", 95, "Own work", usage).await.unwrap();
    let due = igny8.deliveries().claim(9, Duration::from_secs(60)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(
        (due[0].event, due[0].secret.expose_secret()),
        (WebhookEvent::CreditsLow, "another-secret-of-9999")
    );
    igny8.deliveries().settle(&due[0], DeliveryOutcome::Delivered { status: 200 }).await.unwrap();
    let told = webhooks.deliveries(made.id, &DeliveryQuery::default()).await.unwrap().items;
    assert_eq!((told.len(), told[0].state), (1, DeliveryState::Delivered));
    webhooks.delete(made.id).await.unwrap();
}

on_each_database!(
    a_key_is_changed_without_losing_a_secret,
    a_webhooks_secret_that_comes_back_masked_means_unchanged,
);
