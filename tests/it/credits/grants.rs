//! The plan's credits come once a month, whoever looks for them and however often.

use chrono::TimeDelta;
use futures_util::future::join_all;
use igny8_core::credits::TransactionType;
use igny8_core::runs::WorkerConfig;
use igny8_core::tenancy::AccountChange;
use igny8_tests::Desk;
use igny8_tests::desk::brisk;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_month_is_granted_once_across_workers_and_restarts() {
    let desk = Desk::on_file(|builder| builder).await;
    let place = desk.place();
    assert_eq!(desk.balance().await.balance, 5_000);
    for month in 1..=4_i64 {
        if month > 1 {
            desk.clock.advance(TimeDelta::days(31));
        }
        // Twice four workers at once, each as good as a process of its own; each looks for grants before it stops.
        for _ in 0..2 {
            join_all((0..4).map(|_| {
                let place = place.clone();
                tokio::spawn(async move {
                    let igny8 = place.open(|builder| builder).await;
                    igny8.spawn_worker(WorkerConfig { run_forever: false, ..brisk() }).finished().await;
                })
            }))
            .await
            .into_iter()
            .for_each(|worker| worker.unwrap());
        }
        assert_eq!(desk.balance().await.balance, 5_000 * month, "month {month}");
    }
    let entries = desk.transactions().await;
    let keys: Vec<&str> = entries.iter().map(|entry| entry.idempotency_key.as_str()).collect();
    assert_eq!(keys, ["grant:2026-06", "grant:2026-05", "grant:2026-04", "grant:2026-03"]);
    assert!(entries.iter().all(|entry| entry.transaction_type == TransactionType::Purchase));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_plan_changed_within_the_month_is_granted_from_the_next() {
    let desk = Desk::in_memory(|builder| builder).await;
    let scale = desk.igny8.plans().await.unwrap().into_iter().find(|plan| plan.slug == "scale").unwrap();
    let change = AccountChange { plan: Some(scale.id), ..AccountChange::default() };
    desk.igny8.change_account(desk.home.account, change).await.unwrap();
    let once = WorkerConfig { run_forever: false, ..brisk() };
    desk.igny8.spawn_worker(once.clone()).finished().await;
    assert_eq!(desk.balance().await.balance, 5_000);
    desk.clock.advance(TimeDelta::days(31));
    desk.igny8.spawn_worker(once).finished().await;
    assert_eq!(desk.balance().await.balance, 35_000);
    desk.assert_ledger_sound().await;
}
