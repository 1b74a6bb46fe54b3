//! The ledger when many spend, repeat and refund at once: I1 to I8 hold, and a repeated key has one answer.

use std::collections::BTreeSet;
use std::time::Duration;

use igny8_core::credits::{Credits, Posting, TransactionType, UsageNote, verify};
use igny8_core::ids::ReservationId;
use serde_json::json;

use super::{AT_ONCE, Desk, let_through};
use crate::databases::{Database, on_each_database};

on_each_database!(
    no_more_is_held_than_there_is,
    a_key_is_used_once,
    a_hold_is_settled_once,
    no_more_is_refunded_than_was_charged,
    entries_have_an_order,
);

const HOUR: Duration = Duration::from_secs(3_600);

fn posting(transaction_type: TransactionType, amount: Credits, key: String) -> Posting {
    let description = "As tested".to_owned();
    Posting { transaction_type, amount, description, reservation: None, idempotency_key: key }
}

async fn funded(database: &impl Database, funds: Credits) -> Desk {
    let desk = Desk::open(database, "unlimited").await;
    let bought = posting(TransactionType::Purchase, funds, "funds".to_owned());
    desk.store.post(&desk.tenant.scope, bought).await.unwrap();
    desk
}

async fn sound(desk: &Desk) {
    assert_eq!(verify(&desk.store.ledger(&desk.tenant.scope).await.unwrap()), []);
}

async fn held(desk: &Desk, amount: Credits) -> ReservationId {
    desk.store.reserve(&desk.tenant.scope, "hold", amount, HOUR, "Held").await.unwrap().id
}

async fn no_more_is_held_than_there_is(database: &impl Database) {
    let desk = funded(database, 100).await;
    let answers = desk
        .at_once(|desk, number| async move {
            desk.store.reserve(&desk.tenant.scope, &format!("hold {number}"), 30, HOUR, "Held").await
        })
        .await;
    assert_eq!(let_through(&answers, "insufficient_credits"), 3);
    sound(&desk).await;
    let answers = desk
        .at_once(|desk, number| async move {
            let taken = posting(TransactionType::Adjustment, -4, format!("adjustment {number}"));
            desk.store.post(&desk.tenant.scope, taken).await
        })
        .await;
    assert_eq!(let_through(&answers, "insufficient_credits"), 2);
    sound(&desk).await;
}

async fn a_key_is_used_once(database: &impl Database) {
    let desk = funded(database, 100).await;
    let holds = desk.at_once(|desk, _| async move { held(&desk, 40).await }).await;
    assert_eq!(holds.into_iter().collect::<BTreeSet<_>>().len(), 1);
    let posted = desk
        .at_once(|desk, _| async move {
            let bought = posting(TransactionType::Purchase, 7, "again".to_owned());
            desk.store.post(&desk.tenant.scope, bought).await.unwrap().id
        })
        .await;
    assert_eq!(posted.into_iter().collect::<BTreeSet<_>>().len(), 1);
    let balance = desk.store.balance(&desk.tenant.scope).await.unwrap();
    assert_eq!((balance.balance, balance.reserved), (107, 40));
    sound(&desk).await;
}

async fn a_hold_is_settled_once(database: &impl Database) {
    let desk = funded(database, 100).await;
    let hold = held(&desk, 40).await;
    // Half of them would rather give it back: one side wins, the other is told.
    let answers = desk
        .at_once(move |desk, number| async move {
            let scope = &desk.tenant.scope;
            if number % 2 == 0 {
                let usage = UsageNote {
                    operation_type: "host_work".to_owned(),
                    cost_usd: rust_decimal::Decimal::ZERO,
                    details: json!({}),
                };
                desk.store.settle(scope, hold, 25, usage).await
            } else {
                desk.store.release(scope, hold).await
            }
        })
        .await;
    assert_eq!(let_through(&answers, "conflict"), AT_ONCE / 2);
    let balance = desk.store.balance(&desk.tenant.scope).await.unwrap();
    assert!(balance.reserved == 0 && (balance.balance == 75 || balance.balance == 100), "{balance:?}");
    sound(&desk).await;
}

async fn no_more_is_refunded_than_was_charged(database: &impl Database) {
    let desk = funded(database, 100).await;
    let hold = held(&desk, 50).await;
    let usage = UsageNote {
        operation_type: "host_work".to_owned(),
        cost_usd: rust_decimal::Decimal::ZERO,
        details: json!({}),
    };
    desk.store.settle(&desk.tenant.scope, hold, 50, usage).await.unwrap();
    let answers = desk
        .at_once(move |desk, number| async move {
            let refund = posting(TransactionType::Refund, 20, format!("refund {number}"));
            desk.store.post(&desk.tenant.scope, Posting { reservation: Some(hold), ..refund }).await
        })
        .await;
    assert_eq!(let_through(&answers, "conflict"), 2);
    sound(&desk).await;
}

async fn entries_have_an_order(database: &impl Database) {
    let desk = funded(database, 100).await;
    let answers = desk
        .at_once(|desk, number| async move {
            let bought =
                posting(TransactionType::Purchase, 1 + number as Credits, format!("purchase {number}"));
            desk.store.post(&desk.tenant.scope, bought).await
        })
        .await;
    assert_eq!(let_through(&answers, "none"), AT_ONCE);
    let entries = desk.store.ledger(&desk.tenant.scope).await.unwrap().transactions;
    assert_eq!(entries.len(), AT_ONCE + 1);
    // What is entered later is dated later: the time is read when the turn has come.
    assert!(entries.is_sorted_by_key(|entry| entry.created_at), "{entries:#?}");
    sound(&desk).await;
}
