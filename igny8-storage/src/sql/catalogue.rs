//! Plans and industries: the catalogue that is the same for every tenant.

use async_trait::async_trait;
use igny8_core::ids::{IndustryId, PlanId};
use igny8_core::ports::Catalogue;
use igny8_core::tenancy::{Industry, IndustrySector, Plan, SeedIndustry, SystemScope};
use igny8_core::{Error, Result};
use sqlx::types::Json;

use super::Store;
use super::columns::Row;
use super::executor::System;
use super::failure::BrokenRule;
use crate::statement::{SharedSql, SystemSql};

const PLANS: SharedSql = SharedSql::new("SELECT * FROM igny8_plans ORDER BY created_at, id");
const PLAN: SharedSql = SharedSql::new("SELECT * FROM igny8_plans WHERE id = $1");
const INDUSTRIES: SharedSql = SharedSql::new("SELECT * FROM igny8_industries ORDER BY name, id");
const INDUSTRY: SharedSql = SharedSql::new("SELECT id FROM igny8_industries WHERE id = $1");
const INDUSTRY_SECTORS: SharedSql =
    SharedSql::new("SELECT * FROM igny8_industry_sectors WHERE industry_id = $1 ORDER BY name, id");

macro_rules! insert_plan {
    ($on_conflict:literal) => {
        SystemSql::new(concat!(
            "INSERT INTO igny8_plans (id, name, slug, max_users, max_sites, max_keywords, max_clusters,
                 max_content_ideas, max_ai_requests_per_day, max_words_per_month, max_images_per_month,
                 credits_per_month, included_credits, is_active, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ",
            $on_conflict
        ))
    };
}
const SEED_PLAN: SystemSql = insert_plan!("ON CONFLICT DO NOTHING");
const SAVE_PLAN: SystemSql = insert_plan!(
    "ON CONFLICT (id) DO UPDATE SET name = excluded.name, slug = excluded.slug, max_users = excluded.max_users,
         max_sites = excluded.max_sites, max_keywords = excluded.max_keywords,
         max_clusters = excluded.max_clusters, max_content_ideas = excluded.max_content_ideas,
         max_ai_requests_per_day = excluded.max_ai_requests_per_day,
         max_words_per_month = excluded.max_words_per_month,
         max_images_per_month = excluded.max_images_per_month,
         credits_per_month = excluded.credits_per_month, included_credits = excluded.included_credits,
         is_active = excluded.is_active"
);
const SEED_INDUSTRY: SystemSql = SystemSql::new(
    "INSERT INTO igny8_industries (id, name, slug, description, is_active) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING",
);
// Only under an industry that is there: a host may have one of the same slug under another id.
const SEED_INDUSTRY_SECTOR: SystemSql = SystemSql::new(
    "INSERT INTO igny8_industry_sectors (id, industry_id, name, slug, suggested_keywords)
     SELECT $1, i.id, $3, $4, $5 FROM igny8_industries i WHERE i.id = $2
     ON CONFLICT DO NOTHING",
);

#[async_trait]
impl Catalogue for Store {
    async fn seed(
        &self,
        system: &SystemScope,
        plans: Vec<Plan>,
        industries: Vec<SeedIndustry>,
    ) -> Result<()> {
        let mut db = self.system_write(system, "seed the catalogue").await?;
        for plan in &plans {
            write_plan(&mut db, SEED_PLAN, plan).await?;
        }
        for SeedIndustry { industry, sectors } in &industries {
            db.query(SEED_INDUSTRY)
                .bind(industry.id)
                .bind(industry.name.as_str())
                .bind(industry.slug.as_str())
                .bind(industry.description.as_str())
                .bind(industry.is_active)
                .execute()
                .await?;
            for sector in sectors {
                db.query(SEED_INDUSTRY_SECTOR)
                    .bind(sector.id)
                    .bind(sector.industry)
                    .bind(sector.name.as_str())
                    .bind(sector.slug.as_str())
                    .bind(Json(&sector.suggested_keywords))
                    .execute()
                    .await?;
            }
        }
        db.commit().await
    }

    async fn plans(&self) -> Result<Vec<Plan>> {
        self.shared("list plans").await?.query(PLANS).all(plan).await
    }

    async fn plan(&self, id: PlanId) -> Result<Plan> {
        let found = self.shared("read a plan").await?.query(PLAN).bind(id).optional(plan).await?;
        found.ok_or_else(|| Error::not_found("plan", id))
    }

    async fn save_plan(&self, system: &SystemScope, plan: Plan) -> Result<()> {
        let mut db = self.system_write(system, "save a plan").await?;
        write_plan(&mut db, SAVE_PLAN, &plan)
            .await
            .or_taken(|| Error::conflict("plan", format!("the slug `{}` is another plan's", plan.slug)))?;
        db.commit().await
    }

    async fn industries(&self) -> Result<Vec<Industry>> {
        self.shared("list industries")
            .await?
            .query(INDUSTRIES)
            .all(|row| {
                Ok(Industry {
                    id: row.get("id")?,
                    name: row.get("name")?,
                    slug: row.get("slug")?,
                    description: row.get("description")?,
                    is_active: row.get("is_active")?,
                })
            })
            .await
    }

    async fn industry_sectors(&self, industry: IndustryId) -> Result<Vec<IndustrySector>> {
        let mut db = self.shared("list an industry's sectors").await?;
        if !db.query(INDUSTRY).bind(industry).exists().await? {
            return Err(Error::not_found("industry", industry));
        }
        db.query(INDUSTRY_SECTORS)
            .bind(industry)
            .all(|row| {
                Ok(IndustrySector {
                    id: row.get("id")?,
                    industry: row.get("industry_id")?,
                    name: row.get("name")?,
                    slug: row.get("slug")?,
                    suggested_keywords: row.json("suggested_keywords")?,
                })
            })
            .await
    }
}

async fn write_plan(db: &mut System<'_>, sql: SystemSql, plan: &Plan) -> Result<()> {
    let now = db.now();
    db.query(sql)
        .bind(plan.id)
        .bind(plan.name.as_str())
        .bind(plan.slug.as_str())
        .bind(plan.max_users)
        .bind(plan.max_sites)
        .bind(plan.max_keywords)
        .bind(plan.max_clusters)
        .bind(plan.max_content_ideas)
        .bind(plan.max_ai_requests_per_day)
        .bind(plan.max_words_per_month)
        .bind(plan.max_images_per_month)
        .bind(plan.credits_per_month)
        .bind(plan.included_credits)
        .bind(plan.is_active)
        .bind(now)
        .execute()
        .await
        .map(drop)
}

/// A plan from its row.
pub(crate) fn plan(row: &Row<'_>) -> Result<Plan> {
    Ok(Plan {
        id: row.get("id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        max_users: row.get("max_users")?,
        max_sites: row.get("max_sites")?,
        max_keywords: row.get("max_keywords")?,
        max_clusters: row.get("max_clusters")?,
        max_content_ideas: row.get("max_content_ideas")?,
        max_ai_requests_per_day: row.get("max_ai_requests_per_day")?,
        max_words_per_month: row.get("max_words_per_month")?,
        max_images_per_month: row.get("max_images_per_month")?,
        credits_per_month: row.get("credits_per_month")?,
        included_credits: row.get("included_credits")?,
        is_active: row.get("is_active")?,
    })
}
