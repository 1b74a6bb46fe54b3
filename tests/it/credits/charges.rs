//! Batches that come to their end or are stopped: exactly what was saved is charged.

use igny8_core::functions::GenerateContent;
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{ItemState, RunState};
use igny8_tests::desk::brisk;
use igny8_tests::fake_openai::good;
use igny8_tests::{Answer, Desk, FakeOpenAi};

use super::{TEN, assert_charged, assert_written_once, items_done, price_of_articles, start_ten};

#[tokio::test]
async fn a_batch_of_ten_of_which_seven_succeed_is_charged_those_seven() {
    const REFUSED: [&str; 3] = ["Task 2", "Task 5", "Task 9"];
    let service = FakeOpenAi::answering(|asked| {
        let refused = REFUSED.contains(&asked.subject().as_str());
        if refused { Answer::refused() } else { Answer::json(&good(asked)) }
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!(finished.state, RunState::Success);
    let lengths =
        TEN.iter().zip(1..).filter(|(_, number)| !REFUSED.contains(&format!("Task {number}").as_str()));
    let seven: i64 = lengths.map(|(words, _)| i64::from(words / 100)).sum();
    assert_eq!(price_of_articles(&desk).await, seven);
    assert_charged(&desk, run, seven).await;
    assert_written_once(&desk, 7).await;
    assert_eq!(service.asked().len(), 10);
}

#[tokio::test]
async fn a_cancelled_run_costs_what_it_has_saved() {
    let service = FakeOpenAi::answering(|asked| match asked.number {
        1..=3 => Answer::json(&good(asked)),
        _ => Answer::Hang,
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    items_done(&desk, run, 3).await;
    desk.igny8.runs(&desk.scope).cancel(run).await.unwrap();
    let finished = desk.finished(run).await;
    assert_eq!(finished.state, RunState::Revoked);
    assert_charged(&desk, run, price_of_articles(&desk).await).await;
    assert_written_once(&desk, 3).await;
    let open = desk.all_tasks().await.into_iter().filter(|task| task.status == TaskStatus::Pending).count();
    assert_eq!(open, 7, "tasks that were not written are open again");
}

#[tokio::test]
async fn a_run_that_is_cancelled_before_a_worker_has_it_costs_nothing() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    assert!(desk.balance().await.reserved > 0);
    let cancelled = desk.igny8.runs(&desk.scope).cancel(run).await.unwrap();
    assert_eq!((cancelled.state, cancelled.charged), (RunState::Revoked, Some(0)));
    let balance = desk.balance().await;
    assert_eq!((balance.balance, balance.reserved), (5_000, 0));
    let worker = desk.igny8.spawn_worker(igny8_core::runs::WorkerConfig { run_forever: false, ..brisk() });
    worker.finished().await;
    assert!(service.asked().is_empty());
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Pending));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn an_article_is_charged_by_the_words_it_has_not_by_those_it_was_asked_for() {
    // 40 % of the length asked for: flagged, charged for what is there and never less than the least price.
    let service = FakeOpenAi::answering(|asked| {
        let mut short = asked.clone();
        let words = asked.data["task"]["word_count"].as_u64().unwrap();
        short.data["task"]["word_count"] = (words * 2 / 5).into();
        Answer::json(&good(&short))
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[500, 2_000]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id();
    desk.finished(run).await;
    assert_charged(&desk, run, 5 + 8).await;
    assert!(desk.articles().await.values().all(|article| !article.draft.within_word_target));
}

#[tokio::test]
async fn a_run_in_which_everything_fails_gives_its_hold_back() {
    let service = FakeOpenAi::answering(|_| Answer::refused()).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let run = start_ten(&desk).await;
    assert!(desk.balance().await.reserved > 0);
    let _worker = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.charged), (RunState::Failure, Some(0)));
    assert!(desk.items(run).await.iter().all(|item| item.state == ItemState::Failed && item.credits == 0));
    let balance = desk.balance().await;
    assert_eq!((balance.balance, balance.reserved), (5_000, 0));
    assert!(desk.usage().await.is_empty());
    desk.assert_ledger_sound().await;
}
