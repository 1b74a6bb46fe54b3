//! Serves the document and its browser, Swagger UI, from the binary: nothing is fetched from elsewhere.

use aide::swagger::Swagger;
use axum::extract::OriginalUri;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

use super::Document;
use crate::app::App;

/// `/openapi.json` and `/docs`.
pub(crate) fn routes(document: Document) -> Router<App> {
    let json = async move |OriginalUri(uri): OriginalUri| {
        let prefix = uri.path().strip_suffix("/openapi.json").unwrap_or_default();
        Json(document.served_at(prefix))
    };
    let browser = async move || {
        let page = Swagger::new("openapi.json").with_title("IGNY8 API").html();
        let policy = HeaderValue::from_static(
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; \
             connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        );
        ([(header::CONTENT_SECURITY_POLICY, policy)], axum::response::Html(page)).into_response()
    };
    Router::new().route("/openapi.json", get(json)).route("/docs", get(browser))
}
