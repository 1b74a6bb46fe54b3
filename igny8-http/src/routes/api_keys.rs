//! `auth/api_keys/`: keys for machines. A key acts for who made it, as no more than its role.

use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use igny8_core::identity::ApiKey;
use igny8_core::ids::ApiKeyId;
use igny8_core::tenancy::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::users::NoParams;
use crate::ApiError;
use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::app::App;
use crate::auth::is_by_api_key;
use crate::request::{Body, Id, List, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/api_keys/", "listApiKeys", "API keys of the account, those taken back included", list)
        .post("auth/api_keys/", "createApiKey", "Make an API key; it is shown this once", create)
        .get("auth/api_keys/{id}/", "getApiKey", "An API key", get)
        .delete("auth/api_keys/{id}/", "revokeApiKey", "Take an API key back for good", revoke)
}

/// A key to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyFields {
    /// What it is for.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// The most that it may be; not more than its maker.
    role: Role,
    /// When it is no longer good; null for one that lasts.
    expires_at: Option<DateTime<Utc>>,
}

/// A new key with its secret.
#[derive(Debug, Serialize, JsonSchema)]
struct NewKey {
    #[serde(flatten)]
    key: ApiKey,
    /// For `Authorization: Bearer`; it cannot be read again.
    secret: String,
}

async fn list(tenant: Tenant, list: List<NoParams>) -> Answer<Listed<ApiKey>> {
    list.answer(tenant.igny8.api_keys(&tenant.scope).list(&list.query).await?)
}

async fn create(
    tenant: Tenant,
    headers: HeaderMap,
    State(app): State<App>,
    Body(fields): Body<NewKeyFields>,
) -> Answer<Created<NewKey>> {
    // One that runs out would live on in another.
    if is_by_api_key(&headers) {
        return Err(ApiError::keys_make_no_keys());
    }
    let accounts = app.config.accounts.as_ref().ok_or_else(ApiError::internal)?;
    let NewKeyFields { name, role, expires_at } = fields;
    let (key, secret) = accounts.create_api_key(&tenant.igny8, &tenant.scope, name, role, expires_at).await?;
    Ok(Created(NewKey { key, secret }))
}

async fn get(tenant: Tenant, Id(id): Id<ApiKeyId>) -> Answer<One<ApiKey>> {
    Ok(One(tenant.igny8.api_keys(&tenant.scope).get(id).await?))
}

async fn revoke(tenant: Tenant, Id(id): Id<ApiKeyId>) -> Answer<Deleted> {
    tenant.igny8.api_keys(&tenant.scope).revoke(id).await?;
    Ok(Deleted)
}
