//! `auth/sectors/`: topic areas of the sites within reach.

use igny8_core::clustering::ClusteringMethod;
use igny8_core::ids::{AuthorProfileId, IndustrySectorId, SectorId, SiteId, StrategyId};
use igny8_core::tenancy::{NewSector, Sector, SectorChange, SiteStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use super::sites::DeleteParams;
use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, Query, Tenant, active, nullable, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/sectors/", "listSectors", "Sectors of the sites within reach", list)
        .post("auth/sectors/", "createSector", "Create a sector; a site has at most five active ones", create)
        .get("auth/sectors/{id}/", "getSector", "A sector", get)
        .put("auth/sectors/{id}/", "replaceSector", "Replace a sector's fields", replace)
        .patch("auth/sectors/{id}/", "updateSector", "Change some of a sector's fields", update)
        .delete(
            "auth/sectors/{id}/",
            "deleteSector",
            "Delete a sector; one that holds rows only by force",
            delete,
        )
}

/// Which sectors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SectorParams {
    /// Of this site.
    site_id: Option<SiteId>,
}

/// A sector to create; it starts active.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSectorFields {
    /// The site it belongs to.
    site_id: SiteId,
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Unique in the site; made from the name when left out.
    slug: Option<String>,
    /// The template it is made from.
    industry_sector: Option<IndustrySectorId>,
}

/// A sector's fields that can be replaced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SectorFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Counts towards the five when true; true by default.
    #[serde(default = "yes")]
    is_active: bool,
    /// The editor's label; `active` by default.
    #[serde(default = "active")]
    status: SiteStatus,
    /// Whether a keyword may be in several clusters; false by default.
    #[serde(default)]
    many_clusters_per_keyword: bool,
    /// By what its keywords are grouped; null is the default.
    clustering: Option<ClusteringMethod>,
    /// The author profile its articles are written with.
    author_profile: Option<AuthorProfileId>,
    /// The strategy its articles follow.
    strategy: Option<StrategyId>,
}

/// What is to change on a sector; fields left out stay as they are, null empties one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SectorPatch {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Counts towards the five when true.
    is_active: Option<bool>,
    /// The editor's label.
    status: Option<SiteStatus>,
    /// Whether a keyword may be in several clusters.
    many_clusters_per_keyword: Option<bool>,
    /// By what its keywords are grouped; null is the default.
    #[serde(deserialize_with = "nullable")]
    clustering: Option<Option<ClusteringMethod>>,
    /// The author profile its articles are written with.
    #[serde(deserialize_with = "nullable")]
    author_profile: Option<Option<AuthorProfileId>>,
    /// The strategy its articles follow.
    #[serde(deserialize_with = "nullable")]
    strategy: Option<Option<StrategyId>>,
}

async fn list(tenant: Tenant, Query(params): Query<SectorParams>) -> Answer<Listed<Sector>> {
    Ok(Listed::whole(tenant.igny8.sectors(&tenant.scope).list(params.site_id).await?))
}

async fn create(tenant: Tenant, Body(fields): Body<NewSectorFields>) -> Answer<Created<Sector>> {
    let NewSectorFields { site_id, name, slug, industry_sector } = fields;
    let sector = NewSector { name, slug, industry_sector };
    Ok(Created(tenant.igny8.sectors(&tenant.scope).create(site_id, sector).await?))
}

async fn get(tenant: Tenant, Id(id): Id<SectorId>) -> Answer<One<Sector>> {
    Ok(One(tenant.igny8.sectors(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<SectorId>,
    Body(fields): Body<SectorFields>,
) -> Answer<One<Sector>> {
    let change = SectorChange {
        name: Some(fields.name),
        is_active: Some(fields.is_active),
        status: Some(fields.status),
        many_clusters_per_keyword: Some(fields.many_clusters_per_keyword),
        clustering: Some(fields.clustering),
        author_profile: Some(fields.author_profile),
        strategy: Some(fields.strategy),
    };
    Ok(One(tenant.igny8.sectors(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<SectorId>, Body(patch): Body<SectorPatch>) -> Answer<One<Sector>> {
    let change = SectorChange {
        name: patch.name,
        is_active: patch.is_active,
        status: patch.status,
        many_clusters_per_keyword: patch.many_clusters_per_keyword,
        clustering: patch.clustering,
        author_profile: patch.author_profile,
        strategy: patch.strategy,
    };
    Ok(One(tenant.igny8.sectors(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<SectorId>, Query(params): Query<DeleteParams>) -> Answer<Deleted> {
    tenant.igny8.sectors(&tenant.scope).delete(id, params.force).await?;
    Ok(Deleted)
}
