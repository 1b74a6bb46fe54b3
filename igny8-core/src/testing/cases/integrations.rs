//! Settings of outside services: secrets go in whole, come out masked, and whole only for calling the service.
//! A store without a key for secrets refuses them and keeps everything else.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::{Map, json};

use crate::error::Error;
use crate::settings::{SavedIntegration, SecretField};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::world::{Workplace, World};

cases! { "integrations":
    settings_are_kept_by_service,
    a_secret_is_shown_masked_and_read_whole,
    a_secret_that_is_not_mentioned_stays,
    a_masked_secret_that_comes_back_means_unchanged,
    a_secret_is_forgotten_when_asked,
    secrets_sealed_with_the_current_key_stay_as_they_are,
    a_service_that_is_not_there_is_not_found,
}

const SECRET: &str = "sk-live-abcdefgh12345678";

fn settings(service: &str, model: &str, secrets: &[(&str, Option<&str>)]) -> SavedIntegration {
    SavedIntegration {
        integration_type: service.to_owned(),
        config: Map::from_iter([("model".to_owned(), json!(model))]),
        secrets: secrets
            .iter()
            .map(|(field, secret)| ((*field).to_owned(), secret.map(Into::into)))
            .collect::<BTreeMap<_, _>>(),
        is_active: true,
    }
}

/// Saves settings with a secret; false when the store has no key and rightly refused, keeping nothing of it.
async fn keeps_secrets(at: &Workplace, service: &str) -> Outcome<bool> {
    match at.store.save_integration(&at.scope, settings(service, "tea-1", &[("api_key", Some(SECRET))])).await
    {
        Ok(_) => Ok(true),
        Err(Error::Configuration(_)) => {
            check_refused!(at.store.get_integration(&at.scope, service).await, Error::NotFound { .. });
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}

/// The stored key, to be compared.
async fn key(at: &Workplace) -> Outcome<Option<String>> {
    let secret = at.store.integration_secret(&at.scope, "openai", "api_key").await?;
    Ok(secret.map(|secret| secret.expose_secret().to_owned()))
}

async fn settings_are_kept_by_service(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.list_integrations(&at.scope).await?.len(), 0);
    let saved = at.store.save_integration(&at.scope, settings("openai", "tea-1", &[])).await?;
    check_eq!((saved.integration_type.as_str(), saved.is_active), ("openai", true));
    check_eq!((&saved.config["model"], saved.tenant.account()), (&json!("tea-1"), at.account));
    let off = SavedIntegration { is_active: false, ..settings("openai", "tea-2", &[]) };
    let again = at.store.save_integration(&at.scope, off).await?;
    check_eq!(
        (&again.config["model"], again.is_active, again.created_at),
        (&json!("tea-2"), false, saved.created_at)
    );
    at.store.save_integration(&at.scope, settings("dalle", "draw-1", &[])).await?;
    let services: Vec<String> =
        at.store.list_integrations(&at.scope).await?.into_iter().map(|it| it.integration_type).collect();
    check_eq!(services, ["dalle", "openai"]);
    Ok(())
}

async fn a_secret_is_shown_masked_and_read_whole(world: &World) -> Outcome {
    let at = &world.home;
    if !keeps_secrets(at, "openai").await? {
        return Ok(());
    }
    let shown = at.store.get_integration(&at.scope, "openai").await?;
    let field = shown.secrets.get("api_key").ok_or_else(|| Failure::new("the secret is not shown at all"))?;
    check_eq!((field.has_key, field.last4.as_str()), (true, "5678"));
    let listed = at.store.list_integrations(&at.scope).await?;
    let words = format!("{shown:?}{listed:?}{}", json!(shown));
    check!(!words.contains(SECRET) && !words.contains("abcdefgh"), "the secret is shown in {words}");
    check_eq!(key(at).await?.as_deref(), Some(SECRET));
    check!(at.store.integration_secret(&at.scope, "openai", "other").await?.is_none(), "there is a secret");
    check!(at.store.integration_secret(&at.scope, "nobody", "api_key").await?.is_none(), "there is a secret");
    Ok(())
}

async fn a_secret_that_is_not_mentioned_stays(world: &World) -> Outcome {
    let at = &world.home;
    if !keeps_secrets(at, "openai").await? {
        return Ok(());
    }
    let saved = at.store.save_integration(&at.scope, settings("openai", "tea-2", &[])).await?;
    check!(saved.secrets.contains_key("api_key"), "the secret is gone");
    check_eq!(key(at).await?.as_deref(), Some(SECRET));
    Ok(())
}

async fn a_masked_secret_that_comes_back_means_unchanged(world: &World) -> Outcome {
    let at = &world.home;
    if !keeps_secrets(at, "openai").await? {
        return Ok(());
    }
    let shown = at.store.get_integration(&at.scope, "openai").await?;
    let masked = shown.secrets.get("api_key").map(SecretField::masked).unwrap_or_default();
    let back = settings("openai", "tea-2", &[("api_key", Some(&masked))]);
    at.store.save_integration(&at.scope, back).await?;
    check_eq!(key(at).await?.as_deref(), Some(SECRET));
    let new = settings("openai", "tea-2", &[("api_key", Some("another-secret-9999"))]);
    let saved = at.store.save_integration(&at.scope, new).await?;
    check_eq!(saved.secrets.get("api_key").map(|field| field.last4.as_str()), Some("9999"));
    check_eq!(key(at).await?.as_deref(), Some("another-secret-9999"));
    Ok(())
}

async fn a_secret_is_forgotten_when_asked(world: &World) -> Outcome {
    let at = &world.home;
    if !keeps_secrets(at, "openai").await? {
        return Ok(());
    }
    let without = settings("openai", "tea-1", &[("api_key", None)]);
    let saved = at.store.save_integration(&at.scope, without).await?;
    check_eq!(saved.secrets.len(), 0);
    check!(at.store.integration_secret(&at.scope, "openai", "api_key").await?.is_none(), "there is a secret");
    Ok(())
}

async fn secrets_sealed_with_the_current_key_stay_as_they_are(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.reseal_secrets(&at.scope).await?, 0);
    if keeps_secrets(at, "openai").await? {
        check_eq!(at.store.reseal_secrets(&at.scope).await?, 0);
        check_eq!(key(at).await?.as_deref(), Some(SECRET));
    }
    Ok(())
}

async fn a_service_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    check_refused!(at.store.get_integration(&at.scope, "nobody").await, Error::NotFound { .. });
    Ok(())
}
