//! Webhooks and their messages: written with what they tell of, sent by one sender at a time, told once each where all goes well.
//! A store without a key for secrets has none.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::error::{Error, RunFailure};
use crate::ids::WebhookId;
use crate::paging::{ListQuery, Page};
use crate::pipeline::{ContentChange, ContentStatus};
use crate::runs::{NewRun, RunState};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused, wait};
use crate::testing::rows::{WEBHOOK_SECRET, new_webhook, usage_of};
use crate::testing::world::{LONG, PAST_SHORT, SHORT, Workplace, World};
use crate::webhooks::{
    Delivery, DeliveryOutcome, DeliveryQuery, DeliveryState, DueDelivery, MAX_WEBHOOKS, WebhookChange,
    WebhookEvent, WebhookQuery,
};
use WebhookEvent::{ContentPublished, CreditsLow, RunFailed, RunFinished};

cases! { "webhooks":
    a_webhook_is_kept_and_its_secret_shown_nowhere,
    a_webhook_changes_and_keeps_what_is_not_mentioned,
    an_account_has_so_many,
    a_webhook_that_is_not_there_is_not_found,
    the_end_of_a_run_is_told,
    a_cancelled_run_is_told,
    a_run_that_was_given_up_is_told,
    a_published_article_is_told_once,
    low_credits_are_told_at_the_crossing,
    only_those_that_hear_of_it_are_told,
    what_is_refused_is_not_told,
    a_message_is_sent_by_one_at_a_time,
    a_message_is_delivered_sent_again_or_given_up,
    a_late_sender_changes_nothing,
    accounts_share_what_is_claimed,
    messages_go_with_their_webhook,
}

impl Workplace {
    /// What a webhook was told, oldest first.
    async fn told(&self, webhook: WebhookId) -> Outcome<Vec<Delivery>> {
        let query = DeliveryQuery::default().page(Page::first(50));
        let mut told = self.store.list_deliveries(&self.scope, webhook, &query).await?.items;
        told.reverse();
        Ok(told)
    }

    /// The one thing that a webhook was told.
    async fn told_once(&self, webhook: WebhookId) -> Outcome<Delivery> {
        let mut told = self.told(webhook).await?;
        check!(told.len() == 1, "it was told {told:?} where one message is due");
        Ok(told.remove(0))
    }

    async fn cancelled_run(&self, name: &str) -> Outcome {
        let run = self.enqueue(self.new_run(name, 0)).await?;
        self.store.cancel_run(&self.scope, run.id).await?;
        Ok(())
    }
}

impl World {
    async fn due(&self, limit: u32, lease: Duration) -> Outcome<Vec<DueDelivery>> {
        Ok(self.store.claim_deliveries(&self.system, limit, lease).await?)
    }

    async fn settle(&self, delivery: &DueDelivery, outcome: DeliveryOutcome) -> Outcome {
        Ok(self.store.settle_delivery(&self.system, delivery, outcome).await?)
    }
}

async fn a_webhook_is_kept_and_its_secret_shown_nowhere(world: &World) -> Outcome {
    let at = &world.home;
    let Some(made) = at.webhook(&[RunFailed, CreditsLow]).await? else { return Ok(()) };
    check_eq!((made.url.as_str(), made.tenant.account()), ("https://example.com/hooks", at.account));
    check_eq!((&made.events, made.is_active), (&vec![RunFailed, CreditsLow], true));
    check_eq!((made.has_secret, made.masked_secret().as_str()), (true, "****cdef"));
    check_eq!(at.store.get_webhook(&at.scope, made.id).await?, made);
    wait(Duration::from_millis(2)).await;
    let Some(second) = at.webhook(&[ContentPublished]).await? else { return Ok(()) };
    let listed = at.store.list_webhooks(&at.scope, &WebhookQuery::default()).await?;
    check_eq!((&listed.items, listed.total), (&vec![second, made], Some(2)));
    let words = format!("{:?}{}", listed.items, json!(listed.items));
    check!(!words.contains(WEBHOOK_SECRET), "the secret is shown in {words}");
    Ok(())
}

async fn a_webhook_changes_and_keeps_what_is_not_mentioned(world: &World) -> Outcome {
    let at = &world.home;
    let Some(made) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    at.cancelled_run("first").await?;
    let change = WebhookChange {
        url: Some("http://localhost:8080".to_owned()),
        description: Some("Tea".to_owned()),
        ..WebhookChange::default()
    };
    let changed = at.store.update_webhook(&at.scope, made.id, change).await?;
    check_eq!((changed.url.as_str(), changed.description.as_str()), ("http://localhost:8080", "Tea"));
    check_eq!((&changed.events, &changed.secret_last4), (&made.events, &made.secret_last4));
    let secret = "another-secret-of-9999";
    let change = WebhookChange {
        secret: Some(secret.into()),
        events: Some(vec![RunFinished, RunFailed]),
        ..WebhookChange::default()
    };
    let changed = at.store.update_webhook(&at.scope, made.id, change).await?;
    check_eq!((changed.events.len(), changed.secret_last4.as_str()), (2, "9999"));
    let due = world.due(9, LONG).await?;
    let sent: Vec<_> = due.iter().map(|due| (due.url.as_str(), due.secret.expose_secret())).collect();
    check_eq!(sent, [("http://localhost:8080", secret)]);

    // Switched off, it is told nothing, not even what it was to be told.
    at.cancelled_run("second").await?;
    let off = WebhookChange { is_active: Some(false), ..WebhookChange::default() };
    check!(!at.store.update_webhook(&at.scope, made.id, off).await?.is_active, "it is still on");
    at.cancelled_run("third").await?;
    let states: Vec<_> = at.told(made.id).await?.into_iter().map(|told| told.state).collect();
    check_eq!(states, [DeliveryState::Failed, DeliveryState::Failed]);
    check_eq!(world.due(9, LONG).await?.len(), 0);
    Ok(())
}

async fn an_account_has_so_many(world: &World) -> Outcome {
    let at = &world.home;
    for _ in 0..MAX_WEBHOOKS {
        if at.webhook(&[RunFailed]).await?.is_none() {
            return Ok(());
        }
    }
    let one_more = at.store.create_webhook(&at.scope, new_webhook(&[RunFailed])).await;
    check_refused!(one_more, Error::Conflict { .. });
    check!(world.other.webhook(&[RunFailed]).await?.is_some(), "a neighbour has none");
    Ok(())
}

async fn a_webhook_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nobodys) = (&world.home, WebhookId::new());
    check_refused!(at.store.get_webhook(&at.scope, nobodys).await, Error::NotFound { .. });
    let change = WebhookChange { is_active: Some(true), ..WebhookChange::default() };
    check_refused!(at.store.update_webhook(&at.scope, nobodys, change).await, Error::NotFound { .. });
    check_refused!(at.store.delete_webhook(&at.scope, nobodys).await, Error::NotFound { .. });
    let told = at.store.list_deliveries(&at.scope, nobodys, &DeliveryQuery::default()).await;
    check_refused!(told, Error::NotFound { .. });
    Ok(())
}

async fn the_end_of_a_run_is_told(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    let work = world.work(at, 10).await?;
    work.plan(&["a"]).await?;
    work.done("a", 7, crate::runs::Changeset::new()).await?;
    check_eq!(at.told(webhook.id).await?, []);
    work.finish(RunState::Success).await?;
    let told = at.told_once(webhook.id).await?;
    check_eq!((told.event, told.state, told.attempts), (RunFinished, DeliveryState::Pending, 0));
    check_eq!((told.webhook, told.tenant.account()), (webhook.id, at.account));
    let payload = &told.payload;
    check_eq!((&payload["event"], &payload["account_id"]), (&json!("run.finished"), &json!(at.account)));
    check!(payload["created_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{payload}");
    let data = &payload["data"];
    check_eq!((&data["run_id"], &data["state"]), (&json!(work.id), &json!("SUCCESS")));
    check_eq!((&data["charged"], &data["error"]), (&json!(7), &Value::Null));
    check_eq!((&data["site_id"], data["function"].is_string()), (&json!(at.site), true));
    Ok(())
}

async fn a_cancelled_run_is_told(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished, RunFailed]).await? else { return Ok(()) };
    let run = at.enqueue(at.new_run("waiting", 5)).await?;
    for _ in 0..2 {
        at.store.cancel_run(&at.scope, run.id).await?;
    }
    let told = at.told_once(webhook.id).await?;
    check_eq!((told.event, &told.payload["data"]["state"]), (RunFinished, &json!("REVOKED")));
    Ok(())
}

async fn a_run_that_was_given_up_is_told(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished, RunFailed]).await? else { return Ok(()) };
    let run = NewRun { max_attempts: 1, ..at.new_run("poison", 5) };
    let work = world.work_on(at, run, SHORT).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.store.reap(&world.system).await?.ended.len(), 1);
    world.store.reap(&world.system).await?;
    let told = at.told_once(webhook.id).await?;
    let data = &told.payload["data"];
    check_eq!((told.event, &data["state"]), (RunFailed, &json!("FAILURE")));
    check_eq!((&data["run_id"], &data["error"]["code"]), (&json!(work.id), &json!("attempts_exhausted")));
    Ok(())
}

async fn a_published_article_is_told_once(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[ContentPublished]).await? else { return Ok(()) };
    let task = at.task("Tea").await?.id;
    let content = at.content(task, "Tea").await?.id;
    for status in [ContentStatus::Review, ContentStatus::Approved, ContentStatus::Published] {
        let change = ContentChange { status: Some(status), ..ContentChange::default() };
        at.store.update_content(&at.scope, content, change).await?;
        let told = at.told(webhook.id).await?.len();
        check_eq!(told, usize::from(status == ContentStatus::Published));
    }
    let change = ContentChange { wp_post_id: Some(Some(7)), ..ContentChange::default() };
    at.store.update_content(&at.scope, content, change).await?;
    let told = at.told_once(webhook.id).await?;
    let data = &told.payload["data"];
    check_eq!((&data["content_id"], &data["task_id"]), (&json!(content), &json!(task)));
    check_eq!((&data["site_id"], &data["title"]), (&json!(at.site), &json!("Tea")));
    Ok(())
}

async fn low_credits_are_told_at_the_crossing(world: &World) -> Outcome {
    // The plan `free` has 100 credits a month: below 10 they are low.
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    let Some(webhook) = at.webhook(&[CreditsLow]).await? else { return Ok(()) };
    let charge = async |key: &'static str, amount| -> Outcome<usize> {
        at.store.charge(&at.scope, key, amount, "Own work", usage_of("own")).await?;
        Ok(at.told(webhook.id).await?.len())
    };
    check_eq!(charge("first", 985).await?, 0);
    // What is only held is not charged yet.
    let held = at.reserve("held", 10).await?;
    check_eq!(at.told(webhook.id).await?, []);
    at.store.release(&at.scope, held.id).await?;
    check_eq!(charge("second", 5).await?, 0);
    let held = at.reserve("held again", 4).await?;
    check_eq!(charge("third", 3).await?, 1);
    at.store.settle(&at.scope, held.id, 4, usage_of("own")).await?;
    check_eq!(charge("third", 3).await?, 1);
    let told = at.told_once(webhook.id).await?;
    let data = json!({ "balance": 7, "available": 3, "threshold": 10 });
    check_eq!((told.event, &told.payload["data"]), (CreditsLow, &data));
    // Up again and down again is another crossing.
    at.fund(100).await?;
    check_eq!(charge("fourth", 100).await?, 2);
    // A plan without monthly credits has no threshold.
    let Some(unlimited) = world.home.webhook(&[CreditsLow]).await? else { return Ok(()) };
    let all = world.home.balance().await?.balance;
    world.home.store.charge(&world.home.scope, "all", all, "Own work", usage_of("own")).await?;
    check_eq!(world.home.told(unlimited.id).await?, []);
    at.sound().await
}

async fn only_those_that_hear_of_it_are_told(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    let Some(first) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    let Some(second) = at.webhook(&[RunFailed, RunFinished, CreditsLow]).await? else { return Ok(()) };
    let Some(deaf) = at.webhook(&[RunFailed, CreditsLow]).await? else { return Ok(()) };
    let Some(neighbours) = other.webhook(&[RunFinished]).await? else { return Ok(()) };
    at.cancelled_run("run").await?;
    check_eq!(at.told_once(first.id).await?.payload, at.told_once(second.id).await?.payload);
    check_eq!(at.told(deaf.id).await?, []);
    check_eq!(other.told(neighbours.id).await?, []);
    Ok(())
}

async fn what_is_refused_is_not_told(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished, RunFailed]).await? else { return Ok(()) };
    let work = world.work_on(at, at.new_run("zombie", 5), SHORT).await?;
    wait(PAST_SHORT).await;
    let again = world.claim_at(at).await?;
    check_refused!(work.finish(RunState::Success).await, Error::LeaseLost);
    let failure = RunFailure { code: "storage".to_owned(), message: "Busy".to_owned(), retryable: true };
    again.give_back(Duration::ZERO, Some(failure)).await?;
    check_eq!(at.told(webhook.id).await?, []);
    Ok(())
}

async fn a_message_is_sent_by_one_at_a_time(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    check_eq!(world.due(9, LONG).await?.len(), 0);
    at.cancelled_run("run").await?;
    let first = world.due(9, SHORT).await?;
    let told = at.told_once(webhook.id).await?;
    check_eq!((first.len(), told.attempts), (1, 1));
    let sent = &first[0];
    check_eq!((sent.id, sent.webhook, sent.tenant.account()), (told.id, webhook.id, at.account));
    check_eq!((sent.url.as_str(), sent.secret.expose_secret()), (webhook.url.as_str(), WEBHOOK_SECRET));
    check_eq!((sent.event, sent.attempt, sent.created_at), (RunFinished, 1, told.created_at));
    check_eq!(serde_json::from_str::<Value>(&sent.body)?, told.payload);
    wait(PAST_SHORT).await;
    // The sender is gone; another sends the same bytes.
    let second = world.due(9, LONG).await?;
    check_eq!(second.len(), 1);
    check_eq!((second[0].id, second[0].attempt, &second[0].body), (sent.id, 2, &sent.body));
    check_eq!(world.due(9, LONG).await?.len(), 0);
    Ok(())
}

async fn a_message_is_delivered_sent_again_or_given_up(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    at.cancelled_run("run").await?;
    let sent = world.due(1, LONG).await?.remove(0);
    let error = "é".repeat(2_000);
    let later = DeliveryOutcome::Retry { delay: SHORT, status: Some(503), error };
    world.settle(&sent, later).await?;
    let told = at.told_once(webhook.id).await?;
    check_eq!((told.state, told.last_status, told.delivered_at), (DeliveryState::Pending, Some(503), None));
    check!(told.last_error.is_some_and(|error| error.chars().count() == 500), "the error is not cut");
    wait(PAST_SHORT).await;
    let sent = world.due(1, LONG).await?.remove(0);
    check_eq!(sent.attempt, 2);
    world.settle(&sent, DeliveryOutcome::Delivered { status: 204 }).await?;
    let told = at.told_once(webhook.id).await?;
    check_eq!((told.state, told.last_status, told.last_error), (DeliveryState::Delivered, Some(204), None));
    check!(told.delivered_at >= Some(told.created_at), "told at {:?}", told.delivered_at);
    check_eq!(told.next_attempt_at, None);

    at.cancelled_run("second").await?;
    let sent = world.due(1, LONG).await?.remove(0);
    let error = "no such host".to_owned();
    world.settle(&sent, DeliveryOutcome::GivenUp { status: None, error }).await?;
    let told = at.told(webhook.id).await?.remove(1);
    check_eq!((told.state, told.last_status, told.delivered_at), (DeliveryState::Failed, None, None));
    check_eq!(told.last_error.as_deref(), Some("no such host"));
    wait(PAST_SHORT).await;
    check_eq!(world.due(9, LONG).await?.len(), 0);
    Ok(())
}

async fn a_late_sender_changes_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    at.cancelled_run("run").await?;
    let late = world.due(1, SHORT).await?.remove(0);
    wait(PAST_SHORT).await;
    let current = world.due(1, LONG).await?.remove(0);
    let given_up = || DeliveryOutcome::GivenUp { status: None, error: "late".to_owned() };
    world.settle(&late, given_up()).await?;
    check_eq!(at.told_once(webhook.id).await?.state, DeliveryState::Pending);
    world.settle(&current, DeliveryOutcome::Delivered { status: 200 }).await?;
    world.settle(&current, given_up()).await?;
    check_eq!(at.told_once(webhook.id).await?.state, DeliveryState::Delivered);
    Ok(())
}

async fn accounts_share_what_is_claimed(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    let (Some(_), Some(_)) = (at.webhook(&[RunFinished]).await?, other.webhook(&[RunFinished]).await?) else {
        return Ok(());
    };
    for number in 0..6 {
        at.cancelled_run(&format!("run {number}")).await?;
    }
    other.cancelled_run("run").await?;
    let claimed = world.due(4, LONG).await?;
    let of = |account| claimed.iter().filter(|due| due.tenant.account() == account).count();
    check_eq!((of(at.account), of(other.account)), (2, 1));
    let rest = world.due(9, LONG).await?;
    check_eq!(rest.len(), 4);
    check!(rest.iter().all(|due| claimed.iter().all(|other| other.id != due.id)), "one was given twice");
    check_eq!(world.due(0, LONG).await?.len(), 0);
    Ok(())
}

async fn messages_go_with_their_webhook(world: &World) -> Outcome {
    let at = &world.home;
    let Some(webhook) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    let Some(kept) = at.webhook(&[RunFinished]).await? else { return Ok(()) };
    at.cancelled_run("run").await?;
    at.store.delete_webhook(&at.scope, webhook.id).await?;
    check_refused!(at.store.get_webhook(&at.scope, webhook.id).await, Error::NotFound { .. });
    let due: Vec<_> = world.due(9, LONG).await?.into_iter().map(|due| due.webhook).collect();
    check_eq!(due, [kept.id]);
    let listed = at.store.list_webhooks(&at.scope, &ListQuery::default()).await?;
    check_eq!(listed.total, Some(1));
    Ok(())
}
