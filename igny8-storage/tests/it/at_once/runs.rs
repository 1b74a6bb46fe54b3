//! Runs when many start, claim, end and reap them at once: no run is started, taken or ended twice.

use std::collections::BTreeSet;
use std::time::Duration;

use igny8_core::credits::{Posting, TransactionType, verify};
use igny8_core::runs::{Announced, Finish, NewRun, PlannedItem, Progress, RunState};
use igny8_core::runs::{Changeset, ItemCommit, ItemOutcome};
use igny8_core::testing::{Tenant, system_scope};
use serde_json::json;
use uuid::Uuid;

use super::{AT_ONCE, Desk, let_through};
use crate::databases::{Database, on_each_database};
use crate::work::{claim, claim_within, new_run};

on_each_database!(
    a_key_starts_one_run,
    a_row_is_worked_on_by_one_run,
    announced_work_keeps_within_the_plan,
    a_run_is_claimed_once,
    claims_keep_within_an_accounts_limit,
    a_run_that_comes_while_the_queue_runs_dry_is_found,
    one_tenants_backlog_does_not_hold_up_another,
    a_run_ends_once,
);

const LONG: Duration = Duration::from_secs(600);

async fn funded(database: &impl Database) -> Desk {
    let desk = Desk::open(database, "free").await;
    let bought = Posting {
        transaction_type: TransactionType::Purchase,
        amount: 1_000,
        description: "Funds".to_owned(),
        reservation: None,
        idempotency_key: "funds".to_owned(),
    };
    desk.store.post(&desk.tenant.scope, bought).await.unwrap();
    desk
}

async fn a_key_starts_one_run(database: &impl Database) {
    let desk = funded(database).await;
    let answers = desk
        .at_once(|desk, _| async move {
            let run =
                NewRun { idempotency_key: Some("once".to_owned()), reserve: 10, ..new_run(&desk.tenant) };
            desk.store.enqueue(&desk.tenant.scope, run).await.unwrap()
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert_eq!(answers.iter().map(|answer| answer.run.id).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(desk.store.balance(&desk.tenant.scope).await.unwrap().reserved, 10);
}

async fn a_row_is_worked_on_by_one_run(database: &impl Database) {
    let desk = funded(database).await;
    let subject = Uuid::now_v7();
    let answers = desk
        .at_once(move |desk, _| async move {
            let run =
                NewRun { subjects: vec![subject, Uuid::now_v7()], reserve: 10, ..new_run(&desk.tenant) };
            desk.store.enqueue(&desk.tenant.scope, run).await
        })
        .await;
    assert_eq!(let_through(&answers, "conflict"), 1);
    assert_eq!(desk.store.balance(&desk.tenant.scope).await.unwrap().reserved, 10);
}

/// The free plan has 30 requests a day.
async fn announced_work_keeps_within_the_plan(database: &impl Database) {
    let desk = funded(database).await;
    let answers = desk
        .at_once(|desk, _| async move {
            let announced = Announced { ai_requests: 4, ..Announced::default() };
            let run = NewRun { announced, reserve: 1, ..new_run(&desk.tenant) };
            desk.store.enqueue(&desk.tenant.scope, run).await
        })
        .await;
    let allowed = desk.store.plan_of(&desk.tenant.scope).await.unwrap().max_ai_requests_per_day.unwrap();
    assert_eq!(let_through(&answers, "plan_limit") as u64, allowed / 4);
}

async fn a_run_is_claimed_once(database: &impl Database) {
    const RUNS: usize = 60;
    let desk = funded(database).await;
    let other = Tenant::open(desk.store.as_ref(), "bonobo", "unlimited").await.unwrap();
    for number in 0..RUNS {
        let tenant = if number % 3 == 0 { &other } else { &*desk.tenant };
        desk.store.enqueue(&tenant.scope, new_run(tenant)).await.unwrap();
    }
    let shares = desk
        .at_once(|desk, _| async move {
            let mut taken = Vec::new();
            while let Some(run) = claim(desk.store.as_ref(), LONG).await.unwrap() {
                taken.push((run.id, run.epoch, run.attempts));
            }
            taken
        })
        .await;
    let taken: Vec<_> = shares.concat();
    assert_eq!(taken.len(), RUNS);
    assert_eq!(taken.iter().map(|(id, ..)| *id).collect::<BTreeSet<_>>().len(), RUNS);
    assert!(taken.iter().all(|(_, epoch, attempts)| (*epoch, *attempts) == (1, 1)));
}

async fn claims_keep_within_an_accounts_limit(database: &impl Database) {
    const LIMIT: u32 = 5;
    let desk = funded(database).await;
    let other = Tenant::open(desk.store.as_ref(), "bonobo", "unlimited").await.unwrap();
    for _ in 0..30 {
        for tenant in [&*desk.tenant, &other] {
            desk.store.enqueue(&tenant.scope, new_run(tenant)).await.unwrap();
        }
    }
    let shares = desk
        .at_once(|desk, _| async move {
            let mut taken = Vec::new();
            for _ in 0..20 {
                let run = claim_within(desk.store.as_ref(), Some(LIMIT), LONG).await.unwrap();
                taken.extend(run.map(|run| run.tenant.account()));
            }
            taken
        })
        .await
        .concat();
    for tenant in [&*desk.tenant, &other] {
        let taken = shares.iter().filter(|account| **account == tenant.home.account).count();
        assert_eq!(taken, LIMIT as usize, "of {shares:?}");
    }
}

/// Some start a run and some take the last one at the same moment: none is left behind.
async fn a_run_that_comes_while_the_queue_runs_dry_is_found(database: &impl Database) {
    const RUNS: usize = 20;
    let desk = funded(database).await;
    let shares = desk
        .at_once(|desk, number| async move {
            let mut taken = 0;
            for _ in 0..RUNS {
                if number % 2 == 0 {
                    desk.store.enqueue(&desk.tenant.scope, new_run(&desk.tenant)).await.unwrap();
                } else {
                    taken += usize::from(claim(desk.store.as_ref(), LONG).await.unwrap().is_some());
                }
            }
            taken
        })
        .await;
    let mut taken: usize = shares.iter().sum();
    while claim(desk.store.as_ref(), LONG).await.unwrap().is_some() {
        taken += 1;
    }
    assert_eq!(taken, RUNS * AT_ONCE / 2);
}

async fn one_tenants_backlog_does_not_hold_up_another(database: &impl Database) {
    let desk = funded(database).await;
    let other = Tenant::open(desk.store.as_ref(), "bonobo", "unlimited").await.unwrap();
    for _ in 0..80 {
        desk.store.enqueue(&desk.tenant.scope, new_run(&desk.tenant)).await.unwrap();
    }
    claim(desk.store.as_ref(), LONG).await.unwrap().unwrap();
    desk.store.enqueue(&other.scope, new_run(&other)).await.unwrap();
    // Whoever asks at the same moment may still get one of the first's, but nobody asks twice without the second's turn.
    let taken =
        desk.at_once(|desk, _| async move { claim(desk.store.as_ref(), LONG).await.unwrap().unwrap() }).await;
    let accounts: Vec<_> = taken.iter().map(|run| run.tenant.account()).collect();
    assert!(accounts.contains(&other.home.account), "{accounts:?}");
}

/// Its lease has run out, so a late worker, new workers, the reaper and its tenant all reach for it.
async fn a_run_ends_once(database: &impl Database) {
    let desk = funded(database).await;
    for round in 0..6 {
        let run = desk
            .store
            .enqueue(&desk.tenant.scope, NewRun { reserve: 30, ..new_run(&desk.tenant) })
            .await
            .unwrap()
            .run;
        let held = claim(desk.store.as_ref(), Duration::from_millis(40)).await.unwrap().unwrap();
        assert_eq!(held.id, run.id);
        let items = vec![PlannedItem { key: "a".to_owned(), label: "A".to_owned(), input: json!({}) }];
        desk.store.plan_items(&desk.tenant.scope, run.id, held.epoch, items).await.unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        let (id, epoch) = (run.id, held.epoch);
        let taken_over: Vec<bool> = desk
            .at_once(move |desk, number| async move {
                let scope = &desk.tenant.scope;
                match number % 4 {
                    0 => {
                        let outcome =
                            ItemOutcome::Done { changes: Changeset::new(), credits: 7, result: json!({}) };
                        let item = ItemCommit { key: "a".to_owned(), outcome, progress: Progress::default() };
                        drop(desk.store.commit_item(scope, id, epoch, item).await);
                        let finish = Finish {
                            state: RunState::Success,
                            result: json!({}),
                            error: None,
                            progress: Progress::default(),
                        };
                        drop(desk.store.finish_run(scope, id, epoch, finish).await);
                        false
                    }
                    1 => claim(desk.store.as_ref(), LONG).await.unwrap().is_some_and(|run| run.id == id),
                    2 => {
                        desk.store.reap(&system_scope()).await.unwrap();
                        false
                    }
                    _ => {
                        desk.store.cancel_run(scope, id).await.unwrap();
                        false
                    }
                }
            })
            .await;
        let takers = taken_over.iter().filter(|taken| **taken).count();
        assert!(takers <= 1, "round {round}: {takers} workers have the run");
        let now = desk.store.get_run(&desk.tenant.scope, id).await.unwrap();
        // Taken over means that nobody else's write counts: it is unfinished, and asked to stop at most.
        assert!(now.state.is_finished() || takers == 1, "round {round}: {now:?}");
        if takers == 1 && !now.state.is_finished() {
            let finish = Finish {
                state: RunState::Revoked,
                result: json!({}),
                error: None,
                progress: Progress::default(),
            };
            desk.store.finish_run(&desk.tenant.scope, id, now.epoch, finish).await.unwrap();
        }
        assert_eq!(verify(&desk.store.ledger(&desk.tenant.scope).await.unwrap()), [], "round {round}");
    }
    assert_eq!(desk.store.balance(&desk.tenant.scope).await.unwrap().reserved, 0);
    assert_eq!(AT_ONCE % 4, 0);
}
