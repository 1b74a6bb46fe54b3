//! Many clients that write and go away in the middle: before the request is whole, before its answer, while it is worked on.
//! Afterwards every acknowledged write is there, every other one is there whole or not at all, and the server is as good as new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use igny8_core::Igny8;
use igny8_core::credits::verify;
use igny8_core::ids::{ClusterId, KeywordId};
use igny8_core::paging::{Cursor, ListQuery, Page};
use igny8_core::pipeline::{KeywordFilter, KeywordQuery, NewCluster, NewKeyword};
use igny8_core::runs::{Run, RunQuery, RunState};
use igny8_core::tenancy::TenantScope;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Served, ask, request};
use crate::Chance;

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of a storm.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Storm {
    /// Writes that were begun.
    pub writes: u64,
    /// Those whose answer was read and good.
    pub acknowledged: u64,
    /// Those whose answer was read and a refusal, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Connections dropped before the request was whole.
    pub dropped_in_request: u64,
    /// Connections dropped before an answer was read.
    pub dropped_before_answer: u64,
    /// Writes whose answer nobody read, and that were done all the same.
    pub landed_unacknowledged: u64,
    /// Acknowledged writes that are not there.
    pub lost: u64,
    /// Writes that are there in part, or twice.
    pub half_done: u64,
    /// Rules of the ledger that do not hold.
    pub breaches: usize,
    /// Runs that were started.
    pub runs: u64,
    /// Of those, the ones whose model had no new idea, which is a proper end and costs nothing.
    pub runs_without_ideas: u64,
    /// Of the next hundred requests, those that went well.
    pub fine_afterwards: u64,
    /// How long the storm took.
    pub seconds: f64,
    /// What was wrong, in words.
    pub complaints: Vec<String>,
}

impl Storm {
    fn note(&mut self, other: &Self) {
        self.writes += other.writes;
        self.acknowledged += other.acknowledged;
        for (status, many) in &other.refused {
            *self.refused.entry(*status).or_default() += many;
        }
        self.dropped_in_request += other.dropped_in_request;
        self.dropped_before_answer += other.dropped_before_answer;
    }

    /// Whether nothing was lost and nothing broken.
    #[must_use]
    pub fn is_weathered(&self) -> bool {
        self.complaints.is_empty() && self.fine_afterwards == 100
    }
}

/// How a write ended for who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Acknowledged,
    Refused,
    Unsure,
}

/// What clients know.
#[derive(Debug, Default)]
struct Known {
    /// Texts of keywords with their volume.
    keywords: BTreeMap<String, (u64, End)>,
    /// Unsure ones that were sent under a key, with their bodies.
    keyed: Vec<(String, Value)>,
    /// Descriptions of grants.
    grants: BTreeMap<String, End>,
    /// Runs that were acknowledged.
    runs: BTreeSet<String>,
    /// For each patched row: the values that may be its last.
    patched: BTreeMap<String, BTreeSet<u64>>,
    /// For each batch: its rows, and the statuses that may be their last.
    batches: Vec<(Vec<String>, BTreeSet<String>)>,
}

/// What one client works on.
struct Plot {
    number: u64,
    cluster: ClusterId,
    patched: KeywordId,
    batch: Vec<KeywordId>,
    clusters: Vec<ClusterId>,
}

/// Lets clients send so many writes; `again` is the same database, opened by another process or as good as one.
pub async fn storm(served: &Served, again: &Igny8, writes: u64, clients: u64, seed: u64) -> Storm {
    let scope = served.igny8.enter(&served.home.owner, served.home.account).await.unwrap();
    let grant = json!({"amount": 10_000_000, "description": "funds", "key": "funds"});
    let funds = request("POST", "billing/grant/", &served.as_developer(), Some(&grant));
    assert_eq!(ask(served.address, &funds).await.unwrap().status, 201);
    let each = writes.div_ceil(clients);
    let mut plots = Vec::new();
    for number in 0..clients {
        plots.push(plot(&served.igny8, served, &scope, number, each).await);
    }
    let known = Arc::new(Mutex::new(Known::default()));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for plot in plots {
        let (served, known) = (served.clone(), Arc::clone(&known));
        let chance = Chance::of_round(seed, u32::try_from(plot.number).unwrap());
        tasks.spawn(async move { weather(&served, plot, each, chance, &known).await });
    }
    let mut came = Storm::default();
    for one in tasks.join_all().await {
        came.note(&one);
    }
    came.seconds = (began.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    afterwards(served, &mut came).await;
    let known = std::mem::take(&mut *known.lock().unwrap());
    retry_keyed(served, &known, &mut came).await;
    calm(&served.igny8, &scope).await;
    let scope = again.enter(&served.home.owner, served.home.account).await.unwrap();
    check(again, &scope, &known, &mut came).await;
    came
}

async fn plot(igny8: &Igny8, served: &Served, scope: &TenantScope, number: u64, writes: u64) -> Plot {
    let sector = served.home.sector;
    let cluster =
        async |name: String| igny8.clusters(scope).create(sector, NewCluster::named(name)).await.unwrap().id;
    let keyword =
        async |text: String| igny8.keywords(scope).create(sector, NewKeyword::new(text)).await.unwrap().id;
    let mut batch = Vec::new();
    for row in 0..3 {
        batch.push(keyword(format!("batch {number} {row}")).await);
    }
    let mut clusters = Vec::new();
    for run in 0..writes / 8 + 5 {
        let id = cluster(format!("Run {number} {run}")).await;
        let keyword = NewKeyword { cluster: Some(id), ..NewKeyword::new(format!("run {number} {run}")) };
        igny8.keywords(scope).create(sector, keyword).await.unwrap();
        clusters.push(id);
    }
    Plot {
        number,
        cluster: cluster(format!("Client {number}")).await,
        patched: keyword(format!("patched {number}")).await,
        batch,
        clusters,
    }
}

/// One client's writes, one after the other.
async fn weather(
    served: &Served,
    mut plot: Plot,
    writes: u64,
    mut chance: Chance,
    known: &Mutex<Known>,
) -> Storm {
    let mut came = Storm::default();
    let (owner, developer) = (served.as_owner(), served.as_developer());
    let mut statuses = BTreeSet::from(["new".to_owned()]);
    let mut unsure = BTreeSet::new();
    let mut last = 0;
    for turn in 0..writes {
        let name = format!("{} {turn}", plot.number);
        match chance.below(20) {
            0..=8 => {
                let (text, volume) = (format!("storm {name}"), turn + 1);
                let body = json!({"sector_id": served.home.sector, "keyword": text, "volume": volume,
                    "cluster": plot.cluster});
                let mut headers = owner.clone();
                let keyed = chance.below(2) == 0;
                if keyed {
                    headers.push(("idempotency-key", text.clone()));
                }
                let bytes = request("POST", "planner/keywords/", &headers, Some(&body));
                let (end, _) = send(served, &bytes, &mut chance, &mut came).await;
                let mut known = known.lock().unwrap();
                if keyed && end == End::Unsure {
                    known.keyed.push((text.clone(), body));
                }
                known.keywords.insert(text, (volume, end));
            }
            9..=12 => {
                let path = format!("planner/keywords/{}/", plot.patched);
                let bytes = request("PATCH", &path, &owner, Some(&json!({"volume": turn + 1})));
                match send(served, &bytes, &mut chance, &mut came).await.0 {
                    // It may still be done, after others.
                    End::Unsure => unsure.insert(turn + 1),
                    End::Acknowledged => {
                        last = turn + 1;
                        true
                    }
                    End::Refused => false,
                };
            }
            13..=15 => {
                let status = *chance.one_of(&["archived", "new"]);
                let body = json!({"ids": plot.batch, "status": status});
                let bytes = request("POST", "planner/keywords/bulk_update_status/", &owner, Some(&body));
                send(served, &bytes, &mut chance, &mut came).await;
                statuses.insert(status.to_owned());
            }
            16..=17 => {
                let description = format!("grant {name}");
                let body = json!({"amount": 1, "description": description, "key": description});
                let bytes = request("POST", "billing/grant/", &developer, Some(&body));
                let (end, _) = send(served, &bytes, &mut chance, &mut came).await;
                known.lock().unwrap().grants.insert(description, end);
            }
            _ => {
                let Some(cluster) = plot.clusters.pop() else { continue };
                let body = json!({"ids": [cluster]});
                let bytes = request("POST", "planner/clusters/auto_generate_ideas/", &owner, Some(&body));
                let (end, answer) = send(served, &bytes, &mut chance, &mut came).await;
                if end == End::Acknowledged {
                    let run = answer["task_id"].as_str().unwrap().to_owned();
                    known.lock().unwrap().runs.insert(run);
                }
            }
        }
    }
    let mut known = known.lock().unwrap();
    unsure.insert(last);
    known.patched.insert(plot.patched.to_string(), unsure);
    known.batches.push((plot.batch.iter().map(ToString::to_string).collect(), statuses));
    came
}

/// Sends a request, and reads its answer or goes away before.
async fn send(served: &Served, bytes: &[u8], chance: &mut Chance, came: &mut Storm) -> (End, Value) {
    came.writes += 1;
    let unsure = (End::Unsure, Value::Null);
    let manner = chance.below(20);
    if manner < 10 {
        let Ok(answer) = ask(served.address, bytes).await else { return unsure };
        if answer.status < 300 {
            came.acknowledged += 1;
            return (End::Acknowledged, answer.body);
        }
        *came.refused.entry(answer.status).or_default() += 1;
        return (End::Refused, answer.body);
    }
    let Ok(mut stream) = TcpStream::connect(served.address).await else { return unsure };
    if manner < 13 {
        came.dropped_in_request += 1;
        let part = chance.below(bytes.len() as u64) as usize;
        drop(stream.write_all(&bytes[..part]).await);
        return unsure;
    }
    came.dropped_before_answer += 1;
    drop(stream.write_all(bytes).await);
    if manner >= 16 {
        tokio::time::sleep(Duration::from_micros(chance.below(5_000))).await;
    }
    if chance.below(2) == 0 {
        // The other side hears of it at once.
        drop(stream.set_zero_linger());
    }
    unsure
}

/// The next hundred requests, half of which write.
async fn afterwards(served: &Served, came: &mut Storm) {
    for number in 0..100 {
        let body = json!({"sector_id": served.home.sector, "keyword": format!("afterwards {number}")});
        let bytes = if number % 2 == 0 {
            request("POST", "planner/keywords/", &served.as_owner(), Some(&body))
        } else {
            request("GET", "planner/keywords/?page_size=20", &served.as_owner(), None)
        };
        match ask(served.address, &bytes).await {
            Ok(answer) if answer.status < 300 => came.fine_afterwards += 1,
            other => came.complaints.push(format!("afterwards, request {number}: {other:?}")),
        }
    }
}

/// What was sent under a key and not acknowledged is sent again: it is done once, whether it was done before or not.
async fn retry_keyed(served: &Served, known: &Known, came: &mut Storm) {
    for (key, body) in &known.keyed {
        let mut headers = served.as_owner();
        headers.push(("idempotency-key", key.clone()));
        let bytes = request("POST", "planner/keywords/", &headers, Some(body));
        let began = Instant::now();
        loop {
            let answer = ask(served.address, &bytes).await.unwrap();
            if answer.status == 201 {
                break;
            }
            let waits = answer.body["error"]["code"] == "in_progress" && began.elapsed() < PATIENCE / 10;
            if !waits {
                came.complaints.push(format!("{key} again: {answer:?}"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Waits until no run is under way.
async fn calm(igny8: &Igny8, scope: &TenantScope) {
    let began = Instant::now();
    loop {
        let runs = runs(igny8, scope).await;
        if runs.iter().all(|run| run.state.is_finished()) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "runs do not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every row of a list.
macro_rules! every {
    ($query:expr, $page:ident, $read:expr) => {{
        let mut rows = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let $page = $query.page(Page::After { cursor, size: 100 });
            let mut part = $read.await.unwrap();
            rows.append(&mut part.items);
            match part.next {
                Some(next) => cursor = Some(next),
                None => break rows,
            }
        }
    }};
}

async fn runs(igny8: &Igny8, scope: &TenantScope) -> Vec<Run> {
    every!(RunQuery::default(), page, igny8.runs(scope).list(&page))
}

async fn check(igny8: &Igny8, scope: &TenantScope, known: &Known, came: &mut Storm) {
    let keywords = every!(KeywordQuery::default(), page, igny8.keywords(scope).list(&page));
    let mut texts: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for keyword in &keywords {
        texts.entry(keyword.keyword.as_str()).or_default().push(keyword);
    }
    let keyed: BTreeSet<&str> = known.keyed.iter().map(|(key, _)| key.as_str()).collect();
    for (text, (volume, end)) in &known.keywords {
        let rows = texts.get(text.as_str()).map_or(&[][..], Vec::as_slice);
        let must = *end == End::Acknowledged || keyed.contains(text.as_str());
        if must && rows.is_empty() {
            came.lost += 1;
            came.complaints.push(format!("{text} is lost"));
        }
        if *end == End::Unsure && !rows.is_empty() && !must {
            came.landed_unacknowledged += 1;
        }
        let whole =
            rows.iter().all(|row| row.volume.map(u64::from) == Some(*volume) && !row.clusters.is_empty());
        if rows.len() > 1 || !whole || *end == End::Refused {
            came.half_done += 1;
            came.complaints.push(format!("{text} ({end:?}) is there as {rows:?}"));
        }
    }
    let clusters = every!(ListQuery::default(), page, igny8.clusters(scope).list(&page));
    for cluster in clusters.iter().filter(|cluster| cluster.name.starts_with("Client")) {
        let query = KeywordQuery::filtered(KeywordFilter::cluster(cluster.id));
        let members = every!(query.clone(), page, igny8.keywords(scope).list(&page));
        if cluster.keywords_count != members.len() as u64 {
            came.half_done += 1;
            came.complaints.push(format!(
                "{} counts {} of {}",
                cluster.name,
                cluster.keywords_count,
                members.len()
            ));
        }
    }
    let by_id: BTreeMap<String, _> = keywords.iter().map(|row| (row.id.to_string(), row)).collect();
    for (id, values) in &known.patched {
        let volume = by_id[id].volume.map_or(0, u64::from);
        if !values.contains(&volume) {
            came.half_done += 1;
            came.complaints.push(format!("{id} has the volume {volume}, which nobody sent last"));
        }
    }
    for (ids, statuses) in &known.batches {
        let found: BTreeSet<String> = ids.iter().map(|id| by_id[id].status.to_string()).collect();
        if found.len() != 1 || !found.is_subset(statuses) {
            came.half_done += 1;
            came.complaints.push(format!("a batch is of {found:?}"));
        }
    }
    let ledger = igny8.store().ledger(scope).await.unwrap();
    for (description, end) in &known.grants {
        let many = ledger.transactions.iter().filter(|entry| entry.description == *description).count();
        came.lost += u64::from(*end == End::Acknowledged && many == 0);
        came.half_done += u64::from(many > 1);
        came.landed_unacknowledged += u64::from(*end == End::Unsure && many == 1);
        if many > 1 || *end == End::Acknowledged && many == 0 {
            came.complaints.push(format!("{description} is there {many} times"));
        }
    }
    let breaches = verify(&ledger);
    came.breaches = breaches.len();
    came.complaints.extend(breaches.iter().map(|breach| format!("{breach:?}")));
    let runs = runs(igny8, scope).await;
    let ids: BTreeSet<String> = runs.iter().map(|run| run.id.to_string()).collect();
    let gone: Vec<&String> = known.runs.difference(&ids).collect();
    came.lost += gone.len() as u64;
    came.complaints.extend(gone.iter().map(|run| format!("the run {run} is lost")));
    came.landed_unacknowledged += ids.len() as u64 - known.runs.len() as u64;
    came.runs = runs.len() as u64;
    for run in runs.iter().filter(|run| run.state != RunState::Success) {
        let why = run.error.as_ref().map(|failure| failure.code.as_str());
        came.runs_without_ideas += u64::from(why == Some("unusable_answer"));
        if why != Some("unusable_answer") {
            came.complaints.push(format!("a run ended as {}: {why:?}", run.state.as_str()));
        }
    }
}
