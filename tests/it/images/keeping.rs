//! Images that are bought and not saved: kept for the next attempt, and gone when their run has ended, however it ends.

use chrono::TimeDelta;
use igny8_core::ids::RunId;
use igny8_core::runs::{CallOutcome, ItemState, RunState};
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::painter::price;
use igny8_tests::{LostWorker, Picture};

use super::Studio;

/// Longer than a lease.
const PAST_THE_LEASE: TimeDelta = TimeDelta::seconds(61);

/// Whether a key is of a bought image.
fn is_bought(key: &str) -> bool {
    key.contains("/bought/")
}

#[tokio::test]
async fn an_image_that_was_bought_and_not_saved_is_not_bought_again() {
    let studio = Studio::painting(|_| Picture::png()).await;
    let mut failures = 0;
    studio.blobs.fail_when(move |key| {
        failures += usize::from(!is_bought(key));
        !is_bought(key) && failures == 1
    });
    let (run, _) = studio.start(1).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Success, 1).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (2, 1));
    let calls = studio.desk.calls(run).await;
    assert_eq!((calls.len(), calls[0].cost_usd), (1, price(1)));
}

#[tokio::test]
async fn an_image_that_cannot_be_kept_is_saved_from_hand() {
    let studio = Studio::painting(|_| Picture::png()).await;
    studio.blobs.fail_when(is_bought);
    let (run, _) = studio.start(2).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Success, 2).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (1, 2));
}

#[tokio::test]
async fn every_image_that_was_paid_is_on_record_even_when_none_can_be_written() {
    let studio = Studio::painting(|_| Picture::png()).await;
    let mut writes = 0;
    studio.blobs.fail_when(move |_| {
        writes += 1;
        writes <= 2
    });
    let (run, _) = studio.start(1).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    let finished = studio.assert_made(run, RunState::Success, 1).await;
    assert_eq!((finished.attempts, studio.painter.orders().len()), (2, 2));
    assert_eq!(studio.outcomes(run).await, [CallOutcome::Answered; 2]);
    assert_eq!(studio.desk.usage().await[0].cost_usd, price(2));
}

#[tokio::test]
async fn an_image_of_no_use_fails_and_leaves_nothing() {
    let studio = Studio::painting(|order| match order.number {
        1 => Picture::File("image/gif"),
        _ => Picture::png(),
    })
    .await;
    let (run, _) = studio.start(2).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    studio.assert_made(run, RunState::Success, 1).await;
    let items = studio.desk.items(run).await;
    assert_eq!(items[0].error.as_ref().map(|error| error.code.as_str()), Some("unusable_answer"));
    assert_eq!(studio.outcomes(run).await, [CallOutcome::Answered; 2], "it was paid nevertheless");
}

/// Waits until the first of two images is done and the other, which never comes, is asked for.
async fn one_is_saved(studio: &Studio, run: RunId) {
    eventually("one is saved and the other asked for", async || {
        let items = studio.desk.items(run).await;
        match (items.first().map(|item| item.state), studio.painter.orders().len()) {
            (Some(ItemState::Done), 2) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let bought: Vec<String> = studio.blobs.keys().into_iter().filter(|key| is_bought(key)).collect();
    let of_site = format!("{}/{}/", studio.desk.home.account, studio.desk.home.site);
    assert_eq!(bought.len(), 1, "it is kept while the run lasts");
    assert!(bought[0].starts_with(&of_site), "whoever erases the site erases it too: {bought:?}");
}

async fn one_then_silence() -> Studio {
    Studio::painting(|order| match order.number {
        1 => Picture::png(),
        _ => Picture::Hang,
    })
    .await
}

#[tokio::test]
async fn a_cancelled_run_leaves_its_call_on_record_and_no_file() {
    let studio = one_then_silence().await;
    let (run, _) = studio.start(2).await;
    let _worker = studio.desk.igny8.spawn_worker(brisk());
    one_is_saved(&studio, run).await;
    studio.desk.igny8.runs(&studio.desk.scope).cancel(run).await.unwrap();
    studio.assert_made(run, RunState::Revoked, 1).await;
    assert_eq!(studio.outcomes(run).await, [CallOutcome::Answered, CallOutcome::Started]);
}

#[tokio::test]
async fn a_run_cancelled_after_its_worker_was_lost_leaves_no_file() {
    for by_the_reaper in [true, false] {
        let studio = one_then_silence().await;
        let (run, _) = studio.start(2).await;
        let (place, painter, blobs) = (studio.desk.place(), studio.painter.clone(), studio.blobs.clone());
        let worker = LostWorker::start(brisk(), move || async move {
            place.open(|builder| builder.image_model(painter).blobs(blobs)).await
        })
        .await;
        one_is_saved(&studio, run).await;
        worker.lose().await;
        let cancel = async || studio.desk.igny8.runs(&studio.desk.scope).cancel(run).await.unwrap();
        let _worker = if by_the_reaper {
            assert!(cancel().await.cancel_requested);
            studio.desk.clock.advance(PAST_THE_LEASE);
            Some(studio.desk.igny8.spawn_worker(brisk()))
        } else {
            studio.desk.clock.advance(PAST_THE_LEASE);
            cancel().await;
            None
        };
        studio.assert_made(run, RunState::Revoked, 1).await;
        assert_eq!(studio.outcomes(run).await, [CallOutcome::Answered, CallOutcome::Started]);
    }
}

#[tokio::test]
async fn a_worker_that_leaves_gives_back_what_it_bought() {
    let studio = one_then_silence().await;
    let (run, _) = studio.start(2).await;
    let worker = studio.desk.igny8.spawn_worker(brisk());
    one_is_saved(&studio, run).await;
    worker.shutdown().await;
    assert_eq!(studio.outcomes(run).await, [CallOutcome::Answered, CallOutcome::Started]);
    studio.painter.paint_now(|_| Picture::png());
    let _next = studio.desk.igny8.spawn_worker(brisk());
    studio.assert_made(run, RunState::Success, 2).await;
    assert_eq!(
        studio.outcomes(run).await,
        [CallOutcome::Answered, CallOutcome::Started, CallOutcome::Answered]
    );
}
