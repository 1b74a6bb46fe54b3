//! Image models that fail: for one image, for all of them, for a while.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use igny8_core::pipeline::ImageStatus;
use igny8_core::ports::ProviderErrorKind;
use igny8_core::runs::{CallOutcome, ItemState, RunState};
use igny8_tests::Picture;
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::painter::price;
use tokio::sync::Notify;

use super::Studio;

#[tokio::test]
async fn every_image_gets_its_file() {
    let studio = Studio::painting(|_| Picture::png()).await;
    let (run, images) = studio.start(3).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    studio.assert_made(run, RunState::Success, 3).await;
    for (image, number) in images.into_iter().zip(1..) {
        let file = studio.desk.igny8.images(&studio.desk.scope).file(image).await.unwrap();
        assert_eq!(file.media_type, "image/png");
        assert!(String::from_utf8(file.bytes).unwrap().contains(&format!("Image {number}.")));
    }
    let calls = studio.desk.calls(run).await;
    assert!(calls.iter().all(|call| call.outcome == CallOutcome::Answered && call.provider == "painter"));
    assert_eq!(studio.desk.usage().await[0].cost_usd, price(3));
}

#[tokio::test]
async fn an_image_that_always_fails_fails_alone() {
    let studio = Studio::painting(|order| match order.shows("Image 2.") {
        true => Picture::broken(),
        false => Picture::png(),
    })
    .await;
    let (run, images) = studio.start(5).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Success, 4).await;
    assert_eq!((finished.attempts, finished.max_attempts), (3, 3));
    assert_eq!(studio.painter.times_asked_for("Image 2."), 3);
    assert_eq!(studio.painter.orders().len(), 4 + 3, "the others are asked for once");
    let items = studio.desk.items(run).await;
    let failed: Vec<_> = items.iter().filter(|item| item.state == ItemState::Failed).collect();
    assert_eq!((failed.len(), failed[0].key.clone()), (1, images[1].to_string()));
    assert_eq!(failed[0].error.as_ref().map(|error| error.code.as_str()), Some("provider_server"));
    let image = studio.image(images[1]).await;
    assert_eq!(image.status, ImageStatus::Failed);
    assert!(image.error.is_some());
}

#[tokio::test]
async fn an_image_that_fails_for_a_while_is_made_in_the_end() {
    let studio = Studio::painting(|order| match order.number {
        1 => Picture::Failure(ProviderErrorKind::Timeout, None),
        2 => Picture::Failure(ProviderErrorKind::Connection, None),
        _ => Picture::png(),
    })
    .await;
    let (run, _) = studio.start(1).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Success, 1).await;
    assert_eq!((finished.attempts, studio.desk.items(run).await[0].attempts), (3, 2));
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_asked_for_every_image() {
    let studio = Studio::painting(|_| Picture::broken()).await;
    let (run, _) = studio.start(20).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Failure, 0).await;
    assert_eq!(finished.attempts, finished.max_attempts, "it is not given up early");
    assert_eq!(studio.painter.orders().len(), 3 * 3, "three in a row end an attempt");
    for item in studio.desk.items(run).await {
        assert_eq!(item.state, ItemState::Failed);
        assert_eq!(item.error.map(|error| error.code).as_deref(), Some("provider_server"));
    }
}

#[tokio::test]
async fn images_that_always_fail_do_not_keep_others_from_their_turn() {
    // The first three alone look like a provider that is down.
    let studio = Studio::painting(|order| {
        match ["Image 1.", "Image 2.", "Image 3."].iter().any(|bad| order.shows(bad)) {
            true => Picture::broken(),
            false => Picture::png(),
        }
    })
    .await;
    let (run, _) = studio.start(8).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    studio.assert_made(run, RunState::Success, 5).await;
    for number in 4..=8 {
        assert_eq!(studio.painter.times_asked_for(&format!("Image {number}.")), 1);
    }
}

#[tokio::test]
async fn a_rate_limit_stops_the_batch_and_costs_no_attempt_that_came_forward() {
    let studio = Studio::painting(|order| match order.number {
        3 => Picture::Failure(ProviderErrorKind::RateLimit, Some(Duration::from_secs(3_600))),
        _ => Picture::png(),
    })
    .await;
    let (run, _) = studio.start(4).await;
    let started = studio.desk.run(run).await.created_at;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let waiting = studio.desk.run_when(run, |run| run.state == RunState::Retry).await;
    assert!(waiting.run_at >= started + TimeDelta::hours(1), "{waiting:#?}");
    assert_eq!((waiting.attempts, studio.painter.orders().len()), (0, 3));
    let items = studio.desk.items(run).await;
    assert_eq!(items.iter().filter(|item| item.state == ItemState::Done).count(), 2);
    assert!(items.iter().all(|item| item.attempts == 0), "it concerns no item");
    studio.desk.clock.advance(TimeDelta::hours(1));
    let finished = studio.assert_made(run, RunState::Success, 4).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (1, 5));
}

#[tokio::test]
async fn a_wrong_key_fails_every_image_at_once() {
    let studio = Studio::painting(|_| Picture::Failure(ProviderErrorKind::Auth, None)).await;
    let (run, _) = studio.start(4).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Failure, 0).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (1, 1));
}

#[tokio::test]
async fn images_deleted_meanwhile_end_the_run_all_the_same() {
    let bell = Arc::new(Notify::new());
    let held = Arc::clone(&bell);
    let studio = Studio::painting(move |_| Picture::After(Arc::clone(&held), Box::new(Picture::png()))).await;
    let (run, images) = studio.start(3).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    eventually("the first is asked for", async || match studio.painter.orders().len() {
        1 => Ok(()),
        orders => Err(format!("{orders} orders")),
    })
    .await;
    // One with the painter, and one whose turn has not come.
    for image in &images[..2] {
        studio.desk.igny8.images(&studio.desk.scope).delete(*image).await.unwrap();
    }
    studio.painter.paint_now(|_| Picture::png());
    bell.notify_one();
    let finished = studio.assert_made(run, RunState::Success, 1).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (1, 2));
    let states: Vec<_> = studio.desk.items(run).await.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Failed, ItemState::Failed, ItemState::Done]);
}
