//! From a keyword file to written articles in one command: import, cluster, ideas, tasks, articles, images.
//! Run it with `cargo run --release -p quickstart`; `--help` lists what can be chosen.

mod arguments;
mod display;
mod journey;
mod pages;
mod report;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use igny8_ai::{Offline, OpenAiCompatible};
use igny8_core::runs::WorkerConfig;
use igny8_core::{Builder, Igny8};
use igny8_storage::{ObjectBlobs, PostgresOptions, SqliteStore};

use arguments::{Arguments, Provider};
use display::Display;
use journey::Journey;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = std::io::stderr();
            let told = writeln!(stderr, "quickstart: {error:#}");
            if told.is_ok()
                && let Some(database) = &arguments.database
            {
                // An URL may hold a password.
                let database = if is_postgres(database) { "the same database" } else { database };
                drop(writeln!(stderr, "What is done is kept; the same command continues on {database}."));
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let began = Instant::now();
    let temporary = tempfile::tempdir().context("make a temporary folder")?;
    let images = arguments.out.join("images");
    let builder = on_store(arguments, temporary.path()).await?;
    let builder = builder.image_model(Offline::new()).blobs(ObjectBlobs::local(&images)?);
    let igny8 = match arguments.provider {
        Provider::Offline => builder.text_model(Offline::new()),
        Provider::Openai => builder.text_model(OpenAiCompatible::from_env()?),
    }
    .build()?;

    let worker = (!arguments.workers_elsewhere).then(|| igny8.spawn_worker(WorkerConfig::default()));
    let display = Display::new(arguments.json);
    let journey = Journey::begin(&igny8, arguments, &display).await?;
    let finished = tokio::select! {
        finished = journey.travel() => finished,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    if let Some(worker) = worker {
        worker.shutdown().await;
    }
    let finished = finished?;

    let pages = pages::write(&journey, &finished, &arguments.out).await?;
    if let Some(path) = &arguments.report {
        pages::write_quality(&journey, path).await?;
    }
    let report = report::make(&journey, &finished, &pages, began.elapsed()).await?;
    let mut stdout = std::io::stdout();
    if arguments.json {
        serde_json::to_writer(&mut stdout, &report)?;
        writeln!(stdout)?;
    } else {
        write!(stdout, "{}", report.summary(&pages.index, arguments.report.as_deref()))?;
    }
    Ok(())
}

/// Begins with the database that was asked for.
async fn on_store(arguments: &Arguments, temporary: &Path) -> Result<Builder> {
    match &arguments.database {
        Some(url) if is_postgres(url) => {
            let mut options = PostgresOptions::new(url);
            if let Some(owner) = &arguments.migrate_by {
                options = options.migrated_by(owner);
            }
            let store = options.open().await?;
            let notifier = store.notifier();
            Ok(Igny8::builder(store).notifier(notifier))
        }
        Some(file) => Ok(Igny8::builder(SqliteStore::open(file).await?)),
        None => {
            let file = temporary.join("quickstart.db");
            Ok(Igny8::builder(SqliteStore::open(file.to_string_lossy()).await?))
        }
    }
}

fn is_postgres(database: &str) -> bool {
    database.starts_with("postgres://") || database.starts_with("postgresql://")
}
