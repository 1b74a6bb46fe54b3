//! The fault suite as a program: makes everything go wrong by a seed, on SQLite and on PostgreSQL, and says what held.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is run for")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use igny8_test_postgres::Server;
use igny8_tests::faults::{ALL, Fault, Kind, Outcome, Stage, work};
use serde_json::{Value, json};

/// Makes everything go wrong that is worth being sure of, and prints what held.
#[derive(Debug, Parser)]
#[command(name = "faults")]
struct Arguments {
    #[command(subcommand)]
    obey: Option<Inner>,
    /// Rounds of `kill`; the other faults are played in proportion.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// An administrator's URL of a PostgreSQL server, or the beginning of a path for SQLite files, which stay. Without it
    /// both are used: files in temporary folders, and a private PostgreSQL cluster.
    #[arg(long)]
    database: Option<String>,
    /// Decides everything that is left to chance; by the clock unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// Only this fault; may be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// Prints one JSON object instead of lines.
    #[arg(long)]
    json: bool,
    /// Names the faults and ends.
    #[arg(long)]
    list: bool,
}

#[derive(Debug, Subcommand)]
enum Inner {
    /// What the program is told when it is executed anew as a process of its own.
    #[command(hide = true)]
    Obey {
        /// The order, as JSON.
        order: String,
    },
}

/// One fault on one database.
struct Played {
    fault: &'static Fault,
    database: &'static str,
    outcome: Outcome,
    took: Duration,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Inner::Obey { order }) = &arguments.obey {
        let Ok(order) = serde_json::from_str(order) else {
            eprintln!("that is no order: this command is for the program itself");
            return ExitCode::from(2);
        };
        work::obey(order).await;
        return ExitCode::SUCCESS;
    }
    if arguments.list {
        for fault in ALL {
            println!("{:<12} {}", fault.name, fault.about);
        }
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = arguments.only.iter().find(|name| Fault::named(name).is_none()) {
        eprintln!("there is no fault `{unknown}`: `--list` names them");
        return ExitCode::from(2);
    }
    let seed = arguments
        .seed
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs()));
    let Ok(program) = std::env::current_exe() else {
        eprintln!("the program does not find itself, and it has to execute itself anew");
        return ExitCode::from(2);
    };
    let kinds = kinds(arguments.database.as_deref()).await;
    let mut played = Vec::new();
    for fault in ALL {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|name| name == fault.name) {
            continue;
        }
        for kind in &kinds {
            let stage = Stage {
                kind: kind.clone(),
                program: program.clone(),
                seed,
                rounds: fault.rounds(arguments.rounds),
            };
            played.extend(play(fault, &stage).await);
        }
    }
    if played.is_empty() {
        eprintln!("nothing was played: what was asked for has no meaning on this database, or is left out");
        return ExitCode::from(2);
    }
    let breaches: usize = played.iter().map(|played| played.outcome.breaches.len()).sum();
    if arguments.json {
        println!("{}", report(&arguments, seed, breaches, &played));
    } else {
        println!("seed {seed}: {breaches} breaches");
        for Played { fault, database, outcome, took } in &played {
            let Outcome { tried, held, facts, .. } = outcome;
            println!(
                "{:<12} {database:<9} {held} of {tried} held in {:.1} s {facts:?}",
                fault.name,
                took.as_secs_f64()
            );
        }
    }
    for Played { fault, database, outcome, .. } in &played {
        for breach in &outcome.breaches {
            eprintln!("BREACH of `{}` on {database}, seed {seed}: {breach}", fault.name);
        }
    }
    if breaches == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn kinds(database: Option<&str>) -> Vec<Kind> {
    match database {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            vec![Kind::Postgres(Box::new(Server::at(url).await))]
        }
        Some(prefix) => vec![Kind::Sqlite(Some(PathBuf::from(prefix)))],
        None => {
            let mut kinds = vec![Kind::Sqlite(None)];
            kinds.extend(Server::get().await.map(|server| Kind::Postgres(Box::new(server.clone()))));
            kinds
        }
    }
}

async fn play(fault: &'static Fault, stage: &Stage) -> Option<Played> {
    let database = stage.kind.name();
    eprintln!("{} on {database}: {} rounds", fault.name, stage.rounds);
    let began = Instant::now();
    let Some(outcome) = (fault.play)(stage).await else {
        eprintln!("{} on {database}: has no meaning there, or is left out", fault.name);
        return None;
    };
    let took = began.elapsed();
    eprintln!(
        "{} on {database}: {} of {} held in {:.1} s",
        fault.name,
        outcome.held,
        outcome.tried,
        took.as_secs_f64()
    );
    Some(Played { fault, database, outcome, took })
}

/// One entry a fault, with what was found on each database.
fn report(arguments: &Arguments, seed: u64, breaches: usize, played: &[Played]) -> Value {
    let mut faults: Vec<Value> = Vec::new();
    for fault in ALL {
        let mut databases = BTreeMap::new();
        let (mut tried, mut held) = (0, 0);
        for Played { database, outcome, took, .. } in played.iter().filter(|one| one.fault.name == fault.name)
        {
            tried += outcome.tried;
            held += outcome.held;
            let seconds = (took.as_secs_f64() * 10.0).round() / 10.0;
            databases.insert(
                *database,
                json!({
                    "tried": outcome.tried, "held": outcome.held, "seconds": seconds, "facts": outcome.facts,
                    "breaches": outcome.breaches,
                }),
            );
        }
        if tried > 0 {
            faults.push(json!({"name": fault.name, "tried": tried, "held": held, "databases": databases}));
        }
    }
    json!({"rounds": arguments.rounds, "seed": seed, "breaches": breaches, "faults": faults})
}
