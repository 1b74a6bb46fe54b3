//! The credit service as a host's own code uses it: each operation once by its key, and only for those who may.

use chrono::TimeDelta;
use igny8_core::Error;
use igny8_core::credits::{CreditService, ReservationState, TransactionType, UsageNote};
use igny8_core::runs::WorkerConfig;
use igny8_core::tenancy::{Role, TenantScope};
use igny8_core::testing::scope_for;
use igny8_tests::Desk;
use igny8_tests::desk::brisk;
use rust_decimal::Decimal;
use serde_json::json;

/// The credits that a new desk has.
const GRANTED: i64 = 5_000;

/// Somebody of this role at the desk's account.
fn scope_of(desk: &Desk, role: Role) -> TenantScope {
    scope_for(desk.home.account, Some(desk.home.owner.id), role, None)
}

fn credits_of(desk: &Desk, role: Role) -> CreditService {
    desk.igny8.credits(&scope_of(desk, role))
}

fn note() -> UsageNote {
    UsageNote {
        operation_type: "translation".to_owned(),
        cost_usd: Decimal::new(2, 2),
        details: json!({ "pages": 3 }),
    }
}

async fn figures(desk: &Desk) -> (i64, i64) {
    let balance = desk.balance().await;
    (balance.balance, balance.reserved)
}

fn assert_forbidden<T: std::fmt::Debug>(answer: &Result<T, Error>) {
    assert!(matches!(answer, Err(Error::Forbidden { .. })), "{answer:?}");
}

#[tokio::test]
async fn checking_tells_whether_so_much_could_be_held() {
    let desk = Desk::in_memory(|builder| builder).await;
    let credits = desk.igny8.credits(&desk.scope);
    credits.check(GRANTED).await.unwrap();
    credits.reserve("some", 1_000, "Held").await.unwrap();
    let refused = credits.check(GRANTED).await;
    assert!(
        matches!(refused, Err(Error::InsufficientCredits { needed: GRANTED, available: 4_000 })),
        "{refused:?}"
    );
    assert_eq!(figures(&desk).await, (GRANTED, 1_000), "checking changes nothing");
}

#[tokio::test]
async fn a_reservation_is_settled_or_released_once() {
    let desk = Desk::in_memory(|builder| builder).await;
    let credits = desk.igny8.credits(&desk.scope);
    let held = credits.reserve("job-1", 40, "Translation").await.unwrap();
    assert_eq!(credits.reserve("job-1", 40, "Translation").await.unwrap(), held);
    let other = credits.reserve("job-1", 41, "Translation").await;
    assert!(matches!(other, Err(Error::Conflict { .. })), "{other:?}");
    for amount in [0, -3] {
        assert!(matches!(credits.reserve("none", amount, "Nothing").await, Err(Error::Invalid(_))));
    }
    assert_eq!(figures(&desk).await, (GRANTED, 40));

    let settled = credits.settle(held.id, 15, note()).await.unwrap();
    assert_eq!((settled.state, settled.settled), (ReservationState::Settled, Some(15)));
    assert_eq!(credits.settle(held.id, 15, note()).await.unwrap(), settled);
    assert!(matches!(credits.settle(held.id, 16, note()).await, Err(Error::Conflict { .. })));
    assert!(matches!(credits.release(held.id).await, Err(Error::Conflict { .. })));
    assert_eq!(figures(&desk).await, (GRANTED - 15, 0));

    let unused = credits.reserve("job-2", 40, "Translation").await.unwrap();
    let released = credits.release(unused.id).await.unwrap();
    assert_eq!(credits.release(unused.id).await.unwrap(), released);
    let nothing = credits.reserve("job-3", 40, "Translation").await.unwrap();
    assert_eq!(credits.settle(nothing.id, 0, note()).await.unwrap().state, ReservationState::Released);
    assert_eq!(figures(&desk).await, (GRANTED - 15, 0));
    let usage = desk.usage().await;
    assert_eq!((usage.len(), usage[0].credits_used, usage[0].overrun), (1, 15, 0));
    assert_eq!(
        (usage[0].operation_type.as_str(), &usage[0].details),
        ("translation", &json!({ "pages": 3 }))
    );
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn work_past_its_hold_is_the_platforms_cost_and_recorded() {
    let desk = Desk::in_memory(|builder| builder).await;
    let credits = desk.igny8.credits(&desk.scope);
    let held = credits.reserve("job-1", 40, "Translation").await.unwrap();
    assert_eq!(credits.settle(held.id, 55, note()).await.unwrap().settled, Some(40));
    let usage = desk.usage().await;
    assert_eq!((usage[0].credits_used, usage[0].overrun), (40, 15));
    assert_eq!(figures(&desk).await, (GRANTED - 40, 0));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_deduction_is_made_once_however_late_it_is_repeated() {
    let desk = Desk::in_memory(|builder| builder).await;
    let credits = desk.igny8.credits(&desk.scope);
    let deduct = async |amount| credits.deduct("page-1", amount, "A page", note()).await;
    let first = deduct(7).await.unwrap();
    assert_eq!((first.state, first.settled), (ReservationState::Settled, Some(7)));
    assert_eq!(deduct(7).await.unwrap(), first);
    // Past the hour that a hold would have lasted, and past the reaper.
    desk.clock.advance(TimeDelta::hours(2));
    desk.igny8.spawn_worker(WorkerConfig { run_forever: false, ..brisk() }).finished().await;
    assert_eq!(deduct(7).await.unwrap(), first);
    assert!(matches!(deduct(8).await, Err(Error::Conflict { .. })));
    assert!(matches!(deduct(0).await, Err(Error::Invalid(_))));
    let too_much = credits.deduct("page-2", GRANTED, "All", note()).await;
    assert!(matches!(too_much, Err(Error::InsufficientCredits { available: 4_993, .. })), "{too_much:?}");
    assert_eq!(figures(&desk).await, (GRANTED - 7, 0));
    assert_eq!(desk.usage().await.len(), 1);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn credits_are_added_refunded_and_adjusted_once_by_their_key() {
    let desk = Desk::in_memory(|builder| builder).await;
    let operator = credits_of(&desk, Role::Developer);
    let bought = operator.add("order-1", 100, "A hundred").await.unwrap();
    assert_eq!((bought.transaction_type, bought.balance_after), (TransactionType::Purchase, GRANTED + 100));
    assert_eq!(operator.add("order-1", 100, "A hundred").await.unwrap(), bought);
    assert!(matches!(operator.add("order-1", 101, "More").await, Err(Error::Conflict { .. })));
    assert!(matches!(operator.add("order-2", 0, "Nothing").await, Err(Error::Invalid(_))));

    let spent = operator.deduct("page-1", 30, "A page", note()).await.unwrap();
    let back = operator.refund("complaint-1", spent.id, 20, "Half a page was blank").await.unwrap();
    assert_eq!((back.transaction_type, back.reservation), (TransactionType::Refund, Some(spent.id)));
    assert_eq!(operator.refund("complaint-1", spent.id, 20, "Again").await.unwrap(), back);
    let past = operator.refund("complaint-2", spent.id, 11, "More than it cost").await;
    assert!(matches!(past, Err(Error::Conflict { .. })), "{past:?}");

    let down = operator.adjust("correction-1", -50, "Counted twice").await.unwrap();
    assert_eq!(operator.adjust("correction-1", -50, "Counted twice").await.unwrap(), down);
    assert!(matches!(operator.adjust("correction-2", 0, "Nothing").await, Err(Error::Invalid(_))));
    let below = operator.adjust("correction-3", -1_000_000, "Everything").await;
    assert!(matches!(below, Err(Error::InsufficientCredits { .. })), "{below:?}");
    assert_eq!(figures(&desk).await, (GRANTED + 100 - 30 + 20 - 50, 0));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn each_role_does_what_it_may() {
    let desk = Desk::in_memory(|builder| builder).await;
    let spent = desk.igny8.credits(&desk.scope).deduct("page-0", 10, "A page", note()).await.unwrap();
    for role in [Role::Owner, Role::Admin, Role::Editor, Role::Viewer] {
        let credits = credits_of(&desk, role);
        assert_forbidden(&credits.add("gift", 100, "A gift").await);
        assert_forbidden(&credits.refund("back", spent.id, 1, "Back").await);
        assert_forbidden(&credits.adjust("up", 100, "Up").await);
        let (held_key, page_key) = (format!("job-{role}"), format!("page-{role}"));
        if role == Role::Viewer {
            assert_forbidden(&credits.check(1).await);
            assert_forbidden(&credits.reserve(&held_key, 5, "Held").await);
            assert_forbidden(&credits.deduct(&page_key, 5, "A page", note()).await);
            assert_forbidden(&credits.settle(spent.id, 5, note()).await);
            assert_forbidden(&credits.release(spent.id).await);
        } else {
            credits.check(1).await.unwrap();
            let held = credits.reserve(&held_key, 5, "Held").await.unwrap();
            credits.release(held.id).await.unwrap();
            credits.deduct(&page_key, 5, "A page", note()).await.unwrap();
        }
    }
    assert_eq!(figures(&desk).await, (GRANTED - 10 - 3 * 5, 0));
    desk.assert_ledger_sound().await;
}
