//! What the adapter's requests take: the resource tracker for admins, and the host's recorder for Prometheus.

use axum::Router;
use axum::extract::State;

use crate::answer::{Answer, One};
use crate::app::App;
use crate::middleware::ResourceReport;
use crate::request::Tenant;
use crate::routing::Routes;
use igny8_core::tenancy::Action;

pub(super) fn routes() -> Routes {
    Routes::of("system").get("system/metrics/", "getMetrics", "What the server's requests take", resources)
}

/// It tells of the whole server, not of the tenant: figures by route, nothing of anyone's rows.
async fn resources(tenant: Tenant, State(app): State<App>) -> Answer<One<ResourceReport>> {
    tenant.scope.require(Action::ManageUsers)?;
    Ok(One(app.tracker.report()))
}

#[cfg(feature = "metrics")]
pub(super) fn page(app: &App) -> Router<App> {
    use axum::http::header;
    use axum::routing::get;

    let Some(recorder) = app.config.prometheus.clone() else {
        return Router::new();
    };
    let page = async move || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render());
    Router::new().route("/metrics", get(page))
}

#[cfg(not(feature = "metrics"))]
pub(super) fn page(_: &App) -> Router<App> {
    Router::new()
}
