//! Measures the importer: rows a second from a keyword file into a new SQLite file, all or nothing, every index and
//! uniqueness rule on, and the most memory the process ever held.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use futures_util::TryStreamExt as _;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::{PostgresOptions, SqliteStore};
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

/// Imports a keyword file (or one it makes, as Semrush writes them) into a new database and prints one JSON object.
#[derive(Debug, Parser)]
#[command(name = "import-bench")]
struct Arguments {
    /// A keyword file; without one, a file of `--rows` rows is made.
    file: Option<PathBuf>,
    /// Rows of the file that is made, each another keyword.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
    /// An administrator's URL of an empty PostgreSQL database to import into, instead of SQLite. The same rows are then
    /// copied bare into the same table and indexes, for comparison.
    #[arg(long)]
    database: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let path = match arguments.file {
        Some(path) => path,
        None => made(folder.path(), arguments.rows)?,
    };
    let igny8 = match &arguments.database {
        Some(url) => Igny8::builder(PostgresOptions::new(url).any_role().migrated_by(url).open().await?),
        None => {
            let database = folder.path().join("bench.db");
            Igny8::builder(SqliteStore::open(database.to_string_lossy()).await?)
        }
    };
    let igny8 = igny8.build()?;
    let home = NewAccount::named("Bench").plan("unlimited").site("example.com").sector("Keywords");
    let home = igny8.provision(home).await?;
    let scope = igny8.enter(&home.owner, home.account).await?;

    let started = Instant::now();
    let report = igny8.keywords(&scope).import_csv(home.sector, File::open(&path)?).await?;
    let seconds = started.elapsed().as_secs_f64();

    let rows = report.created + report.updated + report.duplicates + report.rejected_total;
    let peak_rss_mb = peak_rss_mb();
    let bare_seconds = match &arguments.database {
        Some(url) => Some((bare_copy(url).await? * 1e3).round() / 1e3),
        None => None,
    };
    let figures = json!({
        "rows": rows,
        "created": report.created,
        "duplicates": report.duplicates,
        "rejected": report.rejected_total,
        "tool": report.detected.tool.to_string(),
        "seconds": (seconds * 1e3).round() / 1e3,
        "rows_per_second": (rows as f64 / seconds).round(),
        "file_mb": (File::open(&path)?.metadata()?.len() as f64 / 1e5).round() / 10.0,
        "peak_rss_mb": peak_rss_mb,
        "bare_copy_seconds": bare_seconds,
    });
    println!("{figures}");
    Ok(())
}

/// The seconds that a bare COPY of the imported rows takes into the same table, emptied before.
async fn bare_copy(url: &str) -> Result<f64, Box<dyn Error>> {
    let mut connection = PgConnection::connect(url).await?;
    let mut rows = Vec::new();
    let mut copied = connection.copy_out_raw("COPY igny8.igny8_keywords TO STDOUT (FORMAT binary)").await?;
    while let Some(part) = copied.try_next().await? {
        rows.extend_from_slice(&part);
    }
    drop(copied);
    connection.execute("TRUNCATE igny8.igny8_keywords CASCADE").await?;
    let started = Instant::now();
    let mut copy = connection.copy_in_raw("COPY igny8.igny8_keywords FROM STDIN (FORMAT binary)").await?;
    for part in rows.chunks(1 << 16) {
        copy.send(part).await?;
    }
    copy.finish().await?;
    Ok(started.elapsed().as_secs_f64())
}

/// A file as Semrush Keyword Magic writes it.
fn made(folder: &Path, rows: u32) -> Result<PathBuf, Box<dyn Error>> {
    const HEADS: [&str; 8] =
        ["menopause", "green tea", "running shoes", "home loan", "sourdough", "hiking", "solar panel", "crm"];
    const TAILS: [&str; 8] =
        ["for beginners", "near me", "cost", "how to choose", "vs", "best", "side effects", "ideas"];
    const INTENTS: [&str; 4] = ["Informational", "\"Informational, Commercial\"", "", "Transactional"];
    let path = folder.join("keywords.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(
        file,
        "Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (USD),Competitive Density,SERP Features,Number of Results"
    )?;
    let mut state = 1_u32;
    for row in 0..rows {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, d] = (state ^ (state >> 15)).to_le_bytes().map(usize::from);
        writeln!(
            file,
            "{} {} {row},{},{},\"0.8,0.7,0.5\",{},{}.{:02},0.{:02},\"Sitelinks, Image, People also ask, Related searches\",{}",
            HEADS[a % 8],
            TAILS[b % 8],
            INTENTS[c % 4],
            (d + 1) * 10,
            a % 101,
            b % 9,
            c % 100,
            d % 100,
            u64::from(state) * 3,
        )?;
    }
    file.flush()?;
    Ok(path)
}

/// The most memory this process ever held, in MiB; only Linux tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1_024.0 * 10.0).round() / 10.0)
}
