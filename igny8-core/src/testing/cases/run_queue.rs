//! The queue across tenants: whose turn it is, which lease holds, and what becomes of runs whose worker is gone.
//! Leases run on the store's own clock, so these cases wait for short ones.

use std::time::Duration;

use crate::credits::Credits;
use crate::error::Error;
use crate::ids::RunId;
use crate::runs::{Changeset, Heartbeat, ItemState, NewRun, Run, RunState};
use crate::tenancy::{AccountChange, AccountStatus};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused, wait};
use crate::testing::work::{Work, failure, halfway};
use crate::testing::world::{FUNCTION, FUNDS, LONG, OTHER_FUNCTION, PAST_SHORT, SHORT, Workplace, World};

cases! { "run_queue":
    a_claim_takes_a_due_run_once,
    a_delayed_run_is_not_due,
    accounts_take_turns,
    priority_goes_before_age,
    a_worker_takes_functions_it_knows,
    accounts_that_may_not_write_wait,
    many_workers_share_without_doubling,
    a_heartbeat_renews_the_lease,
    a_heartbeat_brings_a_cancellation,
    a_run_whose_lease_ran_out_is_claimed_anew,
    the_reaper_gives_lost_runs_back,
    the_reaper_ends_runs_out_of_attempts,
    the_reaper_ends_cancelled_runs_of_lost_workers,
    the_reaper_leaves_live_runs_alone,
    it_is_told_when_work_is_due,
    what_is_left_to_the_reaper_is_not_due,
    an_account_at_its_limit_is_passed_over,
    what_a_limit_holds_back_is_due_when_a_lease_ends,
    work_is_found_after_a_queue_ran_dry,
}

/// Longer than a few questions take.
const WHILE: Duration = Duration::from_millis(500);

fn name(run: Option<&Run>) -> &str {
    run.and_then(|run| run.input["name"].as_str()).unwrap_or("nothing")
}

/// The names of the runs that are due, in the order in which they are handed out.
async fn handed_out(world: &World) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    while let Some(run) = world.claim_for(LONG).await? {
        names.push(name(Some(&run)).to_owned());
    }
    Ok(names)
}

/// A run of one attempt, lost with its lease, of whose two items the first is saved for 7 credits.
async fn lost(world: &World, at: &Workplace, max_attempts: u32) -> Outcome<Work> {
    let new = NewRun { max_attempts, ..at.new_run("lost", 30) };
    let work = world.work_on(at, new, SHORT).await?;
    work.plan(&["a", "b"]).await?;
    work.done("a", 7, Changeset::new()).await?;
    Ok(work)
}

async fn figures(at: &Workplace) -> Outcome<(Credits, Credits)> {
    let balance = at.balance().await?;
    Ok((balance.balance, balance.reserved))
}

async fn a_claim_takes_a_due_run_once(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(world.claim_for(LONG).await?, None);
    let waiting = at.enqueue(at.new_run("one", 5)).await?;
    let claimed = world.claim().await?;
    check_eq!((claimed.id, claimed.state), (waiting.id, RunState::Progress));
    check_eq!((claimed.epoch, claimed.attempts), (1, 1));
    check!(claimed.started_at.is_some(), "it has not begun");
    check_eq!(at.run_now(waiting.id).await?, claimed);
    check_eq!(world.claim_for(LONG).await?, None);
    Ok(())
}

async fn a_delayed_run_is_not_due(world: &World) -> Outcome {
    let at = &world.home;
    let delayed = |name: &str, delay| NewRun { delay, ..at.new_run(name, 0) };
    at.enqueue(delayed("tomorrow", Duration::from_secs(86_400))).await?;
    at.enqueue(delayed("soon", SHORT)).await?;
    wait(PAST_SHORT).await;
    check_eq!(handed_out(world).await?, ["soon"]);
    Ok(())
}

async fn accounts_take_turns(world: &World) -> Outcome {
    let (home, other) = (&world.home, &world.other);
    for number in 1..=3 {
        home.enqueue(home.new_run(&format!("home {number}"), 0)).await?;
    }
    other.enqueue(other.new_run("other 1", 0)).await?;
    let first: Vec<String> = handed_out(world).await?.into_iter().take(2).collect();
    check!(first.contains(&"other 1".to_owned()), "the first two are {first:?}");
    Ok(())
}

async fn priority_goes_before_age(world: &World) -> Outcome {
    let at = &world.home;
    for (name, priority) in [("old", 0), ("low", -1), ("urgent", 9), ("young", 0)] {
        at.enqueue(NewRun { priority, ..at.new_run(name, 0) }).await?;
    }
    check_eq!(handed_out(world).await?, ["urgent", "old", "young", "low"]);
    Ok(())
}

async fn a_worker_takes_functions_it_knows(world: &World) -> Outcome {
    let at = &world.home;
    at.enqueue(at.new_run("first", 0)).await?;
    at.enqueue(NewRun { function: OTHER_FUNCTION.to_owned(), ..at.new_run("second", 0) }).await?;
    // Names that contain each other, or a wildcard, are still others.
    for stranger in ["auto", "auto_cluste%", "auto-cluster", "", "generate_ideas_2"] {
        let found = world.claim_of(&[stranger], LONG).await?;
        check!(found.is_none(), "`{stranger}` was given `{}`", name(found.as_ref()));
    }
    check_eq!(world.claim_of(&[], LONG).await?, None);
    check_eq!(name(world.claim_of(&[OTHER_FUNCTION], LONG).await?.as_ref()), "second");
    check_eq!(name(world.claim_of(&["stranger", FUNCTION], LONG).await?.as_ref()), "first");
    Ok(())
}

async fn accounts_that_may_not_write_wait(world: &World) -> Outcome {
    let at = &world.home;
    at.enqueue(at.new_run("waits", 0)).await?;
    for status in AccountStatus::ALL {
        let change = AccountChange { status: Some(*status), ..AccountChange::default() };
        world.store.change_account(&world.system, at.account, change).await?;
        let writable = matches!(status, AccountStatus::Active | AccountStatus::Trial);
        let found = world.claim_for(LONG).await?;
        check!(found.is_some() == writable, "while {status}: {}", name(found.as_ref()));
        if let Some(run) = found {
            Work::of(at, &run).give_back(Duration::ZERO, None).await?;
        }
    }
    Ok(())
}

async fn many_workers_share_without_doubling(world: &World) -> Outcome {
    let at = &world.home;
    for number in 0..12 {
        at.enqueue(at.new_run(&format!("{number:02}"), 0)).await?;
    }
    let workers = (0..4).map(|_| handed_out(world));
    let mut shares = Vec::new();
    for share in futures_util::future::join_all(workers).await {
        shares.extend(share?);
    }
    shares.sort();
    check_eq!(shares, (0..12).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    Ok(())
}

async fn a_heartbeat_renews_the_lease(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work_on(at, at.new_run("long", 0), SHORT).await?;
    check_eq!(world.store.heartbeat(&world.system, work.id, work.epoch, LONG).await?, Heartbeat::Held);
    wait(PAST_SHORT).await;
    check_eq!(world.claim_for(LONG).await?, None);
    let later = work.epoch + 1;
    check_eq!(world.store.heartbeat(&world.system, work.id, later, LONG).await?, Heartbeat::Lost);
    check_eq!(world.store.heartbeat(&world.system, RunId::new(), 1, LONG).await?, Heartbeat::Lost);
    work.finish(RunState::Success).await?;
    check_eq!(world.store.heartbeat(&world.system, work.id, work.epoch, LONG).await?, Heartbeat::Lost);
    Ok(())
}

async fn a_heartbeat_brings_a_cancellation(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    at.store.cancel_run(&at.scope, work.id).await?;
    let heard = world.store.heartbeat(&world.system, work.id, work.epoch, LONG).await?;
    check_eq!(heard, Heartbeat::CancelRequested);
    work.progress(&halfway()).await?;
    Ok(())
}

async fn a_run_whose_lease_ran_out_is_claimed_anew(world: &World) -> Outcome {
    let at = &world.home;
    let late = lost(world, at, 3).await?;
    wait(PAST_SHORT).await;
    let claimed = world.claim().await?;
    check_eq!((claimed.id, claimed.epoch, claimed.attempts), (late.id, 2, 2));
    check_eq!(claimed.error.as_ref().map(|error| error.code.as_str()), Some("lease_expired"));
    check_refused!(late.done("b", 7, Changeset::new()).await, Error::LeaseLost);
    let next = Work::of(at, &claimed);
    next.done("b", 5, Changeset::new()).await?;
    check_eq!(next.finish(RunState::Success).await?.charged, Some(12));
    check_eq!(figures(at).await?, (FUNDS - 12, 0));
    Ok(())
}

async fn the_reaper_gives_lost_runs_back(world: &World) -> Outcome {
    let at = &world.home;
    let work = lost(world, at, 3).await?;
    wait(PAST_SHORT).await;
    let reaped = world.store.reap(&world.system).await?;
    check_eq!((reaped.returned, reaped.ended), (1, vec![]));
    let waiting = at.run_now(work.id).await?;
    check_eq!((waiting.state, waiting.attempts), (RunState::Retry, 1));
    check_eq!(waiting.error.map(|error| error.code), Some("lease_expired".to_owned()));
    check_eq!(figures(at).await?, (FUNDS, 30));
    check_eq!(world.store.reap(&world.system).await?.returned, 0);
    check_eq!(world.claim().await?.id, work.id);
    Ok(())
}

async fn the_reaper_ends_runs_out_of_attempts(world: &World) -> Outcome {
    let at = &world.home;
    let work = lost(world, at, 1).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.claim_for(LONG).await?, None);
    let reaped = world.store.reap(&world.system).await?;
    check_eq!((reaped.returned, &reaped.ended), (0, &vec![at.run_now(work.id).await?]));
    let ended = reaped.ended.into_iter().next().ok_or_else(|| Failure::new("nothing was ended"))?;
    check_eq!((ended.state, ended.charged), (RunState::Failure, Some(7)));
    check_eq!(ended.error.map(|error| error.code), Some("attempts_exhausted".to_owned()));
    let items: Vec<_> = work.items().await?.into_iter().map(|item| item.state).collect();
    check_eq!(items, [ItemState::Done, ItemState::Failed]);
    check_eq!(figures(at).await?, (FUNDS - 7, 0));
    check_eq!(world.store.reap(&world.system).await?.ended, []);
    Ok(())
}

async fn the_reaper_ends_cancelled_runs_of_lost_workers(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work_on(at, NewRun { max_attempts: 3, ..at.new_run("lost", 30) }, LONG).await?;
    work.plan(&["a", "b"]).await?;
    work.done("a", 7, Changeset::new()).await?;
    at.store.cancel_run(&at.scope, work.id).await?;
    // Its last heartbeat was short, and none follows.
    world.store.heartbeat(&world.system, work.id, work.epoch, SHORT).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.claim_for(LONG).await?, None);
    let ended = world.store.reap(&world.system).await?.ended;
    let ended: Vec<_> = ended.into_iter().map(|run| (run.id, run.state, run.charged)).collect();
    check_eq!(ended, [(work.id, RunState::Revoked, Some(7))]);
    check_eq!(figures(at).await?, (FUNDS - 7, 0));
    // One whose lease has run out is cancelled without the reaper.
    let other = lost(world, at, 3).await?;
    wait(PAST_SHORT).await;
    let revoked = at.store.cancel_run(&at.scope, other.id).await?;
    check_eq!((revoked.state, revoked.charged), (RunState::Revoked, Some(7)));
    check_eq!(figures(at).await?, (FUNDS - 14, 0));
    Ok(())
}

async fn the_reaper_leaves_live_runs_alone(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 10).await?;
    at.enqueue(at.new_run("waiting", 10)).await?;
    let reaped = world.store.reap(&world.system).await?;
    check_eq!((reaped.returned, reaped.ended.len(), reaped.expired_reservations), (0, 0, 0));
    check_eq!(at.run_now(work.id).await?.state, RunState::Progress);
    check_eq!(figures(at).await?, (FUNDS, 20));
    Ok(())
}

async fn it_is_told_when_work_is_due(world: &World) -> Outcome {
    let at = &world.home;
    let functions = [FUNCTION.to_owned()];
    let due = async || world.store.next_due(&world.system, &functions, None).await;
    check_eq!(due().await?, None);
    at.enqueue(NewRun { delay: Duration::from_secs(3_600), ..at.new_run("later", 0) }).await?;
    let wait_for = due().await?.ok_or_else(|| Failure::new("nothing waits"))?;
    check!(
        (Duration::from_secs(3_500)..=Duration::from_secs(3_600)).contains(&wait_for),
        "the run of an hour's delay is due in {wait_for:?}"
    );
    at.enqueue(at.new_run("now", 0)).await?;
    check_eq!(due().await?, Some(Duration::ZERO));
    check_eq!(world.store.next_due(&world.system, &[OTHER_FUNCTION.to_owned()], None).await?, None);
    // A lease may run out: a worker that waits for work must not sleep past that.
    world.claim().await?;
    let lease = due().await?.ok_or_else(|| Failure::new("nothing waits"))?;
    check!(lease > Duration::ZERO && lease <= LONG, "a lease of {LONG:?} ends in {lease:?}");
    Ok(())
}

async fn what_is_left_to_the_reaper_is_not_due(world: &World) -> Outcome {
    let at = &world.home;
    let functions = [FUNCTION.to_owned()];
    let due = async || world.store.next_due(&world.system, &functions, None).await;
    lost(world, at, 1).await?;
    check_eq!(due().await?, None);
    let cancelled = lost(world, at, 3).await?;
    world.store.heartbeat(&world.system, cancelled.id, cancelled.epoch, LONG).await?;
    check!(due().await?.is_some(), "a lease that may run out is not due");
    at.store.cancel_run(&at.scope, cancelled.id).await?;
    check_eq!(due().await?, None);
    Ok(())
}

async fn an_account_at_its_limit_is_passed_over(world: &World) -> Outcome {
    let (home, other) = (&world.home, &world.other);
    let next = async |limit: u32| world.claim_within(Some(limit), &[FUNCTION], LONG).await;
    // Whatever its function, a run under way counts.
    let function = OTHER_FUNCTION.to_owned();
    let first = world.work_on(home, NewRun { function, ..home.new_run("home 1", 0) }, LONG).await?;
    home.enqueue(NewRun { priority: 9, ..home.new_run("home 2", 0) }).await?;
    home.enqueue(home.new_run("home 3", 0)).await?;
    check_eq!(name(next(1).await?.as_ref()), "nothing");
    other.enqueue(other.new_run("other 1", 0)).await?;
    check_eq!(name(next(1).await?.as_ref()), "other 1");
    check_eq!(name(next(0).await?.as_ref()), "nothing");
    let second = next(2).await?;
    check_eq!(name(second.as_ref()), "home 2");
    check_eq!(name(next(2).await?.as_ref()), "nothing");
    // A lease that has run out counts no more, and its run is taken within the limit as well.
    let second = second.ok_or_else(|| Failure::new("nothing was claimed"))?;
    world.store.heartbeat(&world.system, second.id, second.epoch, SHORT).await?;
    wait(PAST_SHORT).await;
    check_eq!(name(next(1).await?.as_ref()), "nothing");
    check_eq!(name(next(2).await?.as_ref()), "home 2");
    check_eq!(name(next(2).await?.as_ref()), "nothing");
    first.finish(RunState::Success).await?;
    check_eq!(name(next(2).await?.as_ref()), "home 3");
    Ok(())
}

async fn what_a_limit_holds_back_is_due_when_a_lease_ends(world: &World) -> Outcome {
    let at = &world.home;
    let functions = [FUNCTION.to_owned()];
    let due = async |limit| world.store.next_due(&world.system, &functions, limit).await;
    // Nobody may take it up again, so its lease is waited for only by what it holds back.
    let first = world.work_on(at, NewRun { max_attempts: 1, ..at.new_run("one", 0) }, LONG).await?;
    check_eq!(due(Some(1)).await?, None);
    at.enqueue(at.new_run("two", 0)).await?;
    check_eq!(due(Some(2)).await?, Some(Duration::ZERO));
    let held_back = due(Some(1)).await?.ok_or_else(|| Failure::new("nothing waits"))?;
    check!(
        held_back > LONG / 2 && held_back <= LONG,
        "what a lease of {LONG:?} holds back is due in {held_back:?}"
    );
    // Neither is a run whose lease has run out due while others of its account fill the limit.
    check_eq!(name(world.claim_for(SHORT).await?.as_ref()), "two");
    at.enqueue(at.new_run("three", 0)).await?;
    wait(PAST_SHORT).await;
    let held_back = due(Some(1)).await?.ok_or_else(|| Failure::new("nothing waits"))?;
    check!(held_back > LONG / 2, "what a lease of {LONG:?} holds back is due in {held_back:?}");
    first.finish(RunState::Success).await?;
    check_eq!(due(Some(1)).await?, Some(Duration::ZERO));
    Ok(())
}

/// However a run comes to wait, the claim after it finds it, though the queue was seen to be empty before.
async fn work_is_found_after_a_queue_ran_dry(world: &World) -> Outcome {
    let at = &world.home;
    let dry = async || -> Outcome {
        check_eq!(world.claim_for(LONG).await?, None);
        world.store.reap(&world.system).await?;
        check_eq!(world.store.next_due(&world.system, &[OTHER_FUNCTION.to_owned()], None).await?, None);
        check_eq!(world.claim_for(LONG).await?, None);
        Ok(())
    };
    dry().await?;
    let work = world.work(at, 0).await?;
    dry().await?;
    work.give_back(Duration::ZERO, None).await?;
    let work = Work::of(at, &world.claim().await?);
    dry().await?;
    work.give_back(WHILE, Some(failure("overloaded"))).await?;
    dry().await?;
    wait(WHILE).await;
    let work = Work::of(at, &world.claim().await?);
    let cancelled = at.enqueue(at.new_run("cancelled", 0)).await?;
    at.store.cancel_run(&at.scope, cancelled.id).await?;
    dry().await?;
    // One that waits long does not hide one that comes later and waits less.
    at.enqueue(NewRun { delay: LONG, ..at.new_run("late", 0) }).await?;
    dry().await?;
    at.enqueue(at.new_run("now", 0)).await?;
    check_eq!(name(Some(&world.claim().await?)), "now");
    world.store.heartbeat(&world.system, work.id, work.epoch, SHORT).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.store.reap(&world.system).await?.returned, 1);
    check_eq!(world.claim().await?.id, work.id);
    Ok(())
}
