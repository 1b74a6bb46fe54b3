//! Runs of several items where some fail: each item for itself, none bought twice.

use igny8_core::functions::{GenerateContent, GenerateIdeas, RunReport, Written};
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{ItemState, RunState};
use igny8_tests::desk::brisk;
use igny8_tests::fake_openai::good;
use igny8_tests::{Answer, Desk, FakeOpenAi};

use super::{GRANTED, start};

#[tokio::test]
async fn a_run_that_is_tried_again_buys_no_finished_item_twice() {
    let service = FakeOpenAi::answering(|asked| match asked.subject().as_str() {
        "Task 3" if asked.number <= 6 => Answer::broken(),
        _ => Answer::json(&good(asked)),
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[500, 600, 700, 800, 900, 1_000]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.finished(start(&desk, GenerateContent::for_tasks(tasks)).await).await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(5 + 6 + 7 + 8 + 9 + 10)));
    assert!(run.attempts >= 2);
    for number in [1, 2, 4, 5, 6] {
        assert_eq!(service.times_asked_about(&format!("Task {number}")), 1, "Task {number}");
    }
    assert_eq!(service.times_asked_about("Task 3"), run.attempts as usize);
    let articles = desk.articles().await;
    assert!(articles.len() == 6 && articles.values().all(|article| article.revision == 1));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_wrong_key_fails_every_item_without_asking_for_each() {
    let service = FakeOpenAi::answering(|_| Answer::unauthorised()).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[500; 12]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.finished(start(&desk, GenerateContent::for_tasks(tasks)).await).await;
    assert_eq!((run.state, run.charged, run.attempts), (RunState::Failure, Some(0), 1));
    for item in desk.items(run.id).await {
        assert_eq!(item.state, ItemState::Failed);
        assert_eq!(item.error.map(|error| error.code).as_deref(), Some("provider_auth"));
    }
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Failed));
    // Those in flight when the first failed come to their end; no further one is begun.
    assert!(service.asked().len() <= 5, "{} questions", service.asked().len());
    assert_eq!(desk.balance().await.balance, GRANTED);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn an_account_that_runs_dry_in_the_middle_keeps_and_charges_what_it_bought() {
    let service = FakeOpenAi::answering(|asked| match asked.number {
        1..=4 => Answer::json(&good(asked)),
        _ => Answer::out_of_quota(),
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[500; 10]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.finished(start(&desk, GenerateContent::for_tasks(tasks)).await).await;
    assert_eq!((run.state, run.charged, run.attempts), (RunState::Success, Some(4 * 5), 1));
    let report: RunReport<Written> = serde_json::from_value(run.result.unwrap()).unwrap();
    assert_eq!((report.succeeded, report.failed.len(), report.output.articles.len()), (4, 6, 4));
    assert!(report.failed.iter().all(|failed| failed.error.code == "provider_quota"));
    assert_eq!(desk.articles().await.len(), 4);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn one_refused_item_fails_alone() {
    let service = FakeOpenAi::answering(|asked| match asked.subject().as_str() {
        "black tea" => Answer::refused(),
        _ => Answer::json(&good(asked)),
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let clusters = desk.clusters(&["green tea", "black tea", "herbal infusions"]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.finished(start(&desk, GenerateIdeas::for_clusters(clusters.clone())).await).await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(4)));
    let failed: Vec<_> = desk.items(run.id).await.into_iter().filter(|item| item.error.is_some()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].label.as_str(), failed[0].credits), ("black tea", 0));
    let ideas = desk.all_ideas().await;
    assert!(ideas.len() == 6 && ideas.iter().all(|idea| idea.cluster != Some(clusters[1])));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn an_item_that_always_fails_fails_alone() {
    for (answer, code) in [(Answer::broken(), "provider_server"), (Answer::Reset, "provider_connection")] {
        let service = FakeOpenAi::answering(move |asked| match asked.subject().as_str() {
            "Task 3" => answer.clone(),
            _ => Answer::json(&good(asked)),
        })
        .await;
        let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
        let tasks = desk.tasks(&[500; 8]).await;
        let _worker = desk.igny8.spawn_worker(brisk());
        let run = desk.finished(start(&desk, GenerateContent::for_tasks(tasks.clone())).await).await;
        assert_eq!((run.state, run.charged, run.attempts), (RunState::Success, Some(7 * 5), 3), "{run:#?}");
        assert_eq!(service.times_asked_about("Task 3"), 3);
        assert_eq!(service.asked().len(), 7 + 3, "the others are asked about once");
        let report: RunReport<Written> = serde_json::from_value(run.result.unwrap()).unwrap();
        let failed: Vec<&str> = report.failed.iter().map(|failed| failed.error.code.as_str()).collect();
        assert_eq!((report.succeeded, failed), (7, vec![code]));
        let failed: Vec<_> =
            desk.all_tasks().await.into_iter().filter(|task| task.status == TaskStatus::Failed).collect();
        assert!(failed.len() == 1 && failed[0].id == tasks[2]);
        desk.assert_ledger_sound().await;
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_asked_about_every_item() {
    let service = FakeOpenAi::answering(|_| Answer::broken()).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[500; 30]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.finished(start(&desk, GenerateContent::for_tasks(tasks)).await).await;
    assert_eq!((run.state, run.charged, run.attempts), (RunState::Failure, Some(0), 3));
    // Three in a row end an attempt; those in flight by then come to their end.
    assert!(service.asked().len() <= 3 * (3 + 3), "{} questions", service.asked().len());
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Failed));
    assert_eq!(desk.balance().await.balance, GRANTED);
    desk.assert_ledger_sound().await;
}
