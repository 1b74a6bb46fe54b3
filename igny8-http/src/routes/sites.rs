//! `auth/sites/`: sites of the account within reach, and the sectors of each.

use igny8_core::ids::{AuthorProfileId, IndustryId, SiteId, StrategyId};
use igny8_core::settings::SecretString;
use igny8_core::tenancy::{NewSite, Sector, Site, SiteChange, SiteStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, Query, Tenant, active, nullable, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/sites/", "listSites", "Sites within reach", list)
        .post("auth/sites/", "createSite", "Create a site", create)
        .get("auth/sites/{id}/", "getSite", "A site", get)
        .put("auth/sites/{id}/", "replaceSite", "Replace a site's fields", replace)
        .patch("auth/sites/{id}/", "updateSite", "Change some of a site's fields", update)
        .delete("auth/sites/{id}/", "deleteSite", "Delete a site; one that holds rows only by force", delete)
        .get("auth/sites/{id}/sectors/", "listSiteSectors", "Sectors of a site", sectors)
}

/// A site to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSiteFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Unique in the account; made from the name when left out.
    slug: Option<String>,
    /// Where it lives.
    domain: Option<String>,
    /// Its industry.
    industry: Option<IndustryId>,
}

/// A site's fields that can be replaced; the password is only written when given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SiteFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Where it lives.
    domain: Option<String>,
    /// Its industry.
    industry: Option<IndustryId>,
    /// Whether it is in use; true by default.
    #[serde(default = "yes")]
    is_active: bool,
    /// The editor's label; `active` by default.
    #[serde(default = "active")]
    status: SiteStatus,
    /// The author profile its articles are written with.
    author_profile: Option<AuthorProfileId>,
    /// The strategy its articles follow.
    strategy: Option<StrategyId>,
    /// WordPress base URL.
    wp_url: Option<String>,
    /// WordPress user name.
    wp_username: Option<String>,
    /// WordPress application password; it cannot be read again.
    wp_app_password: Option<String>,
}

/// What is to change on a site; fields left out stay as they are, null empties one.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SitePatch {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Where it lives.
    #[serde(deserialize_with = "nullable")]
    domain: Option<Option<String>>,
    /// Its industry.
    #[serde(deserialize_with = "nullable")]
    industry: Option<Option<IndustryId>>,
    /// Whether it is in use.
    is_active: Option<bool>,
    /// The editor's label.
    status: Option<SiteStatus>,
    /// The author profile its articles are written with.
    #[serde(deserialize_with = "nullable")]
    author_profile: Option<Option<AuthorProfileId>>,
    /// The strategy its articles follow.
    #[serde(deserialize_with = "nullable")]
    strategy: Option<Option<StrategyId>>,
    /// WordPress base URL.
    #[serde(deserialize_with = "nullable")]
    wp_url: Option<Option<String>>,
    /// WordPress user name.
    #[serde(deserialize_with = "nullable")]
    wp_username: Option<Option<String>>,
    /// WordPress application password; it cannot be read again.
    #[serde(deserialize_with = "nullable")]
    wp_app_password: Option<Option<String>>,
}

/// How a site or sector is deleted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DeleteParams {
    /// Deletes everything in it too.
    pub(super) force: bool,
}

async fn list(tenant: Tenant) -> Answer<Listed<Site>> {
    Ok(Listed::whole(tenant.igny8.sites(&tenant.scope).list().await?))
}

async fn create(tenant: Tenant, Body(fields): Body<NewSiteFields>) -> Answer<Created<Site>> {
    let NewSiteFields { name, slug, domain, industry } = fields;
    let site = NewSite { name, slug, domain, industry };
    Ok(Created(tenant.igny8.sites(&tenant.scope).create(site).await?))
}

async fn get(tenant: Tenant, Id(id): Id<SiteId>) -> Answer<One<Site>> {
    Ok(One(tenant.igny8.sites(&tenant.scope).get(id).await?))
}

async fn replace(tenant: Tenant, Id(id): Id<SiteId>, Body(fields): Body<SiteFields>) -> Answer<One<Site>> {
    let change = SiteChange {
        name: Some(fields.name),
        domain: Some(fields.domain),
        industry: Some(fields.industry),
        is_active: Some(fields.is_active),
        status: Some(fields.status),
        author_profile: Some(fields.author_profile),
        strategy: Some(fields.strategy),
        wp_url: Some(fields.wp_url),
        wp_username: Some(fields.wp_username),
        wp_app_password: fields.wp_app_password.map(|password| Some(SecretString::from(password))),
    };
    Ok(One(tenant.igny8.sites(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<SiteId>, Body(patch): Body<SitePatch>) -> Answer<One<Site>> {
    let change = SiteChange {
        name: patch.name,
        domain: patch.domain,
        industry: patch.industry,
        is_active: patch.is_active,
        status: patch.status,
        author_profile: patch.author_profile,
        strategy: patch.strategy,
        wp_url: patch.wp_url,
        wp_username: patch.wp_username,
        wp_app_password: patch.wp_app_password.map(|password| password.map(SecretString::from)),
    };
    Ok(One(tenant.igny8.sites(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<SiteId>, Query(params): Query<DeleteParams>) -> Answer<Deleted> {
    tenant.igny8.sites(&tenant.scope).delete(id, params.force).await?;
    Ok(Deleted)
}

async fn sectors(tenant: Tenant, Id(id): Id<SiteId>) -> Answer<Listed<Sector>> {
    let site = tenant.igny8.sites(&tenant.scope).get(id).await?.id;
    Ok(Listed::whole(tenant.igny8.sectors(&tenant.scope).list(Some(site)).await?))
}
