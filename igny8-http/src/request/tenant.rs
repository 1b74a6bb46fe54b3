//! Who sends the request, let into one tenant: what nearly every handler begins with.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use igny8_core::Igny8;
use igny8_core::error::FieldErrors;
use igny8_core::identity::Admission;
use igny8_core::tenancy::{TenantScope, User};

use crate::ApiError;
use crate::app::App;
use crate::middleware::Permit;

/// The caller within the tenant they named or belong to.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    /// The SDK.
    pub(crate) igny8: Igny8,
    /// The tenant, as the caller may see it.
    pub(crate) scope: TenantScope,
    /// The caller.
    pub(crate) user: User,
    /// Counts the request among those of the account that are worked on, until it has been.
    _permit: Permit,
}

/// The header by which developers and system members name a tenant.
pub(crate) const ACCOUNT_HEADER: &str = "x-account-id";

impl FromRequestParts<App> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(tenant) = parts.extensions.get::<Self>() {
            return Ok(tenant.clone());
        }
        let named = parts.headers.get(ACCOUNT_HEADER).map(|value| {
            let id = value.to_str().ok().and_then(|text| text.parse().ok());
            id.ok_or_else(|| FieldErrors::one("X-Account-Id", "must be an account's id"))
        });
        let account = named.transpose()?;
        let Admission { user, scope } =
            app.config.authenticator.authenticate(&app.igny8, parts, account).await?;
        let permit = app.limits.admit(scope.account())?;
        let tenant = Self { igny8: app.igny8.clone(), scope, user, _permit: permit };
        parts.extensions.insert(tenant.clone());
        Ok(tenant)
    }
}
