//! The ledger: every operation is one commit, a no-op when its key is repeated, and never takes what is not there.
//! What these cases leave behind is verified entry by entry when they end.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;

use crate::credits::{
    Credits, Posting, ReservationState, TransactionFilter, TransactionType, UsageFilter, UsageNote, verify,
};
use crate::error::Error;
use crate::ids::{ReservationId, RunId};
use crate::paging::{ListQuery, Page};
use crate::runs::{Changeset, RunState};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused, wait};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::usage_of;
use crate::testing::world::{FUNCTION, FUNDS, PAST_SHORT, SHORT, Workplace, World};

cases! { "billing":
    a_reservation_is_held_and_not_spent,
    a_key_reserves_once,
    more_than_is_available_is_not_reserved,
    settling_charges_what_was_used_and_frees_the_rest,
    settling_charges_at_most_what_is_held,
    settling_twice_charges_once,
    a_charge_holds_and_settles_once,
    more_than_is_available_is_not_charged,
    releasing_charges_nothing,
    a_hold_of_a_run_is_the_runs_own,
    a_hold_past_its_expiry_is_given_back,
    a_posting_is_written_once,
    a_refund_gives_back_at_most_what_was_charged,
    an_adjustment_takes_at_most_what_is_available,
    usage_is_not_posted,
    entries_are_listed_newest_first_by_each_filter,
    usage_is_listed_and_summed_by_day,
    the_snapshot_is_the_whole_ledger,
    a_reservation_that_is_not_there_is_not_found,
}

/// Balance and held credits.
async fn figures(at: &Workplace) -> Outcome<(Credits, Credits)> {
    let balance = at.balance().await?;
    check_eq!(balance.available(), balance.balance - balance.reserved);
    Ok((balance.balance, balance.reserved))
}

fn posting(transaction_type: TransactionType, amount: Credits, key: &str) -> Posting {
    Posting {
        transaction_type,
        amount,
        description: format!("Posted as {key}"),
        reservation: None,
        idempotency_key: key.to_owned(),
    }
}

fn refund(reservation: ReservationId, amount: Credits, key: &str) -> Posting {
    Posting { reservation: Some(reservation), ..posting(TransactionType::Refund, amount, key) }
}

async fn a_reservation_is_held_and_not_spent(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(figures(at).await?, (FUNDS, 0));
    let held = at.reserve("one", 40).await?;
    check_eq!((held.amount, held.settled, held.state), (40, None, ReservationState::Held));
    check_eq!((held.run, held.idempotency_key.as_str()), (None, "one"));
    check!(held.expires_at > held.created_at, "it expires at once");
    check_eq!(figures(at).await?, (FUNDS, 40));
    check_eq!(figures(&world.other).await?, (FUNDS, 0));
    for amount in [0, -5] {
        let refused = at.store.reserve(&at.scope, "none", amount, Duration::from_secs(60), "Nothing").await;
        check_refused!(refused, Error::Invalid { .. });
    }
    Ok(())
}

async fn a_key_reserves_once(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    check_eq!(at.reserve("one", 40).await?.id, held.id);
    let other_amount = at.store.reserve(&at.scope, "one", 41, Duration::from_secs(60), "Another").await;
    check_refused!(other_amount, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS, 40));
    at.store.release(&at.scope, held.id).await?;
    let again = at.reserve("one", 40).await?;
    check_eq!((again.id, again.state), (held.id, ReservationState::Released));
    check!(world.other.reserve("one", 40).await?.id != held.id, "the key of one tenant is another's");
    check_eq!(figures(at).await?, (FUNDS, 0));
    Ok(())
}

async fn more_than_is_available_is_not_reserved(world: &World) -> Outcome {
    let at = &world.home;
    at.reserve("most", FUNDS - 10).await?;
    let refused = at.store.reserve(&at.scope, "more", 11, Duration::from_secs(60), "Too much").await;
    check_refused!(refused, Error::InsufficientCredits { needed: 11, available: 10 });
    at.reserve("rest", 10).await?;
    check_eq!(figures(at).await?, (FUNDS, FUNDS));
    Ok(())
}

async fn settling_charges_what_was_used_and_frees_the_rest(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    let settled = at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?;
    check_eq!((settled.id, settled.state, settled.settled), (held.id, ReservationState::Settled, Some(15)));
    check_eq!(figures(at).await?, (FUNDS - 15, 0));
    let ledger = at.store.ledger(&at.scope).await?;
    let charges: Vec<(Credits, Credits)> = ledger
        .transactions
        .iter()
        .filter(|entry| {
            entry.transaction_type == TransactionType::Usage && entry.reservation == Some(held.id)
        })
        .map(|entry| (entry.amount, entry.balance_after))
        .collect();
    check_eq!(charges, [(-15, FUNDS - 15)]);
    let usage: Vec<_> = ledger.usage.iter().map(|entry| (entry.credits_used, entry.cost_usd)).collect();
    check_eq!(usage, [(15, Decimal::new(125, 3))]);
    for nothing in [0, -1] {
        let other = at.reserve(&format!("other {nothing}"), 5).await?;
        let refused = at.store.settle(&at.scope, other.id, nothing, usage_of("host_work")).await;
        check_refused!(refused, Error::Invalid { .. });
    }
    Ok(())
}

async fn settling_charges_at_most_what_is_held(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    let settled = at.store.settle(&at.scope, held.id, 47, usage_of("host_work")).await?;
    check_eq!(settled.settled, Some(40));
    let usage = at.store.ledger(&at.scope).await?.usage;
    check_eq!(usage.iter().map(|entry| (entry.credits_used, entry.overrun)).collect::<Vec<_>>(), [(40, 7)]);
    check_eq!(at.store.settle(&at.scope, held.id, 41, usage_of("host_work")).await?, settled);
    check_eq!(figures(at).await?, (FUNDS - 40, 0));
    Ok(())
}

async fn settling_twice_charges_once(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    let settled = at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?;
    check_eq!(at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?, settled);
    let other_amount = at.store.settle(&at.scope, held.id, 16, usage_of("host_work")).await;
    check_refused!(other_amount, Error::Conflict { .. });
    check_refused!(at.store.release(&at.scope, held.id).await, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS - 15, 0));
    check_eq!(at.store.ledger(&at.scope).await?.usage.len(), 1);
    Ok(())
}

async fn a_charge_holds_and_settles_once(world: &World) -> Outcome {
    let at = &world.home;
    let charge =
        |key: &'static str, amount| at.store.charge(&at.scope, key, amount, "Done", usage_of("host_work"));
    let charged = charge("one", 15).await?;
    check_eq!((charged.amount, charged.settled, charged.state), (15, Some(15), ReservationState::Settled));
    check_eq!(figures(at).await?, (FUNDS - 15, 0));
    // However late it is repeated: what it held has long been settled.
    wait(PAST_SHORT).await;
    world.store.reap(&world.system).await?;
    check_eq!(charge("one", 15).await?, charged);
    check_refused!(charge("one", 16).await, Error::Conflict { .. });
    at.reserve("held", 15).await?;
    check_refused!(charge("held", 15).await, Error::Conflict { .. });
    check_refused!(charge("nothing", 0).await, Error::Invalid { .. });
    check_eq!(figures(at).await?, (FUNDS - 15, 15));
    let usage = at.store.ledger(&at.scope).await?.usage;
    check_eq!(usage.iter().map(|entry| (entry.credits_used, entry.overrun)).collect::<Vec<_>>(), [(15, 0)]);
    Ok(())
}

async fn more_than_is_available_is_not_charged(world: &World) -> Outcome {
    let at = &world.home;
    at.reserve("most", FUNDS - 10).await?;
    let refused = at.store.charge(&at.scope, "more", 11, "Too much", usage_of("host_work")).await;
    check_refused!(refused, Error::InsufficientCredits { needed: 11, available: 10 });
    check_eq!(figures(at).await?, (FUNDS, FUNDS - 10));
    Ok(())
}

async fn releasing_charges_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    let released = at.store.release(&at.scope, held.id).await?;
    check_eq!((released.state, released.settled), (ReservationState::Released, None));
    check_eq!(at.store.release(&at.scope, held.id).await?, released);
    let settled = at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await;
    check_refused!(settled, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS, 0));
    check_eq!(at.store.ledger(&at.scope).await?.transactions.len(), 1);
    Ok(())
}

async fn a_hold_of_a_run_is_the_runs_own(world: &World) -> Outcome {
    let at = &world.home;
    let work = world.work(at, 30).await?;
    let ledger = at.store.ledger(&at.scope).await?;
    let own: Vec<_> = ledger.reservations.iter().filter(|held| held.run == Some(work.id)).collect();
    let [held] = own.as_slice() else {
        return Err(crate::testing::check::Failure::new(format!("the run holds {own:?}")));
    };
    check_eq!((held.amount, held.state), (30, ReservationState::Held));
    let settled = at.store.settle(&at.scope, held.id, 30, usage_of(FUNCTION)).await;
    check_refused!(settled, Error::Conflict { .. });
    check_refused!(at.store.release(&at.scope, held.id).await, Error::Conflict { .. });
    check_eq!(figures(at).await?, (FUNDS, 30));
    work.finish(RunState::Success).await?;
    check_eq!(figures(at).await?, (FUNDS, 0));
    Ok(())
}

async fn a_hold_past_its_expiry_is_given_back(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.store.reserve(&at.scope, "short", 40, SHORT, "Held briefly").await?;
    let lasting = at.reserve("lasting", 5).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.store.reap(&world.system).await?.expired_reservations, 1);
    check_eq!(figures(at).await?, (FUNDS, 5));
    let again = at.reserve("short", 40).await?;
    check_eq!((again.id, again.state), (held.id, ReservationState::Released));
    check_eq!(world.store.reap(&world.system).await?.expired_reservations, 0);
    check_eq!(at.reserve("lasting", 5).await?.state, lasting.state);
    Ok(())
}

async fn a_posting_is_written_once(world: &World) -> Outcome {
    let at = &world.home;
    let bought = posting(TransactionType::Purchase, 250, "order-1");
    let entry = at.store.post(&at.scope, bought.clone()).await?;
    check_eq!((entry.amount, entry.balance_after, entry.seq), (250, FUNDS + 250, 2));
    check_eq!(entry.description, bought.description);
    check_eq!(at.store.post(&at.scope, bought).await?, entry);
    for other in [
        posting(TransactionType::Purchase, 251, "order-1"),
        posting(TransactionType::Adjustment, 250, "order-1"),
    ] {
        check_refused!(at.store.post(&at.scope, other).await, Error::Conflict { .. });
    }
    for nothing in [0, -250] {
        let refused = at.store.post(&at.scope, posting(TransactionType::Purchase, nothing, "order-2")).await;
        check_refused!(refused, Error::Invalid { .. });
    }
    check_eq!(figures(at).await?, (FUNDS + 250, 0));
    Ok(())
}

async fn a_refund_gives_back_at_most_what_was_charged(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    check_refused!(at.store.post(&at.scope, refund(held.id, 1, "early")).await, Error::Conflict { .. });
    at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?;
    let first = at.store.post(&at.scope, refund(held.id, 10, "first")).await?;
    check_eq!((first.amount, first.balance_after, first.reservation), (10, FUNDS - 5, Some(held.id)));
    check_eq!(at.store.post(&at.scope, refund(held.id, 10, "first")).await?, first);
    check_refused!(at.store.post(&at.scope, refund(held.id, 6, "second")).await, Error::Conflict { .. });
    at.store.post(&at.scope, refund(held.id, 5, "third")).await?;
    let nowhere = at.store.post(&at.scope, refund(ReservationId::new(), 1, "fourth")).await;
    check_refused!(nowhere, Error::NotFound { .. });
    let of_nothing = at.store.post(&at.scope, posting(TransactionType::Refund, 1, "fifth")).await;
    check_refused!(of_nothing, Error::Invalid { .. });
    check_eq!(figures(at).await?, (FUNDS, 0));
    Ok(())
}

async fn an_adjustment_takes_at_most_what_is_available(world: &World) -> Outcome {
    let at = &world.home;
    at.reserve("one", 40).await?;
    let adjust = |amount, key| at.store.post(&at.scope, posting(TransactionType::Adjustment, amount, key));
    check_refused!(
        adjust(-(FUNDS - 39), "too-much").await,
        Error::InsufficientCredits { available: 960, .. }
    );
    check_refused!(adjust(0, "nothing").await, Error::Invalid { .. });
    check_eq!(adjust(-(FUNDS - 40), "down").await?.balance_after, 40);
    check_eq!(adjust(7, "up").await?.balance_after, 47);
    check_eq!(figures(at).await?, (47, 40));
    Ok(())
}

async fn usage_is_not_posted(world: &World) -> Outcome {
    let at = &world.home;
    let refused = at.store.post(&at.scope, posting(TransactionType::Usage, -5, "by-hand")).await;
    check_refused!(refused, Error::Invalid { .. });
    check_eq!(figures(at).await?, (FUNDS, 0));
    Ok(())
}

async fn entries_are_listed_newest_first_by_each_filter(world: &World) -> Outcome {
    let at = &Workplace::open(&world.store, "curlew", "unlimited").await?;
    let funds = at.store.ledger(&at.scope).await?.transactions;
    let held = at.reserve("one", 40).await?;
    at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?;
    at.store.post(&at.scope, refund(held.id, 5, "back")).await?;
    let last = at.store.post(&at.scope, posting(TransactionType::Adjustment, 3, "correction")).await?;
    let keys: Vec<String> = at
        .store
        .ledger(&at.scope)
        .await?
        .transactions
        .iter()
        .rev()
        .map(|entry| entry.idempotency_key.clone())
        .collect();
    check_eq!(keys.len(), funds.len() + 3);
    check_eq!(listed!(at.transactions, ListQuery::<TransactionFilter, ()>::default()), keys);
    let of = |transaction_type| TransactionFilter {
        transaction_type: Some(transaction_type),
        ..TransactionFilter::default()
    };
    let refunds: ListQuery<TransactionFilter, ()> = ListQuery::filtered(of(TransactionType::Refund));
    check_eq!(listed!(at.transactions, refunds), ["back"]);
    let before: ListQuery<TransactionFilter, ()> = ListQuery::filtered(TransactionFilter {
        to: funds.first().map(|first| first.created_at),
        ..TransactionFilter::default()
    });
    check_eq!(listed!(at.transactions, before).len(), 0);
    let after: ListQuery<TransactionFilter, ()> = ListQuery::filtered(TransactionFilter {
        from: Some(last.created_at + Duration::from_secs(1)),
        ..TransactionFilter::default()
    });
    check_eq!(listed!(at.transactions, after).len(), 0);
    Ok(())
}

async fn usage_is_listed_and_summed_by_day(world: &World) -> Outcome {
    let at = &world.home;
    for (key, actual, operation) in [("a", 10, "first"), ("b", 20, "second"), ("c", 5, "first")] {
        let held = at.reserve(key, 40).await?;
        let usage = UsageNote { details: json!({"models": [operation]}), ..usage_of(operation) };
        at.store.settle(&at.scope, held.id, actual, usage).await?;
    }
    let work = world.work(at, 30).await?;
    work.plan(&["only"]).await?;
    work.done("only", 12, Changeset::new()).await?;
    work.finish(RunState::Success).await?;
    let all: ListQuery<UsageFilter, ()> = ListQuery::default();
    check_eq!(sorted(listed!(at.usage, all)), [FUNCTION, "first", "first", "second"]);
    let first = UsageFilter { operation_type: Some("first".to_owned()), ..UsageFilter::default() };
    let firsts: ListQuery<UsageFilter, ()> = ListQuery::filtered(first.clone());
    check_eq!(listed!(at.usage, firsts), ["first", "first"]);
    let of_run = UsageFilter { run: Some(work.id), ..UsageFilter::default() };
    let of_run: ListQuery<UsageFilter, ()> = ListQuery::filtered(of_run).page(Page::first(10));
    let entries = at.store.usage(&at.scope, &of_run).await?.items;
    let entries: Vec<_> =
        entries.iter().map(|entry| (entry.operation_type.as_str(), entry.credits_used, entry.run)).collect();
    check_eq!(entries, [(FUNCTION, 12, Some(work.id))]);
    let nobody = UsageFilter { run: Some(RunId::new()), ..UsageFilter::default() };
    check_eq!(at.store.usage_summary(&at.scope, &nobody).await?, []);

    // A day may end meanwhile, so the rows are added up over days.
    let summary = at.store.usage_summary(&at.scope, &UsageFilter::default()).await?;
    let sum = |operation: &str| {
        let rows = summary.iter().filter(|row| row.operation_type == operation);
        rows.fold((0, 0, Decimal::ZERO), |sum, row| {
            (sum.0 + row.count, sum.1 + row.credits_used, sum.2 + row.cost_usd)
        })
    };
    check_eq!(sum("first"), (2, 15, Decimal::new(25, 2)));
    check_eq!(sum("second"), (1, 20, Decimal::new(125, 3)));
    check_eq!(sum(FUNCTION).1, 12);
    for row in &summary {
        let models =
            if row.operation_type == FUNCTION { Vec::new() } else { vec![row.operation_type.clone()] };
        check_eq!(row.models, models);
    }
    let firsts = at.store.usage_summary(&at.scope, &first).await?;
    check_eq!(firsts.iter().map(|row| row.credits_used).sum::<Credits>(), 15);
    Ok(())
}

async fn the_snapshot_is_the_whole_ledger(world: &World) -> Outcome {
    let at = &world.home;
    let held = at.reserve("one", 40).await?;
    at.store.settle(&at.scope, held.id, 15, usage_of("host_work")).await?;
    let work = world.work(at, 30).await?;
    let ledger = at.store.ledger(&at.scope).await?;
    check_eq!(verify(&ledger), []);
    check_eq!((ledger.balance.balance, ledger.balance.reserved), (FUNDS - 15, 30));
    check_eq!((ledger.transactions.len(), ledger.reservations.len(), ledger.usage.len()), (2, 2, 1));
    check_eq!(ledger.transactions.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2]);
    let runs: Vec<_> = ledger.runs.iter().map(|run| (run.run, run.state, run.items)).collect();
    check_eq!(runs, [(work.id, RunState::Progress, 0)]);
    let accounts = ledger.transactions.iter().map(|entry| entry.tenant.account());
    check!(accounts.into_iter().all(|account| account == at.account), "another tenant's entries are in it");
    Ok(())
}

async fn a_reservation_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, ReservationId::new());
    let of_other = world.other.reserve("one", 40).await?.id;
    for id in [nowhere, of_other] {
        let settled = at.store.settle(&at.scope, id, 1, usage_of("host_work")).await;
        check_refused!(settled, Error::NotFound { .. });
        check_refused!(at.store.release(&at.scope, id).await, Error::NotFound { .. });
        check_refused!(at.store.post(&at.scope, refund(id, 1, "back")).await, Error::NotFound { .. });
    }
    Ok(())
}
