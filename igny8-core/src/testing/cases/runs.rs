//! Runs as a tenant and a worker write them: credits held once, items ended once, every write fenced by the epoch.
//! A run charges exactly the items that it saved, however it ends.

use std::time::Duration;

use serde_json::json;

use crate::credits::{Credits, ReservationState};
use crate::error::Error;
use crate::ids::{RunId, SiteId};
use crate::paging::{Direction, ListQuery};
use crate::pipeline::NewCluster;
use crate::runs::{
    Announced, CallOutcome, Change, Changeset, GiveBack, ItemState, NewRun, Progress, ProviderCall, RunField,
    RunFilter, RunQuery, RunState, UsageTotals,
};
use crate::tenancy::Limit;
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::work::{Work, answer, call, failure, halfway};
use crate::testing::world::{FUNCTION, FUNDS, LONG, OTHER_FUNCTION, Workplace, World};

cases! { "runs":
    a_run_begins_pending_with_its_credits_held,
    a_key_starts_one_run,
    more_than_is_available_starts_nothing,
    the_plan_counts_what_unfinished_runs_announced,
    a_subject_has_one_unfinished_run_of_a_function,
    a_run_is_of_a_site_within_reach,
    items_are_planned_once,
    an_item_is_saved_whole_and_once,
    a_run_charges_the_items_it_saved,
    a_run_that_saved_nothing_charges_nothing,
    a_run_charges_at_most_what_it_held,
    progress_never_goes_back,
    calls_are_recorded_and_answers_kept_until_the_end,
    a_run_given_back_is_tried_again,
    a_run_given_back_without_fault_keeps_its_attempt,
    a_run_given_back_that_is_to_stop_is_revoked,
    a_run_that_came_forward_may_keep_its_attempt,
    a_failed_attempt_at_an_item_is_counted,
    a_call_is_on_record_from_its_beginning,
    what_a_late_call_took_is_recorded,
    another_epoch_writes_nothing,
    a_finished_run_is_not_written_any_more,
    a_waiting_run_is_cancelled_at_once,
    a_run_under_way_is_asked_to_stop,
    a_finished_run_stays_as_it_is,
    each_filter_and_order,
    a_run_that_is_not_there_is_not_found,
}

/// Balance and held credits.
async fn figures(at: &Workplace) -> Outcome<(Credits, Credits)> {
    let balance = at.balance().await?;
    Ok((balance.balance, balance.reserved))
}

/// The states of a run's items, by position.
async fn states(at: &Workplace, id: RunId) -> Outcome<Vec<ItemState>> {
    Ok(at.store.run_items(&at.scope, id).await?.iter().map(|item| item.state).collect())
}

async fn a_run_begins_pending_with_its_credits_held(world: &World) -> Outcome {
    let at = &world.home;
    let forecast =
        Some(UsageTotals { calls: 4, prompt_tokens: 9_000, seconds: 1.5, ..UsageTotals::default() });
    let new = NewRun { priority: 3, max_attempts: 5, forecast, ..at.new_run("first", 30) };
    let enqueued = at.store.enqueue(&at.scope, new.clone()).await?;
    let run = enqueued.run;
    check!(!enqueued.replayed, "a new run is called a replay");
    check_eq!((run.id, run.state, run.function.as_str()), (new.id, RunState::Pending, FUNCTION));
    check_eq!((run.site, run.sector, &run.input), (at.site, Some(at.sector), &json!({ "name": "first" })));
    check_eq!((run.tenant.account(), run.actor), (at.account, Some(at.owner)));
    check_eq!((run.epoch, run.attempts, run.max_attempts, run.priority), (0, 0, 5, 3));
    check_eq!((run.reserved, run.charged, run.cancel_requested), (30, None, false));
    check_eq!(run.forecast, forecast);
    check_eq!((&run.result, &run.error, run.started_at, run.finished_at), (&None, &None, None, None));
    check_eq!(at.run_now(run.id).await?, run);
    check_eq!(figures(at).await?, (FUNDS, 30));
    at.enqueue(at.new_run("free of charge", 0)).await?;
    check_eq!(figures(at).await?, (FUNDS, 30));
    Ok(())
}

async fn a_key_starts_one_run(world: &World) -> Outcome {
    let at = &world.home;
    let keyed = |new: NewRun| NewRun { idempotency_key: Some("click-1".to_owned()), ..new };
    check_eq!(at.store.run_by_key(&at.scope, "click-1").await?, None);
    let first = at.store.enqueue(&at.scope, keyed(at.new_run("one", 30))).await?;
    let again = at.store.enqueue(&at.scope, keyed(at.new_run("one", 30))).await?;
    check_eq!((again.run.id, again.replayed), (first.run.id, true));
    check_eq!(at.store.run_by_key(&at.scope, "click-1").await?.map(|run| run.id), Some(first.run.id));
    let other_input = at.store.enqueue(&at.scope, keyed(at.new_run("two", 30))).await;
    check_refused!(other_input, Error::Conflict { .. });
    let other_function = NewRun { function: OTHER_FUNCTION.to_owned(), ..keyed(at.new_run("one", 30)) };
    check_refused!(at.store.enqueue(&at.scope, other_function).await, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS, 30));
    let neighbour = &world.other;
    check_eq!(neighbour.store.run_by_key(&neighbour.scope, "click-1").await?, None);
    let theirs = neighbour.store.enqueue(&neighbour.scope, keyed(neighbour.new_run("one", 30))).await?;
    check!(!theirs.replayed, "the key of one tenant is another's");
    Ok(())
}

async fn more_than_is_available_starts_nothing(world: &World) -> Outcome {
    let at = &world.home;
    at.enqueue(at.new_run("most", FUNDS - 10)).await?;
    let refused = at.store.enqueue(&at.scope, at.new_run("more", 11)).await;
    check_refused!(refused, Error::InsufficientCredits { needed: 11, available: 10 });
    check_eq!(listed!(at.list_runs, RunQuery::default()), ["most"]);
    check_eq!(figures(at).await?, (FUNDS, FUNDS - 10));
    Ok(())
}

async fn the_plan_counts_what_unfinished_runs_announced(world: &World) -> Outcome {
    let at = &Workplace::open(&world.store, "curlew", "free").await?;
    let plan = at.store.plan_of(&at.scope).await?;
    let images = plan.limit(Limit::Images).ok_or_else(|| Failure::new("`free` has no limit of images"))?;
    let announcing = |name: &str, images| NewRun {
        announced: Announced { images, ..Announced::default() },
        ..at.new_run(name, 1)
    };
    let first = at.enqueue(announcing("first", images)).await?;
    let refused = at.store.enqueue(&at.scope, announcing("second", 1)).await;
    check_refused!(refused, Error::PlanLimit { limit: Limit::Images, .. });
    check_eq!(figures(at).await?, (FUNDS, 1));
    at.store.cancel_run(&at.scope, first.id).await?;
    at.enqueue(announcing("third", 1)).await?;
    Ok(())
}

async fn a_subject_has_one_unfinished_run_of_a_function(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, coffee) = (at.cluster("Tea").await?.id.as_uuid(), at.cluster("Coffee").await?.id.as_uuid());
    let on =
        |name: &str, subjects: &[uuid::Uuid]| NewRun { subjects: subjects.to_vec(), ..at.new_run(name, 5) };
    let first = at.enqueue(on("first", &[tea, tea])).await?;
    let rival = at.store.enqueue(&at.scope, on("rival", &[coffee, tea])).await;
    check_refused!(rival, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS, 5));
    // What the refused run would have held is free, and so is the subject for another function or tenant.
    let beside = at.enqueue(on("beside", &[coffee])).await?;
    at.enqueue(NewRun { function: OTHER_FUNCTION.to_owned(), ..on("other function", &[tea]) }).await?;
    let theirs = NewRun { subjects: vec![tea], ..world.other.new_run("theirs", 5) };
    world.other.enqueue(theirs).await?;
    at.store.cancel_run(&at.scope, first.id).await?;
    let second = at.enqueue(on("second", &[tea])).await?;
    // Waiting to be tried again it is still at work; once finished it is not.
    at.store.cancel_run(&at.scope, second.id).await?;
    let work = world.claim_at(at).await?;
    check_eq!(work.id, beside.id);
    work.give_back(Duration::from_secs(60), Some(failure("provider_server"))).await?;
    check_refused!(at.store.enqueue(&at.scope, on("again", &[coffee])).await, Error::Conflict { .. });
    at.store.cancel_run(&at.scope, beside.id).await?;
    at.enqueue(on("at last", &[coffee, tea])).await?;
    Ok(())
}

async fn a_run_is_of_a_site_within_reach(world: &World) -> Outcome {
    let at = &world.home;
    let elsewhere = at.site_beside("Second").await?;
    let foreign = &world.other;
    for new in [
        NewRun { site: SiteId::new(), ..at.new_run("nowhere", 1) },
        NewRun { site: foreign.site, sector: None, ..at.new_run("abroad", 1) },
        NewRun { sector: Some(foreign.sector), ..at.new_run("half abroad", 1) },
        NewRun { sector: Some(elsewhere.sector), ..at.new_run("torn", 1) },
    ] {
        check_refused!(at.store.enqueue(&at.scope, new).await, Error::NotFound { .. });
    }
    let editor = &at.as_editor();
    let hidden = NewRun { site: elsewhere.site, sector: None, ..at.new_run("hidden", 1) };
    check_refused!(editor.store.enqueue(&editor.scope, hidden.clone()).await, Error::NotFound { .. });
    let run = at.enqueue(hidden).await?;
    check_refused!(editor.store.get_run(&editor.scope, run.id).await, Error::NotFound { .. });
    editor.enqueue(editor.new_run("seen", 1)).await?;
    check_eq!(listed!(editor.list_runs, RunQuery::default()), ["seen"]);
    check_eq!(sorted(listed!(at.list_runs, RunQuery::default())), ["hidden", "seen"]);
    Ok(())
}

async fn items_are_planned_once(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 30).await?;
    check_eq!(work.items().await?, []);
    let planned = work.plan(&["b", "a"]).await?;
    let found: Vec<_> = planned.iter().map(|item| (item.key.as_str(), item.position, item.state)).collect();
    check_eq!(found, [("b", 0, ItemState::Pending), ("a", 1, ItemState::Pending)]);
    check_eq!((planned[0].label.as_str(), &planned[0].input), ("Item b", &json!({ "key": "b" })));
    check_eq!(work.plan(&["c"]).await?, planned);
    check_eq!(work.items().await?, planned);
    Ok(())
}

async fn an_item_is_saved_whole_and_once(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 30).await?;
    work.plan(&["a", "b"]).await?;
    let keyword = at.keyword("assam").await?;
    let tea = NewCluster::named("Tea");
    let changes = Changeset::new()
        .with(Change::CreateCluster { site: at.site, sector: at.sector, cluster: tea.clone() })
        .with(Change::PlaceKeywords { cluster: tea.id, keywords: vec![keyword.id] });
    work.done("a", 5, changes.clone()).await?;
    check_eq!(at.keyword_now(keyword.id).await?.clusters, [tea.id]);
    check_eq!(at.run_now(work.id).await?.progress.percentage, halfway().percentage);
    // A worker that did not hear of its commit may come again.
    work.done("a", 9, changes).await?;
    work.failed("a", Changeset::new()).await?;
    work.failed("b", Changeset::new()).await?;
    work.done("b", 9, Changeset::new()).await?;
    let ended: Vec<_> = work.items().await?.into_iter().map(|item| (item.state, item.credits)).collect();
    check_eq!(ended, [(ItemState::Done, 5), (ItemState::Failed, 0)]);
    let items = work.items().await?;
    check_eq!(items[0].result, Some(json!({ "of": "a" })));
    check_eq!(items[1].error.as_ref().map(|error| error.code.as_str()), Some("refusal"));
    check_refused!(work.done("nobody planned it", 1, Changeset::new()).await, Error::NotFound { .. });
    Ok(())
}

async fn a_run_charges_the_items_it_saved(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 100).await?;
    work.plan(&["a", "b", "c"]).await?;
    work.done("a", 7, Changeset::new()).await?;
    work.failed("b", Changeset::new()).await?;
    work.done("c", 11, Changeset::new()).await?;
    work.record(call("a"), None).await?;
    work.record(call("c"), None).await?;
    let finished = work.finish(RunState::Success).await?;
    check_eq!((finished.state, finished.charged, finished.reserved), (RunState::Success, Some(18), 100));
    check_eq!((finished.progress.percentage, &finished.result), (100, &Some(json!({ "made": 1 }))));
    check!(finished.finished_at.is_some(), "it has no end");
    check_eq!(at.run_now(work.id).await?, finished);
    check_eq!(figures(at).await?, (FUNDS - 18, 0));
    let ledger = at.store.ledger(&at.scope).await?;
    let usage: Vec<_> = ledger.usage.iter().map(|entry| (entry.run, entry.credits_used)).collect();
    check_eq!(usage, [(Some(work.id), 18)]);
    check_eq!(ledger.usage[0].cost_usd, rust_decimal::Decimal::new(5, 3));
    check_eq!(ledger.usage[0].operation_type, FUNCTION);
    Ok(())
}

async fn a_run_that_saved_nothing_charges_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 100).await?;
    work.plan(&["a", "b"]).await?;
    work.failed("a", Changeset::new()).await?;
    work.record(call("a"), None).await?;
    let finished = work.finish(RunState::Failure).await?;
    check_eq!((finished.state, finished.charged), (RunState::Failure, Some(0)));
    check_eq!(finished.error.map(|error| error.code), Some("unusable_answer".to_owned()));
    check_eq!(states(at, work.id).await?, [ItemState::Failed, ItemState::Failed]);
    check_eq!(figures(at).await?, (FUNDS, 0));
    let ledger = at.store.ledger(&at.scope).await?;
    check_eq!((ledger.transactions.len(), ledger.usage.len()), (1, 0));
    let held: Vec<_> = ledger.reservations.iter().map(|held| held.state).collect();
    check_eq!(held, [ReservationState::Released]);
    Ok(())
}

async fn a_run_charges_at_most_what_it_held(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.plan(&["a", "b"]).await?;
    work.done("a", 7, Changeset::new()).await?;
    work.done("b", 7, Changeset::new()).await?;
    check_eq!(work.finish(RunState::Success).await?.charged, Some(10));
    check_eq!(figures(at).await?, (FUNDS - 10, 0));
    Ok(())
}

async fn progress_never_goes_back(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.progress(&halfway()).await?;
    let mut earlier = Progress::default();
    earlier.advance(20, "Late news");
    work.progress(&earlier).await?;
    let progress = at.run_now(work.id).await?.progress;
    check_eq!(progress.percentage, 50);
    Ok(())
}

async fn calls_are_recorded_and_answers_kept_until_the_end(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.plan(&["a"]).await?;
    check_eq!(work.stored("a/1").await?, None);
    let (first, second) = (call("a"), call("a"));
    work.record(first.clone(), None).await?;
    work.record(second.clone(), Some(answer("a/1"))).await?;
    check_eq!(work.calls().await?, [first, second]);
    check_eq!(work.stored("a/1").await?, Some(answer("a/1")));
    check_eq!(work.stored("a/2").await?, None);
    // The next attempt finds what this one was told.
    work.give_back(Duration::ZERO, Some(failure("provider_server"))).await?;
    let next = Work::of(at, &world.claim().await?);
    check_eq!(next.stored("a/1").await?, Some(answer("a/1")));
    next.finish(RunState::Success).await?;
    check_eq!(next.stored("a/1").await?, None);
    check_eq!(next.calls().await?.len(), 2);
    Ok(())
}

async fn a_run_given_back_is_tried_again(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.give_back(Duration::from_secs(3_600), Some(failure("provider_server"))).await?;
    let waiting = at.run_now(work.id).await?;
    check_eq!((waiting.state, waiting.attempts), (RunState::Retry, 1));
    check_eq!(waiting.error.map(|error| error.code), Some("provider_server".to_owned()));
    check_eq!(world.claim_for(LONG).await?.map(|run| run.id), None);
    check_eq!(figures(at).await?, (FUNDS, 10));
    let soon = world.work(at, 10).await?;
    soon.give_back(Duration::ZERO, Some(failure("provider_server"))).await?;
    let again = world.claim().await?;
    check_eq!((again.id, again.attempts, again.epoch), (soon.id, 2, 2));
    Ok(())
}

async fn a_run_given_back_without_fault_keeps_its_attempt(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.give_back(Duration::ZERO, None).await?;
    let waiting = at.run_now(work.id).await?;
    check_eq!((waiting.state, waiting.attempts, &waiting.error), (RunState::Pending, 0, &None));
    let again = world.claim().await?;
    check_eq!((again.id, again.attempts, again.epoch), (work.id, 1, 2));
    Ok(())
}

async fn a_run_given_back_that_is_to_stop_is_revoked(world: &World) -> Outcome {
    let at = &world.home;
    for (spent, fault) in [(7, None), (14, Some(failure("provider_server")))] {
        let work = world.work(at, 30).await?;
        work.plan(&["a", "b"]).await?;
        work.done("a", 7, Changeset::new()).await?;
        at.store.cancel_run(&at.scope, work.id).await?;
        let revoked = work.give_back(Duration::ZERO, fault).await?;
        check_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(7)));
        check_eq!(revoked.error.as_ref().map(|error| error.code.as_str()), Some("cancelled"));
        check_eq!(at.run_now(work.id).await?, revoked);
        check_eq!(states(at, work.id).await?, [ItemState::Done, ItemState::Failed]);
        check_eq!(world.claim_for(LONG).await?, None);
        check_eq!(figures(at).await?, (FUNDS - spent, 0));
    }
    Ok(())
}

async fn a_run_that_came_forward_may_keep_its_attempt(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    let limited = Some(failure("provider_rate_limit"));
    let back = GiveBack { delay: Duration::ZERO, failure: limited.clone(), counted: false };
    let waiting = work.return_as(back).await?;
    check_eq!((waiting.state, waiting.attempts, &waiting.error), (RunState::Retry, 0, &limited));
    check_eq!(at.run_now(work.id).await?, waiting);
    Ok(())
}

async fn a_failed_attempt_at_an_item_is_counted(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.plan(&["a", "b"]).await?;
    work.try_again("a", "provider_server").await?;
    let item = |items: Vec<crate::runs::RunItem>| {
        let item = items.into_iter().next();
        item.map(|item| (item.state, item.attempts, item.error.map(|error| error.code)))
    };
    let code = |code: &str| Some(code.to_owned());
    check_eq!(item(work.items().await?), Some((ItemState::Pending, 1, code("provider_server"))));
    check_eq!(at.run_now(work.id).await?.progress.percentage, halfway().percentage);
    // Another worker goes on counting where the last one stopped.
    work.give_back(Duration::ZERO, Some(failure("provider_server"))).await?;
    let next = Work::of(at, &world.claim().await?);
    check_refused!(work.try_again("a", "late").await, Error::LeaseLost);
    next.try_again("a", "provider_timeout").await?;
    check_eq!(item(next.items().await?), Some((ItemState::Pending, 2, code("provider_timeout"))));
    next.done("a", 5, Changeset::new()).await?;
    check_eq!(item(next.items().await?), Some((ItemState::Done, 2, None)));
    next.try_again("a", "too late").await?;
    check_eq!(item(next.items().await?), Some((ItemState::Done, 2, None)));
    check_eq!(next.finish(RunState::Success).await?.charged, Some(5));
    Ok(())
}

async fn a_call_is_on_record_from_its_beginning(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    let made = call("a");
    work.begin_call(&made).await?;
    let started = ProviderCall { id: made.id, ..ProviderCall::started("a", "offline", "rules") };
    check_eq!(work.calls().await?, [started]);
    check_eq!(at.store.plan_usage(&at.scope).await?.ai_requests, 1);
    work.end_call(made.clone(), Some(answer("a/1"))).await?;
    check_eq!(work.calls().await?, std::slice::from_ref(&made));
    // One that hears of its end twice had one.
    let again = ProviderCall { outcome: CallOutcome::Failed, prompt_tokens: 9, ..made.clone() };
    work.end_call(again, None).await?;
    check_eq!(work.calls().await?, [made]);
    check_eq!(at.store.plan_usage(&at.scope).await?.ai_requests, 1);
    check_refused!(work.end_call(call("a"), None).await, Error::NotFound { .. });
    Ok(())
}

async fn what_a_late_call_took_is_recorded(world: &World) -> Outcome {
    let at = &world.home;
    let late = world.work(at, 10).await?;
    late.plan(&["a"]).await?;
    let (first, second) = (call("a"), call("a"));
    late.begin_call(&first).await?;
    late.begin_call(&second).await?;
    late.give_back(Duration::ZERO, Some(failure("provider_server"))).await?;
    let next = Work::of(at, &world.claim().await?);
    check_refused!(late.end_call(first.clone(), Some(answer("a/1"))).await, Error::LeaseLost);
    check_eq!(next.stored("a/1").await?, None);
    next.finish(RunState::Failure).await?;
    check_refused!(late.end_call(second.clone(), Some(answer("a/1"))).await, Error::LeaseLost);
    check_eq!(next.stored("a/1").await?, None);
    check_eq!(next.calls().await?, [first, second]);
    Ok(())
}

async fn another_epoch_writes_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let late = world.work(at, 10).await?;
    late.plan(&["a"]).await?;
    late.give_back(Duration::ZERO, Some(failure("provider_server"))).await?;
    let held = world.claim().await?;
    let before = at.run_now(held.id).await?;
    check_refused!(late.plan(&["b"]).await, Error::LeaseLost);
    check_refused!(late.progress(&halfway()).await, Error::LeaseLost);
    check_refused!(late.begin_call(&call("a")).await, Error::LeaseLost);
    check_refused!(late.done("a", 5, Changeset::new()).await, Error::LeaseLost);
    check_refused!(late.failed("a", Changeset::new()).await, Error::LeaseLost);
    check_refused!(late.finish(RunState::Success).await, Error::LeaseLost);
    check_refused!(late.give_back(Duration::ZERO, None).await, Error::LeaseLost);
    check_eq!(at.run_now(held.id).await?, before);
    check_eq!((states(at, held.id).await?, late.calls().await?.len()), (vec![ItemState::Pending], 0));
    Ok(())
}

async fn a_finished_run_is_not_written_any_more(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.apply(Changeset::new()).await?;
    let finished = work.finish(RunState::Success).await?;
    check_refused!(work.plan(&["b"]).await, Error::LeaseLost);
    check_refused!(work.done("only", 5, Changeset::new()).await, Error::LeaseLost);
    check_refused!(work.finish(RunState::Failure).await, Error::LeaseLost);
    check_refused!(work.give_back(Duration::ZERO, None).await, Error::LeaseLost);
    check_eq!(at.run_now(work.id).await?, finished);
    check_eq!(figures(at).await?, (FUNDS - 1, 0));
    Ok(())
}

async fn a_waiting_run_is_cancelled_at_once(world: &World) -> Outcome {
    let at = &world.home;
    let untouched = at.enqueue(at.new_run("untouched", 30)).await?;
    let revoked = at.store.cancel_run(&at.scope, untouched.id).await?;
    check_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(0)));
    check_eq!(revoked.error.map(|error| error.code), Some("cancelled".to_owned()));
    check_eq!(figures(at).await?, (FUNDS, 0));
    check_eq!(world.claim_for(LONG).await?.map(|run| run.id), None);
    let begun = world.work(at, 30).await?;
    begun.plan(&["a", "b"]).await?;
    begun.done("a", 7, Changeset::new()).await?;
    begun.give_back(Duration::from_secs(60), Some(failure("provider_server"))).await?;
    let revoked = at.store.cancel_run(&at.scope, begun.id).await?;
    check_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(7)));
    check_eq!(states(at, begun.id).await?, [ItemState::Done, ItemState::Failed]);
    check_eq!(figures(at).await?, (FUNDS - 7, 0));
    Ok(())
}

async fn a_run_under_way_is_asked_to_stop(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 30).await?;
    work.plan(&["a", "b"]).await?;
    work.done("a", 7, Changeset::new()).await?;
    let asked = at.store.cancel_run(&at.scope, work.id).await?;
    check_eq!((asked.state, asked.cancel_requested), (RunState::Progress, true));
    check_eq!(figures(at).await?, (FUNDS, 30));
    let revoked = work.finish(RunState::Revoked).await?;
    check_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(7)));
    check_eq!(figures(at).await?, (FUNDS - 7, 0));
    Ok(())
}

async fn a_finished_run_stays_as_it_is(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    work.apply(Changeset::new()).await?;
    let finished = work.finish(RunState::Success).await?;
    check_eq!(at.store.cancel_run(&at.scope, work.id).await?, finished);
    check_eq!(at.run_now(work.id).await?, finished);
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let beside = at.site_beside("Second").await?;
    let done = world.work_on(at, at.new_run("a", 1), LONG).await?;
    done.finish(RunState::Success).await?;
    at.enqueue(NewRun { function: OTHER_FUNCTION.to_owned(), ..at.new_run("b", 1) }).await?;
    at.enqueue(beside.new_run("c", 1)).await?;
    let revoked = at.enqueue(at.new_run("d", 1)).await?;
    at.store.cancel_run(&at.scope, revoked.id).await?;
    world.other.enqueue(world.other.new_run("theirs", 1)).await?;
    let all = RunFilter::default();
    let table: &[(RunFilter, &[&str])] = &[
        (all.clone(), &["a", "b", "c", "d"]),
        (RunFilter { site: Some(beside.site), ..all.clone() }, &["c"]),
        (RunFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (RunFilter { function: Some(OTHER_FUNCTION.to_owned()), ..all.clone() }, &["b"]),
        (RunFilter { states: vec![RunState::Success, RunState::Revoked], ..all.clone() }, &["a", "d"]),
        (RunFilter { states: vec![RunState::Pending], site: Some(at.site), ..all.clone() }, &["b"]),
    ];
    for (filter, due) in table {
        let query: RunQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_runs, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    let by = |field| RunQuery::filtered(RunFilter::default()).order_by(field, Direction::Ascending);
    check_eq!(listed!(at.list_runs, by(RunField::CreatedAt)), ["a", "b", "c", "d"]);
    let finished = listed!(at.list_runs, by(RunField::FinishedAt));
    check_eq!(
        (sorted(finished[..2].to_vec()), &finished[2..]),
        (vec!["b".to_owned(), "c".to_owned()], &["a".to_owned(), "d".to_owned()][..])
    );
    Ok(())
}

async fn a_run_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    let foreign = world.other.enqueue(world.other.new_run("theirs", 1)).await?.id;
    for id in [RunId::new(), foreign] {
        check_refused!(at.store.get_run(&at.scope, id).await, Error::NotFound { .. });
        check_refused!(at.store.run_items(&at.scope, id).await, Error::NotFound { .. });
        check_refused!(at.store.provider_calls(&at.scope, id).await, Error::NotFound { .. });
        check_refused!(at.store.cancel_run(&at.scope, id).await, Error::NotFound { .. });
    }
    check_eq!(world.other.run_now(foreign).await?.state, RunState::Pending);
    Ok(())
}
