//! Secrets under a new key: each is opened with whichever key of the ring sealed it and sealed with the first.

use igny8_core::Result;
use igny8_core::ids::{SiteId, WebhookId};

use super::executor::Scoped;
use super::{integrations, sites, webhooks};
use crate::statement::TenantSql;

const INTEGRATIONS: TenantSql = TenantSql::new(
    "SELECT integration_type, field, secret FROM igny8_integration_secrets WHERE account_id = $1",
);
const RESEAL_INTEGRATION: TenantSql = TenantSql::new(
    "UPDATE igny8_integration_secrets SET secret = $4 WHERE account_id = $1 AND integration_type = $2 AND field = $3",
);
const SITES: TenantSql = TenantSql::new(
    "SELECT id, wp_app_password FROM igny8_sites WHERE account_id = $1 AND wp_app_password IS NOT NULL",
);
const RESEAL_SITE: TenantSql =
    TenantSql::new("UPDATE igny8_sites SET wp_app_password = $3 WHERE account_id = $1 AND id = $2");

const WEBHOOKS: TenantSql = TenantSql::new("SELECT id, secret FROM igny8_webhooks WHERE account_id = $1");
const RESEAL_WEBHOOK: TenantSql =
    TenantSql::new("UPDATE igny8_webhooks SET secret = $3 WHERE account_id = $1 AND id = $2");

/// Seals the account's secrets anew where another key did; says how many.
pub(super) async fn reseal(db: &mut Scoped<'_>) -> Result<u64> {
    let mut resealed = 0;
    let secrets: Vec<(String, String, Vec<u8>)> = db
        .query(INTEGRATIONS)
        .all(|row| Ok((row.get("integration_type")?, row.get("field")?, row.get("secret")?)))
        .await?;
    for (service, field, sealed) in secrets {
        let row = integrations::row_of(&service, &field);
        if let Some(sealed) = db.cipher()?.reseal(&integrations::place(db, &row), &sealed)? {
            db.query(RESEAL_INTEGRATION).bind(service).bind(field).bind(sealed).execute().await?;
            resealed += 1;
        }
    }
    let passwords: Vec<(SiteId, Vec<u8>)> =
        db.query(SITES).all(|row| Ok((row.get("id")?, row.get("wp_app_password")?))).await?;
    for (site, sealed) in passwords {
        let row = site.to_string();
        if let Some(sealed) = db.cipher()?.reseal(&sites::password_place(db, &row), &sealed)? {
            db.query(RESEAL_SITE).bind(site).bind(sealed).execute().await?;
            resealed += 1;
        }
    }
    let signed: Vec<(WebhookId, Vec<u8>)> =
        db.query(WEBHOOKS).all(|row| Ok((row.get("id")?, row.get("secret")?))).await?;
    for (webhook, sealed) in signed {
        let row = webhook.to_string();
        if let Some(sealed) = db.cipher()?.reseal(&webhooks::place(db, &row), &sealed)? {
            db.query(RESEAL_WEBHOOK).bind(webhook).bind(sealed).execute().await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}
