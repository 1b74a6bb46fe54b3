//! The same start twice, one after the other and at once: one run, one hold.

use futures_util::future::join_all;
use igny8_core::functions::{GenerateContent, GenerateIdeas};
use igny8_core::{Error, StartOptions};
use igny8_tests::{Desk, FakeOpenAi};

#[tokio::test]
async fn a_replayed_start_answers_with_the_first_run_and_holds_nothing_twice() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let tasks = desk.tasks(&[1_000, 1_000]).await;
    let start = || {
        let request = GenerateContent::for_tasks(tasks.clone());
        desk.igny8.start_with(&desk.scope, request, StartOptions::keyed("order-1"))
    };
    let first = start().await.unwrap().id();
    let held = desk.balance().await.reserved;
    assert_eq!(held, 24, "20 % above the estimate");
    for _ in 0..3 {
        assert_eq!(start().await.unwrap().id(), first);
    }
    assert_eq!(desk.balance().await.reserved, held);

    let other = GenerateContent::for_tasks(tasks[..1].to_vec());
    let refused = desk.igny8.start_with(&desk.scope, other, StartOptions::keyed("order-1")).await;
    assert!(matches!(refused, Err(Error::Conflict { what: "run", .. })), "{refused:?}");

    let worker = desk.igny8.spawn_worker(igny8_tests::desk::brisk());
    let finished = desk.finished(first).await;
    assert_eq!(start().await.unwrap().id(), first, "also once it has finished");
    assert_eq!(desk.runs().await, [finished]);
    assert_eq!(desk.balance().await.reserved, 0);
    worker.shutdown().await;
    desk.assert_ledger_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn starts_with_one_key_at_the_same_time_are_one_run() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::on_file(|builder| builder.text_model(service.provider())).await;
    let place = desk.place();
    for round in 0..5 {
        let clusters = desk.clusters(&[format!("tea {round}").as_str()]).await;
        let tasks = desk.tasks(&[1_000]).await;
        // Each as from a server of its own.
        let ids = join_all((0..6).map(|_| {
            let (place, scope) = (place.clone(), desk.scope.clone());
            let (clusters, tasks) = (clusters.clone(), tasks.clone());
            let (url, options) =
                (service.base_url(), |of: &str| StartOptions::keyed(format!("{of} {round}")));
            let (of_ideas, of_content) = (options("ideas"), options("content"));
            tokio::spawn(async move {
                let model = igny8_tests::fake_openai::provider(&url);
                let igny8 = place.open(|builder| builder.text_model(model)).await;
                let ideas = igny8.start_with(&scope, GenerateIdeas::for_clusters(clusters), of_ideas).await;
                let content = igny8.start_with(&scope, GenerateContent::for_tasks(tasks), of_content).await;
                (ideas.unwrap().id(), content.unwrap().id())
            })
        }))
        .await;
        let mut ids: Vec<_> = ids.into_iter().map(Result::unwrap).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
    assert_eq!(desk.runs().await.len(), 10);
    assert_eq!(desk.balance().await.reserved, 5 * (3 + 12));
    desk.assert_ledger_sound().await;
}
