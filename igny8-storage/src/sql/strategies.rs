//! Strategies of the account; those of sectors out of reach are not seen.

use async_trait::async_trait;
use igny8_core::ids::{SiteId, StrategyId};
use igny8_core::ports::Strategies;
use igny8_core::settings::{NewStrategy, Strategy, StrategyChange};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::Store;
use super::columns::Row;
use super::executor::Scoped;
use super::sectors::site_of;
use crate::statement::TenantSql;

/// A strategy with the site of its sector.
macro_rules! strategies {
    ($which:literal) => {
        concat!(
            "SELECT t.*, s.site_id FROM igny8_strategies t
             LEFT JOIN igny8_sectors s ON s.account_id = t.account_id AND s.id = t.sector_id
             WHERE t.account_id = $1",
            $which
        )
    };
}

const ALL: TenantSql = TenantSql::new(strategies!(" ORDER BY t.name, t.id"));
const ONE: TenantSql = TenantSql::new(strategies!(" AND t.id = $2"));
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_strategies
         (account_id, id, name, description, sector_id, prompt_types, section_logic, is_active, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
);
const DETACH: [TenantSql; 2] = [
    TenantSql::new("UPDATE igny8_sites SET strategy_id = NULL WHERE account_id = $1 AND strategy_id = $2"),
    TenantSql::new("UPDATE igny8_sectors SET strategy_id = NULL WHERE account_id = $1 AND strategy_id = $2"),
];
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_strategies WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Strategies for Store {
    async fn create_strategy(&self, scope: &TenantScope, new: NewStrategy) -> Result<Strategy> {
        let mut db = self.write(scope, "create a strategy").await?;
        if let Some(sector) = new.sector {
            site_of(&mut db, sector).await?;
        }
        let id = StrategyId::new();
        let now = db.now();
        db.query(CREATE)
            .bind(id)
            .bind(new.name.as_str())
            .bind(new.description.as_str())
            .bind(new.sector)
            .bind(Json(&new.prompt_types))
            .bind(Json(&new.section_logic))
            .bind(new.is_active)
            .bind(now)
            .execute()
            .await?;
        let created = find(&mut db, id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_strategy(&self, scope: &TenantScope, id: StrategyId) -> Result<Strategy> {
        find(&mut self.read(scope, "read a strategy").await?, id).await
    }

    async fn list_strategies(&self, scope: &TenantScope) -> Result<Vec<Strategy>> {
        let mut db = self.read(scope, "list strategies").await?;
        let all = db.query(ALL).all(strategy).await?;
        let within = |site: &Option<SiteId>| site.is_none_or(|site| scope.sees(site));
        Ok(all.into_iter().filter(|(_, site)| within(site)).map(|(strategy, _)| strategy).collect())
    }

    async fn update_strategy(
        &self,
        scope: &TenantScope,
        id: StrategyId,
        change: StrategyChange,
    ) -> Result<Strategy> {
        let mut db = self.write(scope, "change a strategy").await?;
        find(&mut db, id).await?;
        let now = db.now();
        db.update("igny8_strategies")
            .set("name", change.name)
            .set("description", change.description)
            .set("prompt_types", change.prompt_types.as_ref().map(Json))
            .set("section_logic", change.section_logic.as_ref().map(Json))
            .set("is_active", change.is_active)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_strategy(&self, scope: &TenantScope, id: StrategyId) -> Result<()> {
        let mut db = self.write(scope, "delete a strategy").await?;
        find(&mut db, id).await?;
        for sql in DETACH {
            db.query(sql).bind(id).execute().await?;
        }
        db.query(DELETE).bind(id).execute().await?;
        db.commit().await
    }
}

async fn find(db: &mut Scoped<'_>, id: StrategyId) -> Result<Strategy> {
    let found = db.query(ONE).bind(id).optional(strategy).await?;
    match found {
        Some((strategy, site)) if site.is_none_or(|site| db.check_reach(site).is_ok()) => Ok(strategy),
        _ => Err(Error::not_found("strategy", id)),
    }
}

fn strategy(row: &Row<'_>) -> Result<(Strategy, Option<SiteId>)> {
    let strategy = Strategy {
        id: row.get("id")?,
        tenant: row.tenant()?,
        name: row.get("name")?,
        description: row.get("description")?,
        sector: row.get("sector_id")?,
        prompt_types: row.json("prompt_types")?,
        section_logic: row.json("section_logic")?,
        is_active: row.get("is_active")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok((strategy, row.get("site_id")?))
}
