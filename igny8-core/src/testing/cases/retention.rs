//! What is too old to keep goes, what anybody still needs stays; and the queue is counted.

use std::time::Duration;

use chrono::Utc;

use crate::error::Error;
use crate::idempotency::KeyClaim;
use crate::identity::{NewSession, Rotation};
use crate::runs::{NewRun, Pruned, QueueCount, Retention, RunState};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused, wait};
use crate::testing::work::{Work, answer, call};
use crate::testing::world::{FUNCTION, FUNDS, LONG, OTHER_FUNCTION, PAST_SHORT, SHORT, World};
use crate::webhooks::{DeliveryOutcome, DeliveryQuery, DeliveryState, WebhookEvent};

cases! { "retention":
    finished_runs_go_by_age_and_the_ledger_stays,
    every_account_is_looked_at,
    unfinished_runs_stay_however_old,
    answers_of_unfinished_runs_go_by_age,
    nothing_goes_that_is_kept_for_good,
    a_look_removes_so_much_and_says_whether_there_is_more,
    tokens_and_idempotency_keys_go_past_their_own_time,
    messages_that_are_told_or_given_up_go_by_age,
    the_queue_is_counted_by_function_and_state,
}

const NOTHING: Retention = Retention { finished_runs: None, answers: None, deliveries: None };
/// Everything that is older than a case's waits.
const SHORTLY: Retention =
    Retention { finished_runs: Some(SHORT), answers: Some(SHORT), deliveries: Some(SHORT) };

async fn finished(world: &World, name: &str) -> Outcome<Work> {
    let at = &world.home;
    let work = world
        .work_on(at, NewRun { idempotency_key: Some(name.to_owned()), ..at.new_run(name, 10) }, LONG)
        .await?;
    work.plan(&["a"]).await?;
    work.record(call("a"), Some(answer("a/1"))).await?;
    work.done("a", 7, crate::runs::Changeset::new()).await?;
    work.finish(RunState::Success).await?;
    Ok(work)
}

async fn finished_runs_go_by_age_and_the_ledger_stays(world: &World) -> Outcome {
    let at = &world.home;
    let old = finished(world, "old").await?;
    wait(PAST_SHORT).await;
    let pruned = world.store.prune(&world.system, SHORTLY).await?;
    check_eq!((pruned.runs, pruned.more), (1, false));
    check_refused!(at.store.get_run(&at.scope, old.id).await, Error::NotFound { .. });
    check_refused!(at.store.run_items(&at.scope, old.id).await, Error::NotFound { .. });
    check_eq!(at.store.run_by_key(&at.scope, "old").await?, None);
    let balance = at.balance().await?;
    check_eq!((balance.balance, balance.reserved), (FUNDS - 7, 0));
    let kept = at.store.ledger(&at.scope).await?;
    check_eq!((kept.runs.len(), kept.usage.len()), (0, 1));
    check_eq!(kept.usage.iter().map(|usage| usage.credits_used).sum::<i64>(), 7);
    // What has just finished is not old.
    let new = finished(world, "new").await?;
    let patient = Retention { finished_runs: Some(LONG), ..SHORTLY };
    check_eq!(world.store.prune(&world.system, patient).await?.runs, 0);
    check_eq!(at.run_now(new.id).await?.state, RunState::Success);
    Ok(())
}

async fn every_account_is_looked_at(world: &World) -> Outcome {
    for at in [&world.home, &world.other] {
        let run = at.enqueue(at.new_run("old", 0)).await?;
        at.store.cancel_run(&at.scope, run.id).await?;
    }
    wait(PAST_SHORT).await;
    let pruned = world.store.prune(&world.system, SHORTLY).await?;
    check_eq!((pruned.runs, pruned.more), (2, false));
    Ok(())
}

async fn unfinished_runs_stay_however_old(world: &World) -> Outcome {
    let at = &world.home;
    let waiting = at.enqueue(at.new_run("waiting", 10)).await?;
    let held = world.work_on(at, NewRun { priority: 9, ..at.new_run("held", 10) }, LONG).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.store.prune(&world.system, SHORTLY).await?.runs, 0);
    check_eq!(at.run_now(waiting.id).await?.state, RunState::Pending);
    check_eq!(at.run_now(held.id).await?.state, RunState::Progress);
    Ok(())
}

async fn answers_of_unfinished_runs_go_by_age(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work_on(at, at.new_run("long", 10), LONG).await?;
    work.plan(&["a", "b"]).await?;
    work.record(call("a"), Some(answer("a/1"))).await?;
    wait(PAST_SHORT).await;
    for kept in [None, Some(LONG)] {
        let patient = Retention { answers: kept, ..SHORTLY };
        check_eq!(world.store.prune(&world.system, patient).await?.answers, 0);
    }
    check_eq!(world.store.prune(&world.system, SHORTLY).await?.answers, 1);
    check_eq!(work.stored("a/1").await?, None);
    work.record(call("b"), Some(answer("b/1"))).await?;
    check_eq!(
        world.store.prune(&world.system, Retention { answers: Some(LONG), ..SHORTLY }).await?.answers,
        0
    );
    check!(work.stored("b/1").await?.is_some(), "an answer that is young enough is gone");
    check_eq!(work.calls().await?.len(), 2);
    Ok(())
}

async fn nothing_goes_that_is_kept_for_good(world: &World) -> Outcome {
    let old = finished(world, "old").await?;
    wait(PAST_SHORT).await;
    let ever = Some(Duration::MAX);
    for kept in [NOTHING, Retention { finished_runs: ever, answers: ever, deliveries: ever }] {
        check_eq!(world.store.prune(&world.system, kept).await?, Pruned::default());
    }
    check_eq!(world.home.run_now(old.id).await?.state, RunState::Success);
    Ok(())
}

async fn a_look_removes_so_much_and_says_whether_there_is_more(world: &World) -> Outcome {
    let at = &world.home;
    const RUNS: u64 = 230;
    for number in 0..RUNS {
        let run = at.enqueue(at.new_run(&format!("run {number}"), 0)).await?;
        at.store.cancel_run(&at.scope, run.id).await?;
    }
    wait(PAST_SHORT).await;
    let (mut removed, mut looks) = (0, 0);
    loop {
        let pruned = world.store.prune(&world.system, SHORTLY).await?;
        check!(pruned.runs > 0, "a look that removes nothing, with {removed} of {RUNS} removed");
        removed += pruned.runs;
        looks += 1;
        if !pruned.more {
            break;
        }
    }
    check_eq!(removed, RUNS);
    check!(looks > 1, "{RUNS} runs went in one look");
    Ok(())
}

async fn tokens_and_idempotency_keys_go_past_their_own_time(world: &World) -> Outcome {
    for at in [&world.home, &world.other] {
        for (word, lasts) in [("short", SHORT), ("long", LONG)] {
            let session =
                NewSession { user: at.owner, token: at.token(word), expires_at: Utc::now() + lasts };
            world.store.open_session(&world.system, session).await?;
            at.store.claim_key(&at.scope, word, &[1; 32], lasts, lasts).await?;
        }
        at.api_key("machine").await?;
    }
    wait(PAST_SHORT).await;
    let pruned = world.store.prune(&world.system, NOTHING).await?;
    check_eq!((pruned.sessions, pruned.idempotency_keys, pruned.more), (2, 2, false));
    check_eq!(world.store.prune(&world.system, NOTHING).await?, Pruned::default());
    for at in [&world.home, &world.other] {
        let next = at.token("next");
        let rotation =
            world.store.rotate_session(&world.system, &at.token("long"), next, Utc::now() + LONG).await?;
        check_eq!(rotation, Rotation::Rotated { user: at.owner });
        let claimed = at.store.claim_key(&at.scope, "long", &[1; 32], LONG, LONG).await?;
        check_eq!(claimed, KeyClaim::InProgress);
        check!(
            world.store.api_key(&world.system, &at.token("machine")).await?.is_some(),
            "a machine key went"
        );
    }
    Ok(())
}

async fn messages_that_are_told_or_given_up_go_by_age(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[WebhookEvent::RunFinished]).await? else { return Ok(()) };
    for name in ["told", "given up", "waiting"] {
        let run = at.enqueue(at.new_run(name, 0)).await?;
        at.store.cancel_run(&at.scope, run.id).await?;
    }
    let due = world.store.claim_deliveries(&world.system, 2, LONG).await?;
    check_eq!(due.len(), 2);
    let given_up = DeliveryOutcome::GivenUp { status: None, error: "no such host".to_owned() };
    for (due, outcome) in due.iter().zip([DeliveryOutcome::Delivered { status: 200 }, given_up]) {
        world.store.settle_delivery(&world.system, due, outcome).await?;
    }
    wait(PAST_SHORT).await;
    for kept in [None, Some(LONG)] {
        let patient = Retention { deliveries: kept, ..NOTHING };
        check_eq!(world.store.prune(&world.system, patient).await?, Pruned::default());
    }
    let pruned = world.store.prune(&world.system, Retention { deliveries: Some(SHORT), ..NOTHING }).await?;
    check_eq!((pruned.deliveries, pruned.more), (2, false));
    let left = at.store.list_deliveries(&at.scope, webhook.id, &DeliveryQuery::default()).await?.items;
    let states: Vec<_> = left.into_iter().map(|delivery| delivery.state).collect();
    check_eq!(states, [DeliveryState::Pending]);
    Ok(())
}

async fn the_queue_is_counted_by_function_and_state(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    check_eq!(world.store.census(&world.system).await?, vec![]);
    at.enqueue(at.new_run("first", 0)).await?;
    other.enqueue(other.new_run("second", 0)).await?;
    at.enqueue(NewRun { function: OTHER_FUNCTION.to_owned(), delay: LONG, ..at.new_run("later", 0) }).await?;
    world.claim().await?;
    wait(PAST_SHORT).await;
    let counts = world.store.census(&world.system).await?;
    let told: Vec<_> =
        counts.iter().map(|count| (count.function.as_str(), count.state, count.runs)).collect();
    check_eq!(
        told,
        [
            (FUNCTION, RunState::Pending, 1),
            (FUNCTION, RunState::Progress, 1),
            (OTHER_FUNCTION, RunState::Pending, 1),
        ]
    );
    let due: Vec<bool> = counts
        .iter()
        .map(|QueueCount { oldest_due, .. }| oldest_due.is_some_and(|due| due >= SHORT))
        .collect();
    check_eq!(due, [true, false, false]);
    Ok(())
}
