//! The adapter as a client meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use igny8_core::ports::{ProviderError, ProviderErrorKind};
use igny8_core::{Error, Igny8};
use igny8_http::{ApiError, router};
use igny8_storage::SqliteStore;
use serde_json::Value;
use tower::ServiceExt;

async fn json(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_probes_answer() {
    let igny8 = Igny8::builder(SqliteStore::open("sqlite::memory:").await.unwrap()).build().unwrap();
    for path in ["/healthz", "/readyz"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(igny8.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(json(response).await["success"], true);
    }
}

#[tokio::test]
async fn errors_have_status_code_and_no_internals() {
    let limited = ProviderError::new(ProviderErrorKind::RateLimit, "openai", "slow down")
        .retry_after(Duration::from_secs(7));
    let cases = [
        (Error::invalid("keyword", "is empty"), 400, "invalid"),
        (Error::InsufficientCredits { needed: 5, available: 1 }, 402, "insufficient_credits"),
        (Error::not_found("keyword", 1), 404, "not_found"),
        (Error::conflict("keyword", "taken"), 409, "conflict"),
        (Error::from(limited), 429, "provider_rate_limit"),
        (Error::storage("read", "the disk at /srv/secret is full"), 500, "storage"),
    ];
    for (error, status, code) in cases {
        let retry_after = error.retry_after().map(|wait| wait.as_secs().to_string());
        let response = ApiError::from(error).into_response();
        assert_eq!(response.status().as_u16(), status);
        let header = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header, retry_after);
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body = json(response).await;
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["request_id"], id);
        assert!(!body.to_string().contains("secret"));
    }
}
