//! `auth/site_access/`: which sites editors and viewers may see.

use igny8_core::Error;
use igny8_core::ids::{SiteId, UserId};
use igny8_core::tenancy::SiteAccess;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Created, Deleted, Listed};
use crate::request::{Body, Query, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/site_access/", "listSiteAccess", "Sites granted to editors and viewers", list)
        .post("auth/site_access/", "grantSiteAccess", "Let an editor or viewer see a site", grant)
        .delete("auth/site_access/", "revokeSiteAccess", "Take a site back from an editor or viewer", revoke)
}

/// Whose grants.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct GrantParams {
    /// Of this user.
    user: Option<UserId>,
}

/// One site and one user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// The user.
    user: UserId,
    /// The site.
    site: SiteId,
}

async fn list(tenant: Tenant, Query(params): Query<GrantParams>) -> Answer<Listed<SiteAccess>> {
    Ok(Listed::whole(tenant.igny8.account(&tenant.scope).grants(params.user).await?))
}

async fn grant(tenant: Tenant, Body(grant): Body<Grant>) -> Answer<Created<SiteAccess>> {
    Ok(Created(tenant.igny8.account(&tenant.scope).grant_site(grant.user, grant.site).await?))
}

async fn revoke(tenant: Tenant, Query(grant): Query<Grant>) -> Answer<Deleted> {
    let account = tenant.igny8.account(&tenant.scope);
    if !account.grants(Some(grant.user)).await?.iter().any(|one| one.site == grant.site) {
        return Err(Error::not_found("site access", format!("{} to {}", grant.user, grant.site)).into());
    }
    account.revoke_site(grant.user, grant.site).await?;
    Ok(Deleted)
}
