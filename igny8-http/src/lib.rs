#![doc = include_str!("../README.md")]

mod answer;
mod app;
#[cfg(feature = "auth")]
pub mod auth;
mod authenticator;
mod config;
mod middleware;
#[cfg(feature = "openapi")]
mod openapi;
mod request;
mod routes;
mod routing;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub use answer::{ApiError, ERROR_CODES, ErrorCode};
pub use authenticator::Authenticator;
pub use config::HttpConfig;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use igny8_core::Igny8;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;

/// The API, to be mounted under any path: everything below `/api/v1/`, and `/healthz`, `/readyz`, `/openapi.json`, `/docs` and
/// `/metrics` beside it.
pub fn router(igny8: Igny8, config: HttpConfig) -> Router {
    let app = App::new(igny8, config);
    let origins = app.config.origins.clone();
    routes::all(&app)
        .fallback(routes::no_route)
        .method_not_allowed_fallback(routes::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(app.clone(), middleware::answer))
        .layer(CompressionLayer::new())
        .layer(cors(origins))
        .with_state(app)
}

/// Pages of no origin but these may call the API.
fn cors(origins: Vec<axum::http::HeaderValue>) -> CorsLayer {
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let named = [request::ACCOUNT_HEADER, "idempotency-key", "x-request-id", "last-event-id"];
    let headers = named
        .into_iter()
        .map(HeaderName::from_static)
        .chain([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH])
        .collect::<Vec<_>>();
    let exposed = [
        header::CONTENT_DISPOSITION,
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        HeaderName::from_static("idempotency-replayed"),
        HeaderName::from_static("x-request-id"),
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(headers)
        .expose_headers(exposed)
        .max_age(std::time::Duration::from_secs(600))
}
