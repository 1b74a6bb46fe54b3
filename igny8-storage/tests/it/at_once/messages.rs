//! The outbox with many senders at once, and a webhook that is deleted meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use igny8_core::ids::{DeliveryId, WebhookId};
use igny8_core::runs::NewRun;
use igny8_core::testing::system_scope;
use igny8_core::webhooks::{DeliveryOutcome, NewWebhook, WebhookEvent};

use super::{AT_ONCE, Desk};
use crate::databases::{Database, on_each_database};
use crate::work::new_run;

on_each_database!(a_message_is_given_to_one_sender, a_webhook_is_deleted_while_its_messages_are_sent);

const LEASE: Duration = Duration::from_secs(60);

async fn webhook(desk: &Desk) -> WebhookId {
    let webhook = NewWebhook {
        url: "https://example.com/hooks".to_owned(),
        events: vec![WebhookEvent::RunFinished],
        secret: "0123456789abcdef".into(),
        is_active: true,
        description: String::new(),
    };
    desk.store.create_webhook(&desk.tenant.scope, webhook).await.unwrap().id
}

async fn messages(desk: &Desk, many: usize) {
    for _ in 0..many {
        let run = NewRun { idempotency_key: None, ..new_run(&desk.tenant) };
        let run = desk.store.enqueue(&desk.tenant.scope, run).await.unwrap().run;
        desk.store.cancel_run(&desk.tenant.scope, run.id).await.unwrap();
    }
}

async fn a_message_is_given_to_one_sender(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    webhook(&desk).await;
    messages(&desk, 30).await;
    let given = desk
        .at_once(
            |desk, _| async move { desk.store.claim_deliveries(&system_scope(), 5, LEASE).await.unwrap() },
        )
        .await
        .concat();
    let mut ids: BTreeSet<DeliveryId> = given.iter().map(|delivery| delivery.id).collect();
    assert_eq!(ids.len(), given.len(), "one was given twice");
    // Senders pass over what others are taking, so some may have got less than there was.
    for rest in desk.store.claim_deliveries(&system_scope(), 30, LEASE).await.unwrap() {
        assert!(ids.insert(rest.id), "one was given twice");
    }
    assert_eq!(ids.len(), 30);
}

async fn a_webhook_is_deleted_while_its_messages_are_sent(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let webhook = webhook(&desk).await;
    messages(&desk, AT_ONCE * 2).await;
    desk.at_once(|desk, number| async move {
        if number == 0 {
            desk.store.delete_webhook(&desk.tenant.scope, webhook).await.unwrap();
            return;
        }
        for delivery in desk.store.claim_deliveries(&system_scope(), 2, LEASE).await.unwrap() {
            let told = DeliveryOutcome::Delivered { status: 200 };
            desk.store.settle_delivery(&system_scope(), &delivery, told).await.unwrap();
        }
    })
    .await;
    assert!(desk.store.claim_deliveries(&system_scope(), 99, LEASE).await.unwrap().is_empty());
}
