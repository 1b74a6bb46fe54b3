//! `planner/clusters/`: clusters of keywords. Their count and volume are derived and cannot be written.

use igny8_core::functions::GenerateIdeas;
use igny8_core::ids::{ClusterId, SectorId, SiteId};
use igny8_core::pipeline::{Cluster, ClusterChange, ClusterField, ClusterFilter, ClusterStatus, NewCluster};
use schemars::JsonSchema;
use serde::Deserialize;

use super::starting::StartKey;
use crate::answer::{Answer, Created, Deleted, Listed, One, Started};
use crate::request::{Body, Id, InSector, List, ListParams, Tenant, Words, nullable};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("planner")
        .get("planner/clusters/", "listClusters", "Clusters by filter, order and page", list)
        .post("planner/clusters/", "createCluster", "Create a cluster", create)
        .get("planner/clusters/{id}/", "getCluster", "A cluster", get)
        .put("planner/clusters/{id}/", "replaceCluster", "Replace a cluster's fields", replace)
        .patch("planner/clusters/{id}/", "updateCluster", "Change some of a cluster's fields", update)
        .delete(
            "planner/clusters/{id}/",
            "deleteCluster",
            "Delete a cluster; its keywords become orphaned",
            delete,
        )
        .post(
            "planner/clusters/auto_generate_ideas/",
            "autoGenerateIdeas",
            "Start working out ideas for clusters",
            auto_generate_ideas,
        )
}

/// Which clusters a list holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ClusterParams {
    /// The name contains this text, without regard to case.
    search: Option<String>,
    /// With one of these statuses.
    status: Words<ClusterStatus>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
}

impl ListParams for ClusterParams {
    type Filter = ClusterFilter;
    type Field = ClusterField;
    const ORDERING: &'static [(&'static str, ClusterField)] = &[
        ("created_at", ClusterField::CreatedAt),
        ("name", ClusterField::Name),
        ("volume", ClusterField::Volume),
        ("keywords_count", ClusterField::KeywordsCount),
    ];

    fn into_filter(self) -> ClusterFilter {
        ClusterFilter {
            site: self.site_id,
            sector: self.sector_id,
            search: self.search,
            statuses: self.status.0,
            ..ClusterFilter::default()
        }
    }
}

/// A cluster's own fields. Those left out are empty.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClusterFields {
    /// Unique in its sector without regard to case.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// What holds it together.
    description: Option<String>,
}

/// What is to change on a cluster; fields left out stay as they are, null empties one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ClusterPatch {
    /// Unique in its sector without regard to case.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// What holds it together.
    #[serde(deserialize_with = "nullable")]
    description: Option<Option<String>>,
    /// Status; only a legal move.
    status: Option<ClusterStatus>,
}

async fn list(tenant: Tenant, list: List<ClusterParams>) -> Answer<Listed<Cluster>> {
    list.answer(tenant.igny8.clusters(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, new: InSector<ClusterFields>) -> Answer<Created<Cluster>> {
    let ClusterFields { name, description } = new.row;
    let cluster = NewCluster { description, ..NewCluster::named(name) };
    Ok(Created(tenant.igny8.clusters(&tenant.scope).create(new.sector, cluster).await?))
}

async fn get(tenant: Tenant, Id(id): Id<ClusterId>) -> Answer<One<Cluster>> {
    Ok(One(tenant.igny8.clusters(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<ClusterId>,
    Body(fields): Body<ClusterFields>,
) -> Answer<One<Cluster>> {
    let ClusterFields { name, description } = fields;
    let change = ClusterChange { name: Some(name), description: Some(description), status: None };
    Ok(One(tenant.igny8.clusters(&tenant.scope).update(id, change).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<ClusterId>,
    Body(patch): Body<ClusterPatch>,
) -> Answer<One<Cluster>> {
    let ClusterPatch { name, description, status } = patch;
    let change = ClusterChange { name, description, status };
    Ok(One(tenant.igny8.clusters(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<ClusterId>) -> Answer<Deleted> {
    tenant.igny8.clusters(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}

async fn auto_generate_ideas(
    tenant: Tenant,
    key: StartKey,
    Body(request): Body<GenerateIdeas>,
) -> Answer<Started> {
    key.start(&tenant, request).await
}
