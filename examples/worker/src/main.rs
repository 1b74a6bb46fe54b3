//! A worker as a process of its own: `cargo run --release -p igny8-worker -- --database URL --concurrency N`.
//! A host starts it as often as it likes; `--help` lists what can be chosen.

mod arguments;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use igny8_ai::{Offline, OpenAiCompatible};
use igny8_core::{Builder, Igny8, telemetry};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{NatsNotifier, ObjectBlobs, PostgresNotifier, PostgresOptions, SqliteOptions};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Log, Notify, Provider};

/// Holds the key that secrets are sealed with, in base64.
const SECRETS_KEY: &str = "IGNY8_SECRETS_KEY";
/// Holds the keys before that one, with spaces between, until everything is sealed anew.
const EARLIER_KEYS: &str = "IGNY8_SECRETS_KEYS_EARLIER";
/// Where news go. The database's own channel is named after its schema, which is the same.
const CHANNEL: &str = "igny8";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match arguments.log {
        Log::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        Log::Json => log.json().init(),
    }
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "igny8-worker: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    if let Some(address) = arguments.metrics {
        PrometheusBuilder::new().with_http_listener(address).install().context("show metrics")?;
        telemetry::describe();
    }
    let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let igny8 = assemble(arguments).await?;
    let worker = igny8.spawn_worker(arguments.worker());
    tracing::info!(concurrency = arguments.concurrency, "works");
    tokio::select! {
        () = worker.finished() => tracing::info!("nothing is left to do"),
        _ = terminated.recv() => tracing::info!("asked to stop"),
        _ = tokio::signal::ctrl_c() => tracing::info!("asked to stop"),
    }
    worker.shutdown().await;
    Ok(())
}

/// The store, the provider and what wakes others, put together.
async fn assemble(arguments: &Arguments) -> Result<Igny8> {
    let mut builder = on_store(arguments).await?;
    builder = builder.blobs(ObjectBlobs::local(&arguments.images)?).image_model(Offline::new());
    let provider = match arguments.provider {
        Provider::Offline => {
            builder = builder.text_model(Offline::new());
            "offline"
        }
        Provider::Openai => {
            builder = builder.text_model(OpenAiCompatible::from_env()?);
            "openai"
        }
    };
    if let Some(calls) = arguments.provider_calls {
        builder = builder.provider_limit(provider, calls);
    }
    Ok(builder.build()?)
}

/// Begins with the store, and with what it shares with other processes.
async fn on_store(arguments: &Arguments) -> Result<Builder> {
    let cipher = cipher()?;
    let url = &arguments.database;
    let mut builder = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let mut options = PostgresOptions::new(url)
            .connections(arguments.store_connections())
            .prepared_statements(!arguments.pooler);
        if let Some(owner) = &arguments.migrate_by {
            options = options.migrated_by(owner);
        }
        if arguments.any_role {
            options = options.any_role();
        }
        if let Some(cipher) = cipher {
            options = options.secrets(cipher);
        }
        let store = options.open().await?;
        let notifier = store.notifier();
        let builder = Igny8::builder(store);
        match &arguments.notify {
            Notify::Database if arguments.pooler => {
                bail!(
                    "behind a pooler the database carries no news: give --notify none, postgres://… or nats://…"
                )
            }
            Notify::Database => builder.notifier(notifier),
            _ => builder,
        }
    } else {
        let mut options = SqliteOptions::new(url);
        if let Some(cipher) = cipher {
            options = options.secrets(cipher);
        }
        Igny8::builder(options.open().await?)
    };
    match &arguments.notify {
        Notify::Database | Notify::Nobody => {}
        Notify::Postgres(url) => builder = builder.notifier(PostgresNotifier::connect(url, CHANNEL).await?),
        Notify::Nats(url) => builder = builder.notifier(NatsNotifier::connect(url, CHANNEL).await?),
    }
    Ok(builder)
}

/// What secrets are sealed with: the key, and those before it, which still open.
fn cipher() -> Result<Option<Cipher>> {
    let Ok(key) = std::env::var(SECRETS_KEY) else { return Ok(None) };
    let mut cipher = Cipher::new(SecretsKey::from_base64(&key)?)?;
    for earlier in std::env::var(EARLIER_KEYS).unwrap_or_default().split_whitespace() {
        cipher = cipher.with_earlier(SecretsKey::from_base64(earlier)?)?;
    }
    Ok(Some(cipher))
}
