//! Which sites editors and viewers may see.

use async_trait::async_trait;
use igny8_core::ids::{SiteId, UserId};
use igny8_core::ports::SiteGrants;
use igny8_core::tenancy::{SiteAccess, TenantScope};
use igny8_core::{Error, Result};

use super::columns::Row;
use super::sites::check_site;
use super::{Store, users};
use crate::statement::TenantSql;

const GRANT: TenantSql = TenantSql::new(
    "INSERT INTO igny8_site_access (account_id, user_id, site_id, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING",
);
const GRANTED: TenantSql =
    TenantSql::new("SELECT * FROM igny8_site_access WHERE account_id = $1 AND user_id = $2 AND site_id = $3");
const REVOKE: TenantSql =
    TenantSql::new("DELETE FROM igny8_site_access WHERE account_id = $1 AND user_id = $2 AND site_id = $3");
const GRANTS: TenantSql = TenantSql::new(
    "SELECT * FROM igny8_site_access WHERE account_id = $1 AND ($2 IS NULL OR user_id = $2)
     ORDER BY granted_at, user_id, site_id",
);

#[async_trait]
impl SiteGrants for Store {
    async fn grant_site(&self, scope: &TenantScope, user: UserId, site: SiteId) -> Result<SiteAccess> {
        let mut db = self.write(scope, "grant a site").await?;
        check_site(&mut db, site).await?;
        users::find(&mut db, user).await?;
        let now = db.now();
        db.query(GRANT).bind(user).bind(site).bind(scope.actor()).bind(now).execute().await?;
        let granted = db.query(GRANTED).bind(user).bind(site).optional(grant).await?;
        db.commit().await?;
        granted.ok_or_else(|| Error::not_found("site", site))
    }

    async fn revoke_site(&self, scope: &TenantScope, user: UserId, site: SiteId) -> Result<()> {
        if !scope.sees(site) {
            return Ok(());
        }
        let mut db = self.write(scope, "take a site's grant back").await?;
        db.query(REVOKE).bind(user).bind(site).execute().await?;
        db.commit().await
    }

    async fn list_grants(&self, scope: &TenantScope, user: Option<UserId>) -> Result<Vec<SiteAccess>> {
        let mut db = self.read(scope, "list site grants").await?;
        let mut grants = db.query(GRANTS).bind(user).all(grant).await?;
        grants.retain(|grant| scope.sees(grant.site));
        Ok(grants)
    }
}

fn grant(row: &Row<'_>) -> Result<SiteAccess> {
    Ok(SiteAccess {
        tenant: row.tenant()?,
        user: row.get("user_id")?,
        site: row.get("site_id")?,
        granted_by: row.get("granted_by")?,
        granted_at: row.get("granted_at")?,
    })
}
