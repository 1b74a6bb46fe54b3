//! Plans and industries. A plan of the same slug with other figures comes beside the one that is here, as `<slug>-django`.
//! What is here is never changed: other accounts live by it.

use igny8_core::Result;
use igny8_core::ids::{IndustryId, IndustrySectorId, PlanId};
use igny8_core::ports::Catalogue;
use igny8_core::tenancy::{Industry, IndustrySector, Plan, SeedIndustry, slugify};

use super::Import;
use super::report::{Outcome, TableReport};
use super::row::{Row, shared_id};

/// A limit's column, by the names that releases of the source gave it.
const AI_REQUESTS: &[&str] = &["max_ai_requests_per_day", "daily_ai_requests", "daily_ai_request_limit"];
const WORDS: &[&str] = &["max_words_per_month", "monthly_word_count_limit", "max_word_count"];
const IMAGES: &[&str] = &["max_images_per_month", "monthly_image_count", "max_images"];
/// Every column that a plan here has a place for.
pub(super) const PLAN_COLUMNS: &[&str] = &[
    "name",
    "slug",
    "max_users",
    "max_sites",
    "max_keywords",
    "max_clusters",
    "max_content_ideas",
    "max_ai_requests_per_day",
    "daily_ai_requests",
    "daily_ai_request_limit",
    "max_words_per_month",
    "monthly_word_count_limit",
    "max_word_count",
    "max_images_per_month",
    "monthly_image_count",
    "max_images",
    "credits_per_month",
    "included_credits",
    "is_active",
];

impl Import<'_> {
    pub(super) async fn plan(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let name = row.text(&["name", "slug"]).unwrap_or_else(|| format!("Plan {}", row.id()));
        let slug = slugify(&row.text(&["slug"]).unwrap_or_else(|| name.clone()), "plan");
        let limit = |names: &[&str]| row.int(names).and_then(|limit| u64::try_from(limit).ok());
        let mut plan = Plan {
            id: PlanId::from_uuid(shared_id(&table.table, row.id())),
            name,
            slug,
            max_users: limit(&["max_users"]).map(|users| users.max(1)),
            max_sites: limit(&["max_sites"]),
            max_keywords: limit(&["max_keywords"]),
            max_clusters: limit(&["max_clusters"]),
            max_content_ideas: limit(&["max_content_ideas"]),
            max_ai_requests_per_day: limit(AI_REQUESTS),
            max_words_per_month: limit(WORDS),
            max_images_per_month: limit(IMAGES),
            credits_per_month: row.int(&["credits_per_month"]).map(|credits| credits.max(0)),
            included_credits: row.int(&["included_credits"]).map(|credits| credits.max(0)),
            is_active: row.truth(&["is_active"], true),
        };
        let here = self.igny8.plans().await?;
        if let Some(same) = here.iter().find(|known| known.id == plan.id) {
            self.plans.insert(row.id(), same.id);
            if !plan.is_active {
                self.plans_to_close.push((same.id, false));
            }
            return Ok(Outcome::Unchanged);
        }
        if let Some(taken) = here.iter().find(|known| known.slug == plan.slug) {
            if has_figures_of(taken, &plan) {
                self.plans.insert(row.id(), taken.id);
                return Ok(Outcome::Unchanged);
            }
            plan.slug = slugify(&format!("{}-django", plan.slug), "plan");
            table.note(
                row.id(),
                format!("the plan `{}` here has other figures: it came as `{}`", taken.slug, plan.slug),
            );
        }
        let offered = plan.is_active;
        let id = plan.id;
        // On offer until the accounts are open.
        self.igny8.save_plan(Plan { is_active: true, ..plan }).await?;
        if !offered {
            self.plans_to_close.push((id, true));
        }
        self.plans.insert(row.id(), id);
        Ok(Outcome::Created)
    }

    pub(super) async fn industry(&mut self, row: &Row) -> Result<Outcome> {
        let Some(name) = row.text(&["name"]) else { return Ok(Outcome::skipped("it has no name")) };
        let slug = slugify(&row.text(&["slug"]).unwrap_or_else(|| name.clone()), "industry");
        let id = IndustryId::from_uuid(shared_id("igny8_industries", row.id()));
        let store: &dyn Catalogue = self.igny8.store();
        let here = store.industries().await?;
        if let Some(known) =
            here.iter().find(|known| known.id == id || known.slug == slug || known.name == name)
        {
            self.industries.insert(row.id(), known.id);
            return Ok(Outcome::Unchanged);
        }
        let industry = Industry {
            id,
            name,
            slug,
            description: row.text_or_empty(&["description"]),
            is_active: row.truth(&["is_active"], true),
        };
        let seeds = vec![SeedIndustry { industry, sectors: Vec::new() }];
        store.seed(&self.igny8.system("bring an industry over"), Vec::new(), seeds).await?;
        self.industries.insert(row.id(), id);
        Ok(Outcome::Created)
    }

    pub(super) async fn industry_sector(&mut self, row: &Row) -> Result<Outcome> {
        let industry = row.int(&["industry_id"]).and_then(|id| self.industries.get(&id).copied());
        let Some(industry) = industry else { return Ok(Outcome::skipped("its industry did not come")) };
        let Some(name) = row.text(&["name"]) else { return Ok(Outcome::skipped("it has no name")) };
        let slug = slugify(&row.text(&["slug"]).unwrap_or_else(|| name.clone()), "sector");
        let id = IndustrySectorId::from_uuid(shared_id("igny8_industry_sectors", row.id()));
        let store: &dyn Catalogue = self.igny8.store();
        let here = store.industry_sectors(industry).await?;
        if let Some(known) = here.iter().find(|known| known.id == id || known.slug == slug) {
            self.industry_sectors.insert(row.id(), known.id);
            return Ok(Outcome::Unchanged);
        }
        let mut industries = store.industries().await?;
        industries.retain(|known| known.id == industry);
        let sector = IndustrySector {
            id,
            industry,
            name,
            slug,
            suggested_keywords: row.list(&["suggested_keywords"]),
        };
        let seeds = industries
            .into_iter()
            .map(|industry| SeedIndustry { industry, sectors: vec![sector.clone()] })
            .collect();
        store.seed(&self.igny8.system("bring an industry's sector over"), Vec::new(), seeds).await?;
        self.industry_sectors.insert(row.id(), id);
        Ok(Outcome::Created)
    }
}

/// Whether two plans allow and grant the same.
fn has_figures_of(one: &Plan, other: &Plan) -> bool {
    let figures = |plan: &Plan| Plan {
        id: one.id,
        name: String::new(),
        slug: String::new(),
        is_active: true,
        credits_per_month: Some(plan.effective_credits_per_month()),
        included_credits: None,
        ..plan.clone()
    };
    figures(one) == figures(other)
}
