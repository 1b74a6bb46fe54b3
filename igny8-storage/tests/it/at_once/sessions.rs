//! One token shown by many at once, and a password that is changed meanwhile.

use std::time::Duration;

use chrono::{DateTime, Utc};
use igny8_core::idempotency::KeyClaim;
use igny8_core::identity::{NewSession, Rotation, TokenHash};
use igny8_core::testing::system_scope;

use super::{AT_ONCE, Desk};
use crate::databases::{Database, on_each_database};

on_each_database!(
    a_token_is_used_up_by_one_and_its_family_closed_by_the_next,
    no_token_is_made_beside_a_new_password,
    a_request_is_carried_out_by_one,
);

fn token(number: usize) -> TokenHash {
    TokenHash::from_bytes([number as u8; 32])
}

fn later() -> DateTime<Utc> {
    Utc::now() + Duration::from_secs(600)
}

async fn open(desk: &Desk, number: usize) {
    let user = desk.tenant.home.owner.id;
    let session = NewSession { user, token: token(number), expires_at: later() };
    desk.store.open_session(&system_scope(), session).await.unwrap();
}

async fn rotate(desk: &Desk, old: usize, new: usize) -> Rotation {
    desk.store.rotate_session(&system_scope(), &token(old), token(new), later()).await.unwrap()
}

async fn a_token_is_used_up_by_one_and_its_family_closed_by_the_next(database: &impl Database) {
    let desk = Desk::open(database, "free").await;
    open(&desk, 100).await;
    let rotations = desk.at_once(|desk, number| async move { rotate(&desk, 100, number).await }).await;
    let count = |is: fn(&Rotation) -> bool| rotations.iter().filter(|rotation| is(rotation)).count();
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Rotated { .. })), 1, "{rotations:?}");
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Reused { .. })), 1, "{rotations:?}");
    for number in 0..AT_ONCE {
        assert_eq!(rotate(&desk, number, 200).await, Rotation::Unknown);
    }
}

async fn no_token_is_made_beside_a_new_password(database: &impl Database) {
    let desk = Desk::open(database, "free").await;
    for number in 1..AT_ONCE {
        open(&desk, number).await;
    }
    desk.at_once(|desk, number| async move {
        if number == 0 {
            let user = desk.tenant.home.owner.id;
            desk.store.set_credential(&system_scope(), user, "$tea$").await.unwrap();
        } else {
            rotate(&desk, number, 100 + number).await;
        }
    })
    .await;
    for number in 1..AT_ONCE {
        assert_eq!(rotate(&desk, number, 200).await, Rotation::Unknown);
        assert_eq!(rotate(&desk, 100 + number, 200).await, Rotation::Unknown);
    }
}

async fn a_request_is_carried_out_by_one(database: &impl Database) {
    let desk = Desk::open(database, "free").await;
    let claims = desk
        .at_once(|desk, _| async move {
            let lease = Duration::from_secs(60);
            desk.store.claim_key(&desk.tenant.scope, "request", &[0; 32], lease, lease).await.unwrap()
        })
        .await;
    let count = |claim: &KeyClaim| claims.iter().filter(|found| *found == claim).count();
    assert_eq!((count(&KeyClaim::Fresh), count(&KeyClaim::InProgress)), (1, AT_ONCE - 1), "{claims:?}");
}
