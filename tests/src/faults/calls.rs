//! The calls that are dropped, each with what must hold of its rows afterwards: it was done, or it was not, and can be
//! repeated either way.

use std::time::Duration;

use igny8_core::credits::{Posting, TransactionType, UsageNote};
use igny8_core::functions::GenerateContent;
use igny8_core::ids::{RunId, TaskId};
use igny8_core::paging::Page;
use igny8_core::pipeline::{KeywordFilter, KeywordQuery, NewCluster, NewKeyword, NewTask};
use igny8_core::ports::Store;
use igny8_core::runs::{
    Change, Changeset, Claim, Finish, ItemCommit, ItemOutcome, PlannedItem, Run, RunState, WorkerId,
};
use igny8_core::tenancy::{Role, TenantScope};
use igny8_core::testing::{scope_for, system_scope};
use igny8_core::{Error, StartOptions};
use rust_decimal::Decimal;
use serde_json::json;

use super::dropped::{Scene, polled};
use crate::desk::eventually;

/// Rows of an import.
const ROWS: usize = 30;

/// A call to drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Create,
    Import,
    Enqueue,
    Cancel,
    Deduct,
    Grant,
    Claim,
    CommitItem,
    FinishRun,
}

impl Call {
    pub(super) const ALL: [Self; 10] = [
        Self::List,
        Self::Create,
        Self::Import,
        Self::Enqueue,
        Self::Cancel,
        Self::Deduct,
        Self::Grant,
        Self::Claim,
        Self::CommitItem,
        Self::FinishRun,
    ];

    /// Makes the call, drops it after so many polls, and looks at what is left of it. Whether it came to its end.
    pub(super) async fn dropped_after<S: Store + Clone>(self, polls: u32, scene: &Scene<S>) -> bool {
        match self {
            Self::List => {
                let query = KeywordQuery::default().page(Page::first(50));
                let listed = polled(polls, scene.igny8.keywords(&scene.scope).list(&query)).await;
                listed.map(Result::unwrap).is_some()
            }
            Self::Create => create(polls, scene).await,
            Self::Import => import(polls, scene).await,
            Self::Enqueue => enqueue(polls, scene).await,
            Self::Cancel => cancel(polls, scene).await,
            Self::Deduct => deduct(polls, scene).await,
            Self::Grant => grant(polls, scene).await,
            Self::Claim => claim(polls, scene).await,
            Self::CommitItem => commit_and_finish(polls, MOST, scene).await,
            Self::FinishRun => commit_and_finish(MOST, polls, scene).await,
        }
    }
}

/// More polls than any call needs.
const MOST: u32 = u32::MAX;

async fn create<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let text = format!("dropped tea {polls}");
    let make = |igny8: &igny8_core::Igny8| {
        let keywords = igny8.keywords(&scene.scope);
        let (sector, keyword) = (scene.desk.home.sector, NewKeyword::new(&text));
        async move { keywords.create(sector, keyword).await }
    };
    let made = polled(polls, make(&scene.igny8)).await.map(Result::unwrap);
    let again = make(&scene.desk.igny8).await;
    assert!(made.is_none() || matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    assert_eq!(found(scene, &text).await, 1);
    made.is_some()
}

async fn import<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let text = format!("imported {polls} tea");
    let file: String = (0..ROWS).map(|row| format!("{text} {row}\n")).collect();
    let file = format!("keyword\n{file}");
    let sector = scene.desk.home.sector;
    let importing = scene.igny8.keywords(&scene.scope);
    let ended =
        polled(polls, importing.import_csv(sector, file.as_bytes())).await.map(Result::unwrap).is_some();
    let there = found(scene, &text).await;
    assert!(there == ROWS || (there == 0 && !ended), "{there} of {ROWS} rows were imported");
    scene.desk.igny8.keywords(&scene.scope).import_csv(sector, file.as_bytes()).await.unwrap();
    assert_eq!(found(scene, &text).await, ROWS);
    ended
}

/// How many keywords contain this text.
async fn found<S>(scene: &Scene<S>, text: &str) -> usize {
    let filter = KeywordFilter { search: Some(text.to_owned()), ..KeywordFilter::default() };
    let query = KeywordQuery::filtered(filter).page(Page::first(1_000));
    let keywords = scene.desk.igny8.keywords(&scene.scope).list(&query).await.unwrap().items;
    keywords
        .iter()
        .filter(|keyword| keyword.keyword == text || keyword.keyword.starts_with(&format!("{text} ")))
        .count()
}

async fn task<S>(scene: &Scene<S>) -> TaskId {
    let tasks = scene.desk.igny8.tasks(&scene.scope);
    tasks.create(scene.desk.home.sector, NewTask::titled("Task")).await.unwrap().id
}

async fn enqueue<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let task = task(scene).await;
    let options = || StartOptions::keyed(format!("dropped-{polls}"));
    let request = || GenerateContent::for_tasks(vec![task]);
    let started = scene.igny8.start_with(&scene.scope, request(), options());
    let started = polled(polls, started).await.map(|started| started.unwrap().id());
    let again = scene.desk.igny8.start_with(&scene.scope, request(), options()).await.unwrap().id();
    assert!(started.is_none_or(|first| first == again), "one key, two runs");
    scene.desk.igny8.runs(&scene.scope).cancel(again).await.unwrap();
    assert_nothing_held(scene).await;
    started.is_some()
}

async fn assert_nothing_held<S>(scene: &Scene<S>) {
    assert_eq!(scene.desk.balance().await.reserved, 0);
}

async fn started<S>(scene: &Scene<S>) -> RunId {
    let request = GenerateContent::for_tasks(vec![task(scene).await]);
    scene.desk.igny8.start(&scene.scope, request).await.unwrap().id()
}

async fn cancel<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let run = started(scene).await;
    let runs = scene.igny8.runs(&scene.scope);
    let cancelled = polled(polls, runs.cancel(run)).await.map(Result::unwrap);
    let state = scene.desk.run(run).await.state;
    assert!(cancelled.is_none() || state == RunState::Revoked, "{state:?}");
    assert!(matches!(state, RunState::Revoked | RunState::Pending), "{state:?}");
    let again = scene.desk.igny8.runs(&scene.scope).cancel(run).await.unwrap();
    assert_eq!((again.state, again.charged), (RunState::Revoked, Some(0)));
    assert_nothing_held(scene).await;
    cancelled.is_some()
}

async fn deduct<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let key = format!("work-{polls}");
    let note =
        || UsageNote { operation_type: "host".to_owned(), cost_usd: Decimal::ZERO, details: json!({}) };
    let before = scene.desk.balance().await.balance;
    let charged = scene.igny8.credits(&scene.scope);
    let charged = polled(polls, charged.deduct(&key, 2, "work", note())).await.map(Result::unwrap);
    let again = scene.desk.igny8.credits(&scene.scope).deduct(&key, 2, "work", note()).await.unwrap();
    assert!(charged.as_ref().is_none_or(|first| first.id == again.id), "one key, two charges");
    assert_eq!(scene.desk.balance().await.balance, before - 2);
    charged.is_some()
}

async fn grant<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let posting = || Posting {
        transaction_type: TransactionType::Purchase,
        amount: 100,
        description: "bought".to_owned(),
        reservation: None,
        idempotency_key: format!("bought-{polls}"),
    };
    let before = scene.desk.balance().await.balance;
    let granted = polled(polls, scene.store.post(&scene.scope, posting())).await.map(Result::unwrap);
    let again = scene.store.post(&scene.scope, posting()).await.unwrap();
    assert!(granted.as_ref().is_none_or(|first| first.id == again.id), "one key, two grants");
    assert_eq!(scene.desk.balance().await.balance, before + 100);
    granted.is_some()
}

fn bot<S>(scene: &Scene<S>) -> TenantScope {
    scope_for(scene.desk.home.account, None, Role::SystemBot, None)
}

fn question(lease: Duration) -> Claim {
    Claim {
        worker: WorkerId::new(),
        lease,
        functions: vec!["generate_content".to_owned()],
        per_account: None,
    }
}

fn finish(run: &Run, state: RunState) -> Finish {
    Finish { state, result: json!(null), error: None, progress: run.progress.clone() }
}

/// A claim whose answer nobody heard is over with its lease.
async fn claim<S: Store>(polls: u32, scene: &Scene<S>) -> bool {
    let run = started(scene).await;
    let lease = Duration::from_millis(20);
    let claimed = polled(polls, scene.store.claim(&system_scope(), &question(lease))).await;
    let claimed = claimed.map(|claimed| claimed.unwrap().expect("a run waits"));
    let held = match &claimed {
        Some(claimed) => claimed.clone(),
        None => {
            eventually("the run waits still, or again", async || {
                let claimed = scene.store.claim(&system_scope(), &question(Duration::from_secs(60))).await;
                claimed.unwrap().ok_or_else(|| "nothing waits".to_owned())
            })
            .await
        }
    };
    assert_eq!(held.id, run);
    assert!(held.attempts <= 2, "{held:#?}");
    let ended =
        scene.store.finish_run(&bot(scene), run, held.epoch, finish(&held, RunState::Failure)).await.unwrap();
    assert_eq!(ended.charged, Some(0));
    assert_nothing_held(scene).await;
    claimed.is_some()
}

/// A worker's two commits, each dropped after so many polls and repeated.
async fn commit_and_finish<S: Store>(commit_polls: u32, finish_polls: u32, scene: &Scene<S>) -> bool {
    let id = started(scene).await;
    let (store, scope) = (&scene.store, bot(scene));
    let lease = Duration::from_secs(60);
    let run = store.claim(&system_scope(), &question(lease)).await.unwrap().expect("a run waits");
    assert_eq!(run.id, id);
    let item = PlannedItem { key: "only".to_owned(), label: "Only".to_owned(), input: json!({}) };
    store.plan_items(&scope, id, run.epoch, vec![item]).await.unwrap();
    let name = format!("Cluster {id}");
    let commit = || ItemCommit {
        key: "only".to_owned(),
        outcome: ItemOutcome::Done {
            changes: Changeset::new().with(Change::CreateCluster {
                site: scene.desk.home.site,
                sector: scene.desk.home.sector,
                cluster: NewCluster::named(&name),
            }),
            credits: 1,
            result: json!(1),
        },
        progress: run.progress.clone(),
    };
    let committed = polled(commit_polls, store.commit_item(&scope, id, run.epoch, commit())).await;
    let is_committed = committed.map(Result::unwrap).is_some();
    store.commit_item(&scope, id, run.epoch, commit()).await.unwrap();
    let clusters = scene.desk.all_clusters().await;
    assert_eq!(clusters.iter().filter(|cluster| cluster.name == name).count(), 1);

    let end = || store.finish_run(&scope, id, run.epoch, finish(&run, RunState::Success));
    let is_finished = polled(finish_polls, end()).await.map(Result::unwrap).is_some();
    match end().await {
        Ok(_) => assert!(!is_finished, "a run was finished twice"),
        Err(error) => assert!(matches!(error, Error::LeaseLost), "{error}"),
    }
    let ended = scene.desk.run(id).await;
    assert_eq!((ended.state, ended.charged), (RunState::Success, Some(1)));
    assert_nothing_held(scene).await;
    is_committed && is_finished
}
