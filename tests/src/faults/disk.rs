//! A full disk, made by a limit on the length of files: a typed failure, no corruption, and once there is room again it goes
//! on. On SQLite only: PostgreSQL's files are its server's, which refuses writes by class 53 of its codes (a failure of the
//! kind that passes, see `is_passing` in igny8-storage) and looks after its own recovery.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use futures_util::FutureExt as _;
use igny8_core::credits::UsageNote;
use igny8_core::functions::GenerateContent;
use igny8_core::ids::KeywordId;
use igny8_core::pipeline::{NewKeyword, NewTask};
use igny8_core::{Result, StartOptions};
use rust_decimal::Decimal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use sqlx::{Connection as _, Row as _};

use super::ground::{self, Opening};
use super::oracle::{self, Oracle};
use super::work::{Order, Write, say};
use super::{Child, Fault, Ground, Outcome, Stage};
use crate::fake_openai::provider;
use crate::{Chance, Desk, FakeOpenAi};

/// The fault.
pub const FAULT: Fault = Fault {
    name: "disk",
    about: "SQLite on a full disk: typed failures, no corruption, nothing acknowledged is lost, it goes on when there is room",
    of_200: 20,
    play: |stage| play(stage).boxed(),
};

/// Writes that a phase must see.
const ENOUGH: usize = 25;
/// Refusals that the full disk must bring.
const REFUSALS: usize = 12;
const ROWS: usize = 5;

/// What a process was told.
#[derive(Debug, Default)]
struct Told {
    /// Kind and identifier of what was acknowledged.
    done: Vec<(String, String)>,
    refused: usize,
}

async fn play(stage: &Stage) -> Option<Outcome> {
    if stage.kind.is_postgres() {
        return None;
    }
    let mut outcome = Outcome::default();
    for round in 0..stage.rounds {
        let mut chance = Chance::of_round(stage.seed, round);
        // Room for a few more pages, or for none.
        let room = chance.below(4) * 9_000;
        let dies = round % 2 == 1;
        let what = format!("round {round} of seed {}, {room} bytes of room, dies: {dies}", stage.seed);
        let told = outcome.attempt(what, one_round(stage, room, dies)).await;
        let told = told.unwrap_or_default();
        outcome.count("writes_acknowledged", told.done.len());
        outcome.count("writes_refused", told.refused);
    }
    Some(outcome)
}

async fn one_round(stage: &Stage, room: u64, dies: bool) -> Told {
    let ground = Ground::new(&stage.kind).await;
    let service = FakeOpenAi::good().await;
    let mut oracle = Oracle::default();
    let desk = oracle.watch_over(ground.desk("Full", &Opening::default(), &service).await);
    let account = desk.igny8.account(&desk.scope).get().await.unwrap().slug;
    let order = Write { place: ground.place().to_owned(), provider: service.base_url(), account };
    let mut child = Child::start_limitable(&stage.program, &Order::Write(order));
    let mut told = Told::default();
    listen(&mut child, &mut told, |told| told.done.len() >= ENOUGH).await;

    let log = fs::metadata(format!("{}-wal", ground.place())).map_or(0, |log| log.len());
    child.tell(&format!("limit {}", log + room));
    listen(&mut child, &mut told, |told| told.refused >= REFUSALS).await;
    if !dies {
        child.tell("lift");
        let enough = told.done.len() + ENOUGH;
        listen(&mut child, &mut told, |told| told.done.len() >= enough).await;
    }
    child.kill();
    intact(ground.place()).await;
    all_there(&ground, &desk, &told).await;
    oracle.ledgers(&desk).await;
    told
}

/// Reads what the process says until it is enough.
async fn listen(child: &mut Child, told: &mut Told, enough: impl Fn(&Told) -> bool) {
    while !enough(told) {
        let line = child.line().await.expect("the process goes on, whatever its disk does");
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["done", kind, id] => told.done.push(((*kind).to_owned(), (*id).to_owned())),
            ["refused", "storage", "true", ..] => told.refused += 1,
            _ => panic!("it was refused otherwise than as a passing failure of the store: {line}"),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a pragma, which is about the file and touches no table")]
async fn intact(place: &str) {
    let mut connection = sqlx::SqliteConnection::connect(place).await.unwrap();
    let found = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(found.get::<String, _>(0), "ok");
    connection.close().await.unwrap();
}

/// What was acknowledged is there, and the store takes writes.
async fn all_there(ground: &Ground, desk: &Desk, told: &Told) {
    let runs = desk.runs().await;
    let keywords = desk.all_keywords().await;
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (import, _) in keywords.iter().filter_map(|keyword| keyword.keyword.split_once("-row ")) {
        *rows.entry(import).or_default() += 1;
    }
    assert!(rows.values().all(|rows| *rows == ROWS), "an import was half written: {rows:?}");
    for (kind, id) in &told.done {
        let found = match kind.as_str() {
            "keyword" => keywords.iter().filter(|keyword| keyword.id.to_string() == *id).count() == 1,
            "charge" => desk
                .transactions()
                .await
                .iter()
                .any(|entry| entry.reservation.is_some_and(|reservation| reservation.to_string() == *id)),
            "run" => runs.iter().any(|run| run.id.to_string() == *id),
            "import" => rows.get(id.as_str()) == Some(&ROWS),
            _ => panic!("nobody knows a {kind}"),
        };
        assert!(found, "the {kind} {id} was acknowledged and is lost");
    }
    let service = FakeOpenAi::good().await;
    let successor = ground.open(&Opening::default(), |builder| builder.text_model(service.provider())).await;
    oracle::work_off(&successor, Duration::from_secs(60)).await;
    let runs = desk.runs().await;
    oracle::all_well(&runs);
    assert_eq!(desk.balance().await.reserved, 0);
    assert_eq!(desk.articles().await.len(), runs.len());
}

/// Limits the length of this process's files and lifts the limit as its parent says, and ends with it.
fn obey_limits() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(std::result::Result::ok) {
            let current = line.strip_prefix("limit ").map(|bytes| bytes.parse().unwrap()).or(maximum);
            setrlimit(Resource::Fsize, Rlimit { current, maximum }).unwrap();
        }
        std::process::exit(1);
    });
}

/// What the process does: it writes on and on, and says of each write what it was told.
pub(super) async fn write(order: Write) {
    obey_limits();
    let builder = ground::open(&order.place, &Opening::default()).await;
    let igny8 = builder.text_model(provider(&order.provider)).build().unwrap();
    let (account, owner) = igny8.find_account(&order.account).await.unwrap().unwrap();
    let scope = igny8.enter(&owner, account.id).await.unwrap();
    let sector = igny8.sectors(&scope).list(None).await.unwrap()[0].id;
    for number in 0.. {
        let keyword = igny8.keywords(&scope).create(sector, NewKeyword::new(format!("tea {number}"))).await;
        tell(
            "keyword",
            keyword.map(|keyword: igny8_core::pipeline::Keyword| KeywordId::to_string(&keyword.id)),
        );
        let note =
            UsageNote { operation_type: "host".to_owned(), cost_usd: Decimal::ZERO, details: json!({}) };
        let charge = igny8.credits(&scope).deduct(&format!("work-{number}"), 1, "work", note).await;
        tell("charge", charge.map(|charge| charge.id.to_string()));
        let name = format!("import-{number}");
        let file: String = (0..ROWS).map(|row| format!("{name}-row {row}\n")).collect();
        let file = format!("keyword\n{file}");
        let imported = igny8.keywords(&scope).import_csv(sector, file.as_bytes()).await;
        tell("import", imported.map(|_| name));
        if number % 4 == 0 {
            let task = igny8.tasks(&scope).create(sector, NewTask::titled(format!("Task {number}"))).await;
            let started = match task {
                Ok(task) => {
                    let request = GenerateContent::for_tasks(vec![task.id]);
                    igny8.start_with(&scope, request, StartOptions::keyed(format!("run-{number}"))).await
                }
                Err(error) => Err(error),
            };
            tell("run", started.map(|run| run.id().to_string()));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn tell(kind: &str, outcome: Result<String>) {
    match outcome {
        Ok(id) => say(&format!("done {kind} {id}")),
        Err(error) => say(&format!("refused {} {} {error}: {error:?}", error.code(), error.is_retryable())),
    }
}
