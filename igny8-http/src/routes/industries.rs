//! `auth/industries/`: the catalogue that sites and sectors are made from. It is read only.

use igny8_core::Error;
use igny8_core::ids::IndustryId;
use igny8_core::tenancy::{Industry, IndustrySector};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Answer, Listed, One};
use crate::request::{Id, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/industries/", "listIndustries", "Every industry with its sectors, by name", list)
        .get("auth/industries/{id}/", "getIndustry", "An industry with its sectors", get)
}

/// An industry with its sector templates.
#[derive(Debug, Serialize, JsonSchema)]
struct IndustryWithSectors {
    #[serde(flatten)]
    industry: Industry,
    /// Its sector templates.
    sectors: Vec<IndustrySector>,
}

async fn all(tenant: &Tenant) -> Answer<Vec<IndustryWithSectors>> {
    let industries = tenant.igny8.industries().await?;
    Ok(industries.into_iter().map(|(industry, sectors)| IndustryWithSectors { industry, sectors }).collect())
}

async fn list(tenant: Tenant) -> Answer<Listed<IndustryWithSectors>> {
    all(&tenant).await.map(Listed::whole)
}

async fn get(tenant: Tenant, Id(id): Id<IndustryId>) -> Answer<One<IndustryWithSectors>> {
    let found = all(&tenant).await?.into_iter().find(|one| one.industry.id == id);
    Ok(One(found.ok_or_else(|| Error::not_found("industry", id))?))
}
