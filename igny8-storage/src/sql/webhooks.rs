//! Webhooks of the account: secrets sealed and never read back but for signing, and their messages as a list.

use async_trait::async_trait;
use igny8_core::ids::WebhookId;
use igny8_core::paging::Paged;
use igny8_core::ports::Webhooks;
use igny8_core::settings::SecretField;
use igny8_core::tenancy::TenantScope;
use igny8_core::webhooks::{
    Delivery, DeliveryQuery, DeliveryState, MAX_WEBHOOKS, NewWebhook, Webhook, WebhookChange, WebhookEvent,
    WebhookQuery,
};
use igny8_core::{Error, FieldErrors, Result};
use secrecy::ExposeSecret;

use super::Store;
use super::columns::Row;
use super::executor::Scoped;
use super::listing::{ListSql, SortKey};
use crate::secrets::Aad;
use crate::statement::TenantSql;

const WEBHOOKS: ListSql = ListSql::new("webhooks", "w.*", "igny8_webhooks w", "w");
const CREATED_AT: SortKey = SortKey::number("created_at", "w.created_at");
const DELIVERIES: ListSql = ListSql::new("webhook deliveries", "d.*", "igny8_webhook_deliveries d", "d");
const WRITTEN_AT: SortKey = SortKey::number("created_at", "d.created_at");

const WEBHOOK: TenantSql = TenantSql::new("SELECT * FROM igny8_webhooks WHERE account_id = $1 AND id = $2");
const COUNT: TenantSql = TenantSql::new("SELECT count(*) AS found FROM igny8_webhooks WHERE account_id = $1");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_webhooks
         (account_id, id, url, events, secret, last4, is_active, description, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
     RETURNING *",
);
const SWITCH_OFF: TenantSql = TenantSql::new(
    "UPDATE igny8_webhook_deliveries SET state = 'failed', last_error = 'the webhook was switched off', ended_at = $3
     WHERE account_id = $1 AND webhook_id = $2 AND state = 'pending'",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_webhooks WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Webhooks for Store {
    async fn create_webhook(&self, scope: &TenantScope, webhook: NewWebhook) -> Result<Webhook> {
        let mut db = self.write(scope, "create a webhook").await?;
        let found: u32 = db.query(COUNT).one(|row| row.get("found")).await?;
        if found >= MAX_WEBHOOKS {
            let reason = format!("an account has at most {MAX_WEBHOOKS}: delete one first");
            return Err(Error::conflict("webhook", reason));
        }
        let (id, now) = (WebhookId::new(), db.now());
        let sealed = db.cipher()?.seal(&place(&db, &id.to_string()), &webhook.secret)?;
        let created = db
            .query(CREATE)
            .bind(id)
            .bind(webhook.url)
            .bind(joined(&webhook.events))
            .bind(sealed)
            .bind(SecretField::of(webhook.secret.expose_secret()).last4)
            .bind(webhook.is_active)
            .bind(webhook.description)
            .bind(now)
            .one(of_row)
            .await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_webhook(&self, scope: &TenantScope, id: WebhookId) -> Result<Webhook> {
        find(&mut self.read(scope, "read a webhook").await?, id).await
    }

    async fn list_webhooks(&self, scope: &TenantScope, query: &WebhookQuery) -> Result<Paged<Webhook>> {
        self.read(scope, "list webhooks")
            .await?
            .list(&WEBHOOKS)
            .order(&query.order, |()| CREATED_AT, CREATED_AT)
            .page(&query.page, of_row)
            .await
    }

    async fn update_webhook(
        &self,
        scope: &TenantScope,
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<Webhook> {
        let mut db = self.write(scope, "change a webhook").await?;
        find(&mut db, id).await?;
        let now = db.now();
        let row = id.to_string();
        let secret = change.secret.as_ref();
        let sealed = match secret {
            Some(secret) => Some(db.cipher()?.seal(&place(&db, &row), secret)?),
            None => None,
        };
        db.update("igny8_webhooks")
            .set("url", change.url)
            .set("events", change.events.as_deref().map(joined))
            .set("secret", sealed)
            .set("last4", secret.map(|secret| SecretField::of(secret.expose_secret()).last4))
            .set("is_active", change.is_active)
            .set("description", change.description)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        if change.is_active == Some(false) {
            db.query(SWITCH_OFF).bind(id).bind(now).execute().await?;
        }
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_webhook(&self, scope: &TenantScope, id: WebhookId) -> Result<()> {
        let mut db = self.write(scope, "delete a webhook").await?;
        if db.query(DELETE).bind(id).execute().await? == 0 {
            return Err(Error::not_found("webhook", id));
        }
        db.commit().await
    }

    async fn list_deliveries(
        &self,
        scope: &TenantScope,
        webhook: WebhookId,
        query: &DeliveryQuery,
    ) -> Result<Paged<Delivery>> {
        let mut db = self.read(scope, "list a webhook's messages").await?;
        find(&mut db, webhook).await?;
        db.list(&DELIVERIES)
            .and("d.webhook_id =", Some(webhook))
            .order(&query.order, |()| WRITTEN_AT, WRITTEN_AT)
            .page(&query.page, delivery)
            .await
    }
}

/// Where a webhook's secret is sealed to.
pub(super) fn place<'a>(db: &Scoped<'_>, row: &'a str) -> Aad<'a> {
    Aad { account: db.account(), table: "igny8_webhooks", column: "secret", row }
}

async fn find(db: &mut Scoped<'_>, id: WebhookId) -> Result<Webhook> {
    let found = db.query(WEBHOOK).bind(id).optional(of_row).await?;
    found.ok_or_else(|| Error::not_found("webhook", id))
}

/// Events as they are stored, so that one is found by the commas around it.
fn joined(events: &[WebhookEvent]) -> String {
    events.iter().fold(String::from(","), |joined, event| joined + event.as_str() + ",")
}

fn of_row(row: &Row<'_>) -> Result<Webhook> {
    let events: String = row.get("events")?;
    let events = events.split(',').filter(|word| !word.is_empty()).map(str::parse);
    Ok(Webhook {
        id: row.get("id")?,
        tenant: row.tenant()?,
        url: row.get("url")?,
        events: events
            .collect::<Result<_, FieldErrors>>()
            .map_err(|fault| Error::storage("read a webhook", fault))?,
        has_secret: true,
        secret_last4: row.get("last4")?,
        is_active: row.get("is_active")?,
        description: row.get("description")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn delivery(row: &Row<'_>) -> Result<Delivery> {
    let state: DeliveryState = row.word("state")?;
    let status: Option<i32> = row.get("last_status")?;
    Ok(Delivery {
        id: row.get("id")?,
        tenant: row.tenant()?,
        webhook: row.get("webhook_id")?,
        event: row.word("event")?,
        payload: row.json("payload")?,
        state,
        attempts: row.get("attempts")?,
        next_attempt_at: match state {
            DeliveryState::Pending => Some(row.get("next_attempt_at")?),
            DeliveryState::Delivered | DeliveryState::Failed => None,
        },
        last_status: status.and_then(|status| u16::try_from(status).ok()),
        last_error: row.get("last_error")?,
        created_at: row.get("created_at")?,
        delivered_at: match state {
            DeliveryState::Delivered => row.get("ended_at")?,
            DeliveryState::Pending | DeliveryState::Failed => None,
        },
    })
}
