//! Starting runs: 202, and where their progress is told. The request's `Idempotency-Key` is the run's too, so that a start is
//! never made twice, even where the server broke off between starting and answering.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use igny8_core::functions::StartRequest;
use igny8_core::ids::RunId;
use igny8_core::sdk::StartOptions;
use serde_json::Value;

use crate::ApiError;
use crate::answer::{Answer, Started};
use crate::middleware::IDEMPOTENCY_KEY;
use crate::request::Tenant;
use crate::routing::BASE;

/// What starting a run takes from the request beside its input.
#[derive(Clone, Debug)]
pub(super) struct StartKey {
    key: Option<String>,
    mount: String,
}

impl StartKey {
    /// Starts a run of the function that the input belongs to.
    pub(super) async fn start<R: StartRequest>(&self, tenant: &Tenant, request: R) -> Answer<Started> {
        let run = tenant.igny8.start_with(&tenant.scope, request, self.options(tenant)).await?;
        Ok(self.started(R::FUNCTION, run.id()))
    }

    /// Starts a run by its function's name.
    pub(super) async fn start_by_name(&self, tenant: &Tenant, name: &str, input: Value) -> Answer<Started> {
        let run = tenant.igny8.start_by_name(&tenant.scope, name, input, self.options(tenant)).await?;
        Ok(self.started(name, run.id()))
    }

    fn options(&self, tenant: &Tenant) -> StartOptions {
        let idempotency_key = self.key.as_ref().map(|key| format!("http:{}:{key}", tenant.user.id));
        StartOptions { idempotency_key, ..StartOptions::default() }
    }

    fn started(&self, function: &str, run: RunId) -> Started {
        Started {
            run,
            message: format!("{function} was started"),
            location: format!("{}{BASE}/system/settings/task_progress/{run}/", self.mount),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StartKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let mount = uri.path().rsplit_once(BASE).map_or("", |(mount, _)| mount).to_owned();
        let key = parts.headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { key, mount })
    }
}

#[cfg(feature = "openapi")]
impl aide::operation::OperationInput for StartKey {}
