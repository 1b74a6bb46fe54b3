//! The server as a process: `cargo run --release -p igny8-server`; `--help` lists what can be chosen.
//! What it says to people goes to standard error, what programs read to standard output.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use igny8_server::cli::{Cli, Command, Log};
use igny8_server::{
    assemble, credentials, erase_account, export_account, health, import_django, operator, serve,
};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match cli.log {
        Log::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        Log::Json => log.json().init(),
    }
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "igny8-server: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    if matches!(cli.command, Some(Command::Health)) {
        return health::check(cli.serve.bind).await;
    }
    let igny8 = assemble::assemble(&cli.store).await?;
    let mut stdout = std::io::stdout();
    match &cli.command {
        None => serve::serve(igny8, &cli.store, &cli.serve).await,
        Some(Command::ImportDjango(options)) => {
            operator::announce(&operator::ensure(&igny8).await?);
            let report = import_django::import(&igny8, &assemble::files(&cli.store)?, options).await?;
            serde_json::to_writer_pretty(&mut stdout, &report).context("write the report")?;
            writeln!(stdout).context("write the report")
        }
        Some(Command::ExportAccount { account, out }) => {
            let manifest = export_account::export(&igny8, account, out).await?;
            serde_json::to_writer_pretty(&mut stdout, &manifest).context("write the manifest")?;
            writeln!(stdout).context("write the manifest")
        }
        Some(Command::EraseAccount { account, yes }) => {
            erase_account::erase(&igny8, account, *yes, &mut std::io::stderr()).await
        }
        Some(Command::Migrate) => writeln!(stdout, "the tables are up to date").context("say so"),
        // Answered above, without a database.
        Some(Command::Health) => Ok(()),
        Some(Command::SetPassword { email }) => {
            let password = credentials::give_new_password(&igny8, email).await?;
            writeln!(stdout, "{password}").context("write the password")
        }
    }
}
