//! Measures model-refined clustering against a fake service on loopback: the calls and tokens it takes, beside what it was
//! expected to take and what sending the whole list once would.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use igny8_core::clustering::ClusteringMethod;
use igny8_core::functions::AutoCluster;
use igny8_core::paging::Page;
use igny8_core::pipeline::{KeywordFilter, KeywordQuery};
use igny8_core::runs::WorkerConfig;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::SqliteStore;
use igny8_tests::{FakeOpenAi, tokens};
use serde_json::json;

/// Imports a keyword file, clusters it with the model's help, and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "refine-bench")]
struct Arguments {
    /// A keyword file of at most 100,000 rows.
    file: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let service = FakeOpenAi::good().await;
    let store = SqliteStore::open("sqlite::memory:").await?;
    let igny8 = Igny8::builder(store).text_model(service.provider()).build()?;
    let home = NewAccount::named("Bench").plan("scale").site("example.com").sector("Keywords");
    let home = igny8.provision(home).await?;
    let scope = igny8.enter(&home.owner, home.account).await?;
    let report = igny8.keywords(&scope).import_csv(home.sector, File::open(&arguments.file)?).await?;

    let _worker = igny8.spawn_worker(WorkerConfig::default());
    let request = AutoCluster::for_import(report.id).method(ClusteringMethod::ModelRefined);
    let began = Instant::now();
    let run = igny8.start(&scope, request).await?;
    let done = run.output().await?;
    let seconds = began.elapsed().as_secs_f64();

    let asked = service.asked();
    let read: u64 = asked.iter().map(tokens::of_question).sum();
    let whole = tokens::count(&whole_list(&igny8, &scope, KeywordFilter::sector(home.sector)).await?);
    let figures = json!({
        "keywords": report.created,
        "clusters": done.output.clusters,
        "clustered": done.output.clustered,
        "unclustered": done.output.unclustered,
        "calls": asked.len(),
        "prompt_tokens": read,
        "whole_list_tokens": whole,
        "share": (read as f64 / whole as f64 * 1e4).round() / 1e4,
        "forecast": done.forecast,
        "billed": done.usage,
        "credits": done.credits,
        "ledger_ok": igny8.credits(&scope).verify().await?.is_empty(),
        "seconds": (seconds * 1e3).round() / 1e3,
    });
    println!("{figures}");
    Ok(())
}

/// The list as one would paste it: a keyword a line.
async fn whole_list(
    igny8: &Igny8,
    scope: &TenantScope,
    filter: KeywordFilter,
) -> Result<String, Box<dyn Error>> {
    let mut list = String::new();
    let mut cursor = None;
    loop {
        let page = Page::After { cursor, size: 500 };
        let part = igny8.keywords(scope).list(&KeywordQuery::filtered(filter.clone()).page(page)).await?;
        for keyword in part.items {
            list.push_str(&keyword.keyword);
            list.push('\n');
        }
        match part.next {
            Some(next) => cursor = Some(next),
            None => return Ok(list),
        }
    }
}
