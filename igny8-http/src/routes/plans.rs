//! `auth/plans/`: what accounts may have and use. Developers write them.

use igny8_core::Error;
use igny8_core::credits::Credits;
use igny8_core::ids::PlanId;
use igny8_core::tenancy::Plan;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Created, Listed, One};
use crate::request::{Body, Id, Tenant, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/plans/", "listPlans", "Every plan", list)
        .post("auth/plans/", "createPlan", "Create a plan (developers)", create)
        .get("auth/plans/{id}/", "getPlan", "A plan", get)
        .put("auth/plans/{id}/", "replacePlan", "Replace a plan (developers)", replace)
}

/// A plan. A limit that is null does not bind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Unique among all plans.
    slug: String,
    /// Most users.
    max_users: Option<u64>,
    /// Most sites.
    max_sites: Option<u64>,
    /// Most keywords.
    max_keywords: Option<u64>,
    /// Most clusters.
    max_clusters: Option<u64>,
    /// Most content ideas.
    max_content_ideas: Option<u64>,
    /// Most provider calls a day.
    max_ai_requests_per_day: Option<u64>,
    /// Most words written a month.
    max_words_per_month: Option<u64>,
    /// Most images made a month.
    max_images_per_month: Option<u64>,
    /// Credits granted each month.
    credits_per_month: Option<Credits>,
    /// When set, even to 0, it wins over `credits_per_month`.
    included_credits: Option<Credits>,
    /// Whether new accounts may choose it; true by default.
    #[serde(default = "yes")]
    is_active: bool,
}

impl PlanFields {
    fn into_plan(self, id: PlanId) -> Plan {
        Plan {
            id,
            name: self.name,
            slug: self.slug,
            max_users: self.max_users,
            max_sites: self.max_sites,
            max_keywords: self.max_keywords,
            max_clusters: self.max_clusters,
            max_content_ideas: self.max_content_ideas,
            max_ai_requests_per_day: self.max_ai_requests_per_day,
            max_words_per_month: self.max_words_per_month,
            max_images_per_month: self.max_images_per_month,
            credits_per_month: self.credits_per_month,
            included_credits: self.included_credits,
            is_active: self.is_active,
        }
    }
}

async fn list(tenant: Tenant) -> Answer<Listed<Plan>> {
    Ok(Listed::whole(tenant.igny8.plans().await?))
}

async fn create(tenant: Tenant, Body(fields): Body<PlanFields>) -> Answer<Created<Plan>> {
    let plan = fields.into_plan(PlanId::new());
    tenant.igny8.operators(&tenant.scope).save_plan(plan.clone()).await?;
    Ok(Created(plan))
}

async fn get(tenant: Tenant, Id(id): Id<PlanId>) -> Answer<One<Plan>> {
    find(&tenant, id).await.map(One)
}

async fn replace(tenant: Tenant, Id(id): Id<PlanId>, Body(fields): Body<PlanFields>) -> Answer<One<Plan>> {
    let plan = fields.into_plan(find(&tenant, id).await?.id);
    tenant.igny8.operators(&tenant.scope).save_plan(plan.clone()).await?;
    Ok(One(plan))
}

async fn find(tenant: &Tenant, id: PlanId) -> Answer<Plan> {
    let plans = tenant.igny8.plans().await?;
    Ok(plans.into_iter().find(|plan| plan.id == id).ok_or_else(|| Error::not_found("plan", id))?)
}
