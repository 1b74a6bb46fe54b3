//! Puts the SDK together: the store that was asked for, its secrets' key, files, models.
//! Every command begins here.

use anyhow::{Context, Result, bail};
use igny8_ai::{Offline, OpenAiCompatible};
use igny8_core::{Builder, Igny8};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{ObjectBlobs, PostgresOptions, SqliteOptions};

use crate::cli::{Provider, StoreArgs};
use crate::secret;

/// Holds the key that secrets are sealed with, in base64.
const SECRETS_KEY: &str = "IGNY8_SECRETS_KEY";
/// Holds the keys before that one, with spaces between, until everything is sealed anew.
const EARLIER_KEYS: &str = "IGNY8_SECRETS_KEYS_EARLIER";

/// The SDK on the store that was asked for.
///
/// # Errors
/// When the database cannot be opened, or a key or a model's settings are wrong.
pub async fn assemble(store: &StoreArgs) -> Result<Igny8> {
    let builder = on_store(store).await?;
    let builder = builder.blobs(files(store)?).image_model(Offline::new());
    let builder = match store.provider {
        Provider::Offline => builder.text_model(Offline::new()),
        Provider::Openai => builder.text_model(OpenAiCompatible::from_env()?),
    };
    Ok(builder.build()?)
}

/// The place for images' files.
///
/// # Errors
/// When the folder cannot be made or opened.
pub fn files(store: &StoreArgs) -> Result<ObjectBlobs> {
    let opened = ObjectBlobs::local(&store.blob_dir);
    opened.with_context(|| format!("open the folder for files {}", store.blob_dir.display()))
}

async fn on_store(store: &StoreArgs) -> Result<Builder> {
    let cipher = cipher(store)?;
    if store.is_postgres() {
        let mut options = PostgresOptions::new(&store.database);
        if let Some(owner) = store.migrate_by.as_deref().filter(|owner| !owner.is_empty()) {
            options = options.migrated_by(owner);
        }
        if let Some(connections) = store.connections {
            options = options.connections(connections);
        }
        if store.any_role {
            options = options.any_role();
        }
        if let Some(cipher) = cipher {
            options = options.secrets(cipher);
        }
        let opened = options.open().await.context("open the PostgreSQL database")?;
        let notifier = opened.notifier();
        return Ok(Igny8::builder(opened).notifier(notifier));
    }
    if store.database.contains("://") && !store.database.starts_with("sqlite://") {
        bail!("--database must be sqlite://FILE or postgres://…");
    }
    let mut options = SqliteOptions::new(&store.database);
    if let Some(cipher) = cipher {
        options = options.secrets(cipher);
    }
    Ok(Igny8::builder(options.open().await.with_context(|| format!("open {}", store.database))?))
}

/// What secrets are sealed with: the key, and those before it, which still open. Without a key in the environment SQLite keeps one in a
/// file beside the database; on PostgreSQL there is none, and secrets are refused.
fn cipher(store: &StoreArgs) -> Result<Option<Cipher>> {
    let mut key = std::env::var(SECRETS_KEY).unwrap_or_default();
    if key.is_empty() {
        let Some(database) = store.sqlite_file() else { return Ok(None) };
        key = secret::kept_beside(&database, "secrets-key", SecretsKey::generate_base64)?;
    }
    let mut cipher = Cipher::new(SecretsKey::from_base64(&key)?)?;
    for earlier in std::env::var(EARLIER_KEYS).unwrap_or_default().split_whitespace() {
        cipher = cipher.with_earlier(SecretsKey::from_base64(earlier)?)?;
    }
    Ok(Some(cipher))
}
