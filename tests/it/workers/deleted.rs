//! Rows that are deleted between the start of a run and its work: the others are worked on, and none waits for ever.

use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, GenerateImages, StartRequest,
};
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{Run, RunState};
use igny8_tests::desk::brisk;
use igny8_tests::{Desk, FakeOpenAi, Painter, Picture, ShakyBlobs};

async fn desk(service: &FakeOpenAi) -> Desk {
    let painter = Painter::painting(|_| Picture::png());
    Desk::in_memory(|builder| {
        builder.text_model(service.provider()).image_model(painter).blobs(ShakyBlobs::default())
    })
    .await
}

/// Starts the run, lets `delete` delete rows, and lets a worker finish.
async fn deleted_before_work<R: StartRequest>(desk: &Desk, request: R, delete: impl AsyncFnOnce()) -> Run {
    let run = desk.igny8.start(&desk.scope, request).await.unwrap().id();
    delete().await;
    let worker = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    worker.shutdown().await;
    desk.assert_ledger_sound().await;
    finished
}

#[tokio::test]
async fn a_deleted_row_takes_no_other_with_it() {
    let service = FakeOpenAi::good().await;
    let desk = &desk(&service).await;
    let (igny8, scope) = (&desk.igny8, &desk.scope);

    let tasks = desk.tasks(&[500, 600]).await;
    let run = deleted_before_work(desk, GenerateContent::for_tasks(tasks.clone()), async || {
        igny8.tasks(scope).bulk_delete(&tasks[..1]).await.unwrap();
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(6)), "{run:#?}");
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Generated));

    let clusters = desk.clusters(&["green tea", "mountain bicycles"]).await;
    let run = deleted_before_work(desk, GenerateIdeas::for_clusters(clusters.clone()), async || {
        igny8.clusters(scope).delete(clusters[0]).await.unwrap();
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(2)), "{run:#?}");

    let articles = vec![desk.article("On leaves").await, desk.article("On water").await];
    let task = igny8.contents(scope).get(articles[0]).await.unwrap().task;
    let run = deleted_before_work(desk, GenerateImagePrompts::for_contents(articles), async || {
        let outcome = igny8.tasks(scope).bulk_delete(&[task]).await.unwrap();
        assert_eq!(outcome.changed, [task]);
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(1)), "{run:#?}");

    let images = desk.images(2).await;
    let run = deleted_before_work(desk, GenerateImages::for_images(images.clone()), async || {
        igny8.images(scope).delete(images[0]).await.unwrap();
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(5)), "{run:#?}");

    let texts: Vec<String> = (1..=13).map(|number| format!("oolong tea {number}")).collect();
    let keywords = desk.keywords(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let run = deleted_before_work(desk, AutoCluster::for_keywords(keywords.clone()), async || {
        igny8.keywords(scope).bulk_delete(&keywords[..1]).await.unwrap();
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(2)), "{run:#?}");
}

#[tokio::test]
async fn a_run_of_which_nothing_is_left_ends_with_nothing() {
    let service = FakeOpenAi::good().await;
    let desk = &desk(&service).await;
    let tasks = desk.tasks(&[500, 600]).await;
    let run = deleted_before_work(desk, GenerateContent::for_tasks(tasks.clone()), async || {
        desk.igny8.tasks(&desk.scope).bulk_delete(&tasks).await.unwrap();
    })
    .await;
    assert_eq!((run.state, run.charged), (RunState::Success, Some(0)));
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn tasks_beside_a_deleted_one_wait_no_longer_than_their_run() {
    let service = FakeOpenAi::good().await;
    let desk = &desk(&service).await;
    let tasks = desk.tasks(&[500, 600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks.clone())).await.unwrap();
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Queued));
    desk.igny8.tasks(&desk.scope).bulk_delete(&tasks[..1]).await.unwrap();
    run.cancel().await.unwrap();
    let left = desk.all_tasks().await;
    assert!(left.len() == 1 && left[0].status == TaskStatus::Pending, "{left:#?}");
}
