//! The PostgreSQL server restarted at once in mid-load: what was acknowledged is there, what was refused was refused in words,
//! and all runs end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use igny8_core::credits::{Reservation, UsageNote};
use igny8_core::functions::GenerateContent;
use igny8_core::ids::{KeywordId, ReservationId, RunId};
use igny8_core::pipeline::{Keyword, NewKeyword, NewTask};
use igny8_core::{Result, StartOptions};
use igny8_test_postgres::Cluster;
use rust_decimal::Decimal;
use serde_json::json;

use super::ground::Opening;
use super::oracle::{self, Oracle};
use super::work::worker;
use super::{Fault, Ground, Kind, Outcome, Stage};
use crate::desk::eventually;
use crate::fake_openai::good;
use crate::{Answer, Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "restart",
    about: "PostgreSQL restarted with `pg_ctl restart -m immediate` in mid-load: no acknowledged write is lost, all runs end",
    of_200: 10,
    play: |stage| play(stage).boxed(),
};

const CLIENTS: usize = 4;
/// Keywords that make up a load.
const ENOUGH: usize = 5 * CLIENTS;
const LEASE: Duration = Duration::from_secs(2);
const MAX_ATTEMPTS: u32 = 50;

/// What was reported as done.
#[derive(Debug, Default)]
struct Acknowledged {
    keywords: Vec<KeywordId>,
    charges: Vec<(String, ReservationId)>,
    runs: Vec<RunId>,
    refused: u32,
    /// From the first refusal after a restart to the next success.
    longest_refusal: Duration,
}

async fn play(stage: &Stage) -> Option<Outcome> {
    if !stage.kind.is_postgres() {
        return None;
    }
    // What it has acknowledged is there after its own crash, though not after the machine's.
    let cluster = Cluster::start(&["fsync=off"]).await?;
    let ground = Ground::new(&Kind::Postgres(Box::new(cluster.server().await))).await;
    let mut outcome = Outcome::default();
    let mut oracle = Oracle::default();
    for round in 0..stage.rounds {
        let round_of = one_round(&cluster, &ground, &mut oracle, round);
        let played = outcome.attempt(format!("round {round}"), round_of).await;
        let Some(done) = played else { continue };
        outcome.count("keywords_acknowledged", done.keywords.len());
        outcome.count("charges_acknowledged", done.charges.len());
        outcome.count("runs_acknowledged", done.runs.len());
        outcome.count("calls_refused", done.refused);
        outcome.greatest("longest_refusal_seconds", done.longest_refusal);
    }
    Some(outcome)
}

async fn one_round(cluster: &Cluster, ground: &Ground, oracle: &mut Oracle, round: u32) -> Acknowledged {
    let opening = Opening::attempts(MAX_ATTEMPTS);
    let service =
        FakeOpenAi::answering(|asked| Answer::json(&good(asked)).late(Duration::from_millis(50))).await;
    let desk = ground.desk(&format!("Round {round}"), &opening, &service).await;
    let desk = Arc::new(oracle.watch_over(desk));
    let mut workers = Vec::new();
    for _ in 0..2 {
        let igny8 = ground.open(&opening, |builder| builder.text_model(service.provider())).await;
        workers.push(igny8.spawn_worker(worker(LEASE, 4, true)));
    }
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Acknowledged::default())));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(client(number, Arc::clone(&desk), Arc::clone(&stop), Arc::clone(&done))))
        .collect();

    let before = loaded(&done, (0, 0)).await;
    tokio::task::block_in_place(|| cluster.restart_immediately());
    loaded(&done, before).await;
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    let done = std::mem::take(&mut *done.lock().unwrap());

    // Those too that were begun and never acknowledged.
    for run in desk.runs().await {
        desk.finished(run.id).await;
    }
    for worker in workers {
        worker.shutdown().await;
    }
    all_there(&desk, &done).await;
    oracle.ledgers(&desk).await;
    done
}

/// Waits until so much more was acknowledged, of keywords and of runs; answers with how much there is.
async fn loaded(done: &Mutex<Acknowledged>, before: (usize, usize)) -> (usize, usize) {
    eventually("there is load", async || {
        let done = done.lock().unwrap();
        let (keywords, runs) = (done.keywords.len(), done.runs.len());
        if keywords >= before.0 + ENOUGH && runs >= before.1 + CLIENTS {
            Ok((keywords, runs))
        } else {
            Err(format!("{done:?}"))
        }
    })
    .await
}

/// Writes and notes what it is told was done, until it is told to stop; what was refused it tries again under its old key.
async fn client(number: usize, desk: Arc<Desk>, stop: Arc<AtomicBool>, done: Arc<Mutex<Acknowledged>>) {
    let mut turn = 0;
    while !stop.load(Ordering::SeqCst) {
        turn += 1;
        let key = format!("{number}-{turn}");
        let created = persistently(&done, || keyword(&desk, &key));
        // Without a key of its own: one that was written and not acknowledged is met again as a duplicate.
        if let Some(created) = created.await {
            done.lock().unwrap().keywords.push(created.id);
        }
        let charge = persistently(&done, || deduct(&desk, &key)).await.unwrap();
        done.lock().unwrap().charges.push((key.clone(), charge.id));
        if turn % 5 == 0 {
            let run = persistently(&done, || start(&desk, &key));
            if let Some(run) = run.await {
                done.lock().unwrap().runs.push(run);
            }
        }
    }
}

async fn keyword(desk: &Desk, key: &str) -> Result<Keyword> {
    let keyword = NewKeyword::new(format!("tea {key}"));
    desk.igny8.keywords(&desk.scope).create(desk.home.sector, keyword).await
}

async fn start(desk: &Desk, key: &str) -> Result<RunId> {
    let task = NewTask::titled(format!("Task {key}"));
    let task = desk.igny8.tasks(&desk.scope).create(desk.home.sector, task).await?;
    let request = GenerateContent::for_tasks(vec![task.id]);
    Ok(desk.igny8.start_with(&desk.scope, request, StartOptions::keyed(key)).await?.id())
}

async fn deduct(desk: &Desk, key: &str) -> Result<Reservation> {
    let note = UsageNote { operation_type: "host".to_owned(), cost_usd: Decimal::ZERO, details: json!({}) };
    desk.igny8.credits(&desk.scope).deduct(key, 1, "a host's own work", note).await
}

/// Tries until the store is there again; `None` when an unacknowledged try has been done after all.
async fn persistently<T, F>(done: &Mutex<Acknowledged>, work: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Result<T>>,
{
    let mut refused_since: Option<Instant> = None;
    loop {
        match work().await {
            Ok(answer) => {
                if let Some(since) = refused_since {
                    let mut done = done.lock().unwrap();
                    done.longest_refusal = done.longest_refusal.max(since.elapsed());
                }
                return Some(answer);
            }
            Err(igny8_core::Error::Conflict { .. }) if refused_since.is_some() => return None,
            Err(error) => {
                oracle::passing(&error);
                done.lock().unwrap().refused += 1;
                refused_since.get_or_insert_with(Instant::now);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// What was acknowledged is there, once.
async fn all_there(desk: &Desk, done: &Acknowledged) {
    for keyword in &done.keywords {
        desk.igny8.keywords(&desk.scope).get(*keyword).await.unwrap();
    }
    for (key, id) in &done.charges {
        let again = deduct(desk, key).await.unwrap();
        assert_eq!(again.id, *id, "the charge `{key}` was lost, and is made again");
    }
    let runs = desk.runs().await;
    oracle::all_well(&runs);
    let lost: Vec<_> = done.runs.iter().filter(|id| !runs.iter().any(|run| run.id == **id)).collect();
    assert!(lost.is_empty(), "runs were acknowledged and are gone: {lost:?}");
    assert_eq!(desk.balance().await.reserved, 0);
}
