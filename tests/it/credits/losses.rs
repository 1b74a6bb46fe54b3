//! Workers that are lost in the middle: what they have saved stays, what they have bought is not bought again, and nothing
//! is charged twice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use igny8_core::functions::{AutoCluster, GenerateContent, GenerateIdeas, StartRequest};
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::ids::RunId;
use igny8_core::ports::{ClusterRequest, Clusterer, Groups, KeywordGroup};
use igny8_core::runs::{Changeset, RunState};
use igny8_core::sdk::Builder;
use igny8_tests::desk::brisk;
use igny8_tests::fake_openai::{good, provider};
use igny8_tests::{Answer, Desk, FakeOpenAi, LostWorker};
use tokio::sync::Semaphore;

use super::{assert_charged, assert_written_once, items_done, price_of_articles, start_ten};

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than a lease.
const PAST_THE_LEASE: TimeDelta = TimeDelta::seconds(61);

/// Seven good answers, then none.
async fn seven_then_silence() -> FakeOpenAi {
    FakeOpenAi::answering(|asked| match asked.number {
        1..=7 => Answer::json(&good(asked)),
        _ => Answer::Hang,
    })
    .await
}

/// A worker on the desk's database, in a runtime that can be lost, with the service as its model and these hooks.
async fn worker_to_lose(desk: &Desk, service: &FakeOpenAi, hook: Option<Stopper>) -> LostWorker {
    let (place, url) = (desk.place(), service.base_url());
    LostWorker::start(brisk(), move || async move {
        place
            .open(|builder| {
                let builder = builder.text_model(provider(&url)).clusterer(Twenties);
                match hook {
                    Some(hook) => builder.hook(hook),
                    None => builder,
                }
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_worker_lost_after_the_seventh_of_ten_keeps_the_seven_and_the_next_adds_three() {
    let service = seven_then_silence().await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    let worker = worker_to_lose(&desk, &service, None).await;
    items_done(&desk, run, 7).await;
    worker.lose().await;
    let seven = desk.articles().await;
    let hung = service.asked().len() - 7;

    service.answer_now(|asked| Answer::json(&good(asked)));
    desk.clock.advance(PAST_THE_LEASE);
    let _next = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.attempts, finished.epoch), (RunState::Success, 2, 2));
    assert_eq!(service.asked().len(), 7 + hung + 3);
    let all = desk.articles().await;
    for (task, article) in &seven {
        assert_eq!(all.get(task), Some(article), "what was saved stays as it was");
    }
    assert_written_once(&desk, 10).await;
    assert_charged(&desk, run, price_of_articles(&desk).await).await;
}

#[tokio::test]
async fn a_run_cancelled_after_its_worker_was_lost_is_charged_the_seven() {
    let service = seven_then_silence().await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    let worker = worker_to_lose(&desk, &service, None).await;
    items_done(&desk, run, 7).await;
    worker.lose().await;
    let seven = price_of_articles(&desk).await;

    desk.igny8.runs(&desk.scope).cancel(run).await.unwrap();
    desk.clock.advance(PAST_THE_LEASE);
    let _next = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.attempts), (RunState::Revoked, 1));
    assert_written_once(&desk, 7).await;
    assert_charged(&desk, run, seven).await;
}

/// Lets items through to be saved as long as it has permits; the next one waits for ever, bought and not saved.
#[derive(Clone)]
struct Stopper {
    through: Arc<Semaphore>,
    stopped: Arc<Semaphore>,
}

impl Stopper {
    fn after(items: usize) -> Self {
        Self { through: Arc::new(Semaphore::new(items)), stopped: Arc::new(Semaphore::new(0)) }
    }

    /// Waits until an item stands before its saving.
    async fn reached(&self) {
        let stopped = tokio::time::timeout(PATIENCE, self.stopped.acquire()).await;
        stopped.expect("no item was stopped before its saving").unwrap().forget();
    }
}

#[async_trait]
impl Hook for Stopper {
    fn name(&self) -> &str {
        "stopper"
    }

    async fn before_save(&self, _: HookContext<'_>, _: &mut Changeset) -> Verdict {
        match self.through.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) => {
                self.stopped.add_permits(1);
                std::future::pending::<()>().await;
            }
        }
        Verdict::Continue
    }
}

/// Runs the request until `saved` items are saved and one more is bought, loses the worker, and lets another finish.
async fn lost_before_saving<R: StartRequest>(
    desk: &Desk,
    service: &FakeOpenAi,
    saved: usize,
    request: R,
) -> RunId {
    let run = desk.igny8.start(&desk.scope, request).await.unwrap().id();
    let stopper = Stopper::after(saved);
    let worker = worker_to_lose(desk, service, Some(stopper.clone())).await;
    stopper.reached().await;
    worker.lose().await;
    desk.clock.advance(PAST_THE_LEASE);
    let _next = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.attempts), (RunState::Success, 2), "{finished:#?}");
    run
}

#[tokio::test]
async fn an_article_that_was_bought_and_not_saved_is_not_bought_again() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[800]).await;
    let run = lost_before_saving(&desk, &service, 0, GenerateContent::for_tasks(tasks)).await;
    assert_eq!(service.asked().len(), 1, "the stored answer is used");
    assert_eq!(desk.calls(run).await.len(), 1);
    assert_written_once(&desk, 1).await;
    assert_charged(&desk, run, 8).await;
}

#[tokio::test]
async fn a_repaired_answer_that_was_bought_and_not_saved_is_not_bought_again() {
    let service = FakeOpenAi::answering(|asked| match asked.turn {
        1 => Answer::truncated(&good(asked)),
        _ => Answer::json(&good(asked)),
    })
    .await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[800]).await;
    let run = lost_before_saving(&desk, &service, 0, GenerateContent::for_tasks(tasks)).await;
    assert_eq!(service.asked().len(), 2, "both stored answers are used");
    assert_charged(&desk, run, 8).await;
}

#[tokio::test]
async fn ideas_that_were_bought_beside_others_are_not_bought_again() {
    // The first cluster's ideas are saved before the worker is lost: titles that the second cluster's prompt names now
    // and did not name when its answer was bought.
    let service = FakeOpenAi::good().await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let clusters = desk.clusters(&["green tea", "mountain bicycle repair"]).await;
    let run = lost_before_saving(&desk, &service, 1, GenerateIdeas::for_clusters(clusters)).await;
    assert_eq!(service.asked().len(), 2, "the stored answer is used");
    assert_eq!(desk.all_ideas().await.len(), 6);
    assert_charged(&desk, run, 4).await;
}

/// Groups keywords by twenties as they come, so that what a run is cut into does not depend on their words.
struct Twenties;

#[async_trait]
impl Clusterer for Twenties {
    async fn cluster(&self, request: ClusterRequest) -> igny8_core::Result<Groups> {
        let all: Vec<usize> = (0..request.texts.len()).collect();
        let group = |members: &[usize]| KeywordGroup {
            name: request.texts[members[0]].text.clone(),
            members: members.to_vec(),
            shared_terms: Vec::new(),
        };
        Ok(Groups { groups: all.chunks(20).map(group).collect(), ..Groups::default() })
    }
}

#[tokio::test]
async fn clusters_that_were_bought_beside_others_are_not_bought_again() {
    // More groups than one call reads, even in short, so that there are two.
    let service = FakeOpenAi::good().await;
    let outfit = |builder: Builder| builder.text_model(service.provider()).clusterer(Twenties);
    let desk = Desk::on_file(outfit).await;
    let mut file = "keyword\n".to_owned();
    for number in 0..6_000 {
        file.push_str(&format!("tea {number}\n"));
    }
    let keywords = desk.igny8.keywords(&desk.scope);
    let report = keywords.import_csv(desk.home.sector, file.as_bytes()).await.unwrap();
    let run = lost_before_saving(&desk, &service, 1, AutoCluster::for_import(report.id)).await;
    let items = desk.items(run).await;
    assert_eq!(items.iter().filter(|item| item.key.starts_with("call-")).count(), 2, "{items:#?}");
    assert_eq!(service.asked().len(), 2, "the stored answer is used");
    assert_charged(&desk, run, 600).await;
}
