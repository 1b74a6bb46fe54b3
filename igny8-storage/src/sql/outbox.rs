//! The outbox: messages are put in by whoever writes what they tell of, in the same transaction; senders claim them under a lease.

use std::time::Duration;

use async_trait::async_trait;
use igny8_core::credits::Credits;
use igny8_core::ids::{AccountId, DeliveryId, WebhookId};
use igny8_core::pipeline::Content;
use igny8_core::ports::Outbox;
use igny8_core::runs::Run;
use igny8_core::tenancy::SystemScope;
use igny8_core::webhooks::{self, DeliveryOutcome, DeliveryState, DueDelivery, WebhookEvent};
use igny8_core::{Error, Result};
use serde_json::{Value, json};

use super::executor::Scoped;
use super::insert::{Bind as _, InsertSql};
use super::webhooks::place;
use super::{Store, later, ledger};
use crate::secrets::Cipher;
use crate::statement::{SystemSql, TenantSql};

/// How much of an error is kept.
const KEPT: usize = 500;

const HEARING: TenantSql = TenantSql::new(
    "SELECT id FROM igny8_webhooks WHERE account_id = $1 AND is_active AND events LIKE $2 ORDER BY id",
);
const PUT: InsertSql = InsertSql::new(
    "igny8_webhook_deliveries",
    &["id", "webhook_id", "event", "payload", "state", "next_attempt_at", "created_at"],
    "",
);
const MONTHLY: TenantSql = TenantSql::new(
    "SELECT COALESCE(p.included_credits, p.credits_per_month) AS monthly
     FROM igny8_accounts a JOIN igny8_plans p ON p.id = a.plan_id WHERE a.account_id = $1",
);
/// Accounts with due messages, the one whose oldest has been due for longest first.
const WITH_DUE: SystemSql = SystemSql::new(
    "SELECT account_id FROM igny8_webhook_deliveries WHERE state = 'pending' AND next_attempt_at <= $1
     GROUP BY account_id ORDER BY min(next_attempt_at), account_id LIMIT $2",
);
const DUE: TenantSql = TenantSql::new(concat!(
    "SELECT id FROM igny8_webhook_deliveries
     WHERE account_id = $1 AND state = 'pending' AND next_attempt_at <= $2
     ORDER BY next_attempt_at, id LIMIT $3",
    skip_locked!()
));
const TAKE: TenantSql = TenantSql::new(
    "UPDATE igny8_webhook_deliveries SET next_attempt_at = $3, attempts = attempts + 1
     WHERE account_id = $1 AND id = $2
     RETURNING *",
);
const ENDPOINT: TenantSql =
    TenantSql::new("SELECT url, secret FROM igny8_webhooks WHERE account_id = $1 AND id = $2");
const SETTLE: TenantSql = TenantSql::new(
    "UPDATE igny8_webhook_deliveries
     SET state = $4, next_attempt_at = $5, last_status = $6, last_error = $7, ended_at = $8
     WHERE account_id = $1 AND id = $2 AND attempts = $3 AND state = 'pending'",
);

#[async_trait]
impl Outbox for Store {
    async fn claim_deliveries(
        &self,
        system: &SystemScope,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<DueDelivery>> {
        let mut db = self.system_read(system, "look for messages to send").await?;
        let now = db.now();
        let accounts: Vec<AccountId> =
            db.query(WITH_DUE).bind(now).bind(limit).all(|row| row.get("account_id")).await?;
        drop(db);
        let mut claimed = Vec::new();
        let mut left = limit;
        for (at, account) in accounts.iter().enumerate() {
            // What an account leaves of its share is shared by those after it.
            let share = left.div_ceil(u32::try_from(accounts.len() - at).unwrap_or(u32::MAX));
            let of_account = claim(self, system, *account, share, lease).await?;
            left = left.saturating_sub(u32::try_from(of_account.len()).unwrap_or(u32::MAX));
            claimed.extend(of_account);
        }
        Ok(claimed)
    }

    async fn settle_delivery(
        &self,
        system: &SystemScope,
        delivery: &DueDelivery,
        outcome: DeliveryOutcome,
    ) -> Result<()> {
        let mut db = self.system_note(system, "say what came of a message").await?;
        let mut of_account = db.within(delivery.tenant.account()).await?;
        let now = of_account.now();
        let (state, next, status, error) = match outcome {
            DeliveryOutcome::Delivered { status } => (DeliveryState::Delivered, now, Some(status), None),
            DeliveryOutcome::Retry { delay, status, error } => {
                (DeliveryState::Pending, later(now, delay), status, Some(error))
            }
            DeliveryOutcome::GivenUp { status, error } => (DeliveryState::Failed, now, status, Some(error)),
        };
        of_account
            .query(SETTLE)
            .bind(delivery.id)
            .bind(delivery.attempt)
            .bind(state.as_str())
            .bind(next)
            .bind(status.map(i32::from))
            .bind(error.map(|error| error.chars().take(KEPT).collect::<String>()))
            .bind((state != DeliveryState::Pending).then_some(now))
            .execute()
            .await?;
        db.commit().await
    }
}

/// Takes so many due messages of one account.
async fn claim(
    store: &Store,
    system: &SystemScope,
    account: AccountId,
    limit: u32,
    lease: Duration,
) -> Result<Vec<DueDelivery>> {
    let mut db = store.system_note(system, "claim messages to send").await?;
    let mut of_account = db.within(account).await?;
    let now = of_account.now();
    let due: Vec<DeliveryId> = of_account.query(DUE).bind(now).bind(limit).all(|row| row.get("id")).await?;
    let mut claimed = Vec::with_capacity(due.len());
    for id in due {
        match take(&mut of_account, store, id, lease).await {
            Ok(delivery) => claimed.push(delivery),
            Err(error @ Error::Configuration(_)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(%account, delivery = %id, error, "a message cannot be signed and is left for later");
            }
            Err(error) => return Err(error),
        }
    }
    db.commit().await?;
    Ok(claimed)
}

async fn take(db: &mut Scoped<'_>, store: &Store, id: DeliveryId, lease: Duration) -> Result<DueDelivery> {
    let until = later(db.now(), lease);
    let taken = db.query(TAKE).bind(id).bind(until);
    let (tenant, webhook, event, body, attempt, created_at) = taken
        .one(|row| {
            let webhook: WebhookId = row.get("webhook_id")?;
            let (event, payload) = (row.word("event")?, row.get("payload")?);
            Ok((row.tenant()?, webhook, event, payload, row.get("attempts")?, row.get("created_at")?))
        })
        .await?;
    let endpoint = db.query(ENDPOINT).bind(webhook);
    let (url, sealed): (String, Vec<u8>) =
        endpoint.one(|row| Ok((row.get("url")?, row.get("secret")?))).await?;
    let cipher = store.cipher().ok_or_else(Cipher::missing)?;
    let secret = cipher.open(&place(db, &webhook.to_string()), &sealed)?;
    Ok(DueDelivery { id, tenant, webhook, event, url, secret, body, attempt, created_at })
}

/// Tells of a run that has ended.
pub(super) async fn run_ended(db: &mut Scoped<'_>, run: &Run) -> Result<()> {
    put(db, webhooks::end_event(run.state), || webhooks::run_data(run)).await
}

/// Tells of an article that has become published.
pub(super) async fn content_published(db: &mut Scoped<'_>, content: &Content) -> Result<()> {
    put(db, WebhookEvent::ContentPublished, || {
        json!({
            "content_id": content.id,
            "task_id": content.task,
            "site_id": content.place.site(),
            "sector_id": content.place.sector(),
            "title": content.draft.title,
        })
    })
    .await
}

/// Tells that credits are low, when this charge has made them so. The balance is as it is after the charge.
pub(super) async fn charged(db: &mut Scoped<'_>, charge: Credits) -> Result<()> {
    let hearing = hearing(db, WebhookEvent::CreditsLow).await?;
    if hearing.is_empty() {
        return Ok(());
    }
    let monthly: Option<Credits> = db.query(MONTHLY).one(|row| row.get("monthly")).await?;
    let threshold = webhooks::low_threshold(monthly.unwrap_or(0));
    let now = ledger::balance(db).await?;
    if !webhooks::crosses_low(now.balance + charge, now.balance, threshold) {
        return Ok(());
    }
    let data = json!({ "balance": now.balance, "available": now.available(), "threshold": threshold });
    put_for(db, &hearing, WebhookEvent::CreditsLow, &data).await
}

/// Puts a message in for every webhook that hears of the event.
async fn put(db: &mut Scoped<'_>, event: WebhookEvent, data: impl FnOnce() -> Value) -> Result<()> {
    let hearing = hearing(db, event).await?;
    if hearing.is_empty() { Ok(()) } else { put_for(db, &hearing, event, &data()).await }
}

async fn hearing(db: &mut Scoped<'_>, event: WebhookEvent) -> Result<Vec<WebhookId>> {
    db.query(HEARING).bind(format!("%,{event},%")).all(|row| row.get("id")).await
}

async fn put_for(
    db: &mut Scoped<'_>,
    hearing: &[WebhookId],
    event: WebhookEvent,
    data: &Value,
) -> Result<()> {
    let now = db.now();
    let body = webhooks::body(event, db.account(), now, data).to_string();
    for webhooks in hearing.chunks(PUT.rows_at_once()) {
        let mut insert = db.insert(&PUT);
        for webhook in webhooks {
            insert = insert.row(|values| {
                values
                    .bind(DeliveryId::new())
                    .bind(*webhook)
                    .bind(event.as_str())
                    .bind(body.as_str())
                    .bind(DeliveryState::Pending.as_str())
                    .bind(now)
                    .bind(now);
            });
        }
        insert.statement().execute().await?;
    }
    Ok(())
}
