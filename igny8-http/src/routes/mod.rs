//! Every route, one file a noun.

mod accounts;
mod ai_functions;
#[cfg(feature = "auth")]
mod api_keys;
mod author_profiles;
mod billing;
mod clusters;
mod contents;
mod events;
mod following;
mod ideas;
mod images;
mod industries;
mod integrations;
mod keyword_files;
mod keywords;
#[cfg(feature = "auth")]
mod login;
mod metrics;
mod plans;
mod probes;
mod prompts;
mod sectors;
mod site_access;
mod sites;
mod starting;
mod strategies;
mod task_progress;
mod tasks;
mod users;
mod webhooks;

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::Method;

pub(crate) use following::Following;

use crate::ApiError;
use crate::app::App;
use crate::routing::Routes;

/// All of them.
pub(crate) fn all(app: &App) -> Router<App> {
    #[cfg(feature = "openapi")]
    let router = {
        let (router, value) = crate::openapi::documented(|| api(app));
        let document = crate::openapi::Document::default();
        document.set(value);
        router.merge(crate::openapi::routes(document))
    };
    #[cfg(not(feature = "openapi"))]
    let router = Routes::all(api(app));
    router
        .layer(axum::middleware::from_fn_with_state(app.clone(), crate::middleware::idempotent))
        .merge(probes::routes())
        .merge(metrics::page(app))
}

fn api(app: &App) -> Vec<Routes> {
    let mut api = Vec::new();
    #[cfg(feature = "auth")]
    if app.config.accounts.is_some() {
        api.push(login::routes());
        api.push(api_keys::routes());
    }
    #[cfg(not(feature = "auth"))]
    let _ = app;
    api.extend([
        accounts::routes(),
        users::routes(),
        plans::routes(),
        industries::routes(),
        sites::routes(),
        sectors::routes(),
        site_access::routes(),
        keywords::routes(),
        keyword_files::routes(),
        clusters::routes(),
        ideas::routes(),
        tasks::routes(),
        contents::routes(),
        images::routes(),
        ai_functions::routes(),
        task_progress::routes(),
        events::routes(),
        integrations::routes(),
        prompts::routes(),
        author_profiles::routes(),
        strategies::routes(),
        webhooks::routes(),
        metrics::routes(),
        billing::routes(),
    ]);
    api
}

/// No route.
pub(crate) async fn no_route(OriginalUri(uri): OriginalUri) -> ApiError {
    ApiError::no_route(uri.path())
}

/// The path takes other methods.
pub(crate) async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::method_not_allowed(&method)
}
