//! Settings of outside services: plain values as JSON, secrets sealed one by one and never read back but for calling the service.

use std::collections::BTreeMap;

use async_trait::async_trait;
use igny8_core::ports::Integrations;
use igny8_core::settings::{IntegrationSettings, SavedIntegration, SecretField};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::types::Json;

use super::Store;
use super::columns::Row;
use super::executor::Scoped;
use super::resealing;
use crate::secrets::Aad;
use crate::statement::TenantSql;

const ALL: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_integration_settings WHERE account_id = $1 ORDER BY integration_type",
);
const ONE: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_integration_settings WHERE account_id = $1 AND integration_type = $2",
);
const SAVE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_integration_settings (account_id, integration_type, config, is_active, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $5)
     ON CONFLICT (account_id, integration_type)
     DO UPDATE SET config = excluded.config, is_active = excluded.is_active, updated_at = excluded.updated_at",
);
const SECRETS: TenantSql = TenantSql::new(
    "SELECT field, last4 FROM igny8_integration_secrets WHERE account_id = $1 AND integration_type = $2",
);
const SECRET: TenantSql = TenantSql::new(
    "SELECT secret FROM igny8_integration_secrets WHERE account_id = $1 AND integration_type = $2 AND field = $3",
);
const SEAL: TenantSql = TenantSql::new(
    "INSERT INTO igny8_integration_secrets (account_id, integration_type, field, secret, last4)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (account_id, integration_type, field) DO UPDATE SET secret = excluded.secret, last4 = excluded.last4",
);
const FORGET: TenantSql = TenantSql::new(
    "DELETE FROM igny8_integration_secrets WHERE account_id = $1 AND integration_type = $2 AND field = $3",
);

#[async_trait]
impl Integrations for Store {
    async fn list_integrations(&self, scope: &TenantScope) -> Result<Vec<IntegrationSettings>> {
        let mut db = self.read(scope, "list integrations").await?;
        let mut all = db.query(ALL).all(integration).await?;
        for settings in &mut all {
            settings.secrets = secrets(&mut db, &settings.integration_type).await?;
        }
        Ok(all)
    }

    async fn get_integration(
        &self,
        scope: &TenantScope,
        integration_type: &str,
    ) -> Result<IntegrationSettings> {
        find(&mut self.read(scope, "read an integration").await?, integration_type).await
    }

    async fn save_integration(
        &self,
        scope: &TenantScope,
        settings: SavedIntegration,
    ) -> Result<IntegrationSettings> {
        let mut db = self.write(scope, "save an integration").await?;
        let service = settings.integration_type.as_str();
        let now = db.now();
        db.query(SAVE)
            .bind(service)
            .bind(Json(&settings.config))
            .bind(settings.is_active)
            .bind(now)
            .execute()
            .await?;
        let known = secrets(&mut db, service).await?;
        for (field, secret) in &settings.secrets {
            match secret {
                None => {
                    db.query(FORGET).bind(service).bind(field.as_str()).execute().await?;
                }
                // What was shown comes back: it means unchanged.
                Some(shown)
                    if known.get(field).is_some_and(|known| known.masked() == shown.expose_secret()) => {}
                Some(secret) => seal(&mut db, service, field, secret).await?,
            }
        }
        let saved = find(&mut db, service).await?;
        db.commit().await?;
        Ok(saved)
    }

    async fn integration_secret(
        &self,
        scope: &TenantScope,
        integration_type: &str,
        field: &str,
    ) -> Result<Option<SecretString>> {
        let mut db = self.read(scope, "read an integration's secret").await?;
        let sealed: Option<Vec<u8>> =
            db.query(SECRET).bind(integration_type).bind(field).optional(|row| row.get("secret")).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let row = row_of(integration_type, field);
        db.cipher()?.open(&place(&db, &row), &sealed).map(Some)
    }

    async fn reseal_secrets(&self, scope: &TenantScope) -> Result<u64> {
        let mut db = self.write(scope, "seal secrets anew").await?;
        let resealed = resealing::reseal(&mut db).await?;
        db.commit().await?;
        Ok(resealed)
    }
}

async fn seal(db: &mut Scoped<'_>, service: &str, field: &str, secret: &SecretString) -> Result<()> {
    let row = row_of(service, field);
    let sealed = db.cipher()?.seal(&place(db, &row), secret)?;
    db.query(SEAL)
        .bind(service)
        .bind(field)
        .bind(sealed)
        .bind(SecretField::of(secret.expose_secret()).last4)
        .execute()
        .await
        .map(drop)
}

/// Names a secret's row for its seal.
pub(super) fn row_of(service: &str, field: &str) -> String {
    format!("{service}/{field}")
}

pub(super) fn place<'a>(db: &Scoped<'_>, row: &'a str) -> Aad<'a> {
    Aad { account: db.account(), table: "igny8_integration_secrets", column: "secret", row }
}

async fn secrets(db: &mut Scoped<'_>, service: &str) -> Result<BTreeMap<String, SecretField>> {
    let fields = db
        .query(SECRETS)
        .bind(service)
        .all(|row| Ok((row.get("field")?, SecretField { has_key: true, last4: row.get("last4")? })))
        .await?;
    Ok(fields.into_iter().collect())
}

async fn find(db: &mut Scoped<'_>, service: &str) -> Result<IntegrationSettings> {
    let found = db.query(ONE).bind(service).optional(integration).await?;
    let mut settings = found.ok_or_else(|| Error::not_found("integration", service))?;
    settings.secrets = secrets(db, service).await?;
    Ok(settings)
}

fn integration(row: &Row<'_>) -> Result<IntegrationSettings> {
    Ok(IntegrationSettings {
        tenant: row.tenant()?,
        integration_type: row.get("integration_type")?,
        config: row.json("config")?,
        secrets: BTreeMap::new(),
        is_active: row.get("is_active")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
