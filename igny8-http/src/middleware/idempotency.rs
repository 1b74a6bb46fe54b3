//! `Idempotency-Key`: a POST that is sent twice is done once, and answered twice with the same.
//! Only what was done is kept; a request that was refused did nothing and leaves its key free.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use igny8_core::Error;
use igny8_core::idempotency::{KeyClaim, StoredResponse};
use sha2::{Digest, Sha256};

use super::answering::message_of;
use crate::ApiError;
use crate::answer::RequestId;
use crate::app::App;
use crate::request::{Tenant, limited};

/// Where the key travels.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Tells an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Answers that carry a secret are not kept: asking again makes another one. Nor is what a password was sent with, of which no
/// fingerprint may lie about, nor a logout's answer: it has no caller but its token.
const NOT_KEPT: [&str; 7] = [
    "auth/register/",
    "auth/login/",
    "auth/logout/",
    "auth/refresh/",
    "auth/change_password/",
    "auth/api_keys/",
    "auth/users/",
];

/// Files have their own way, as they are not held in memory: [`once`].
const FILES: &str = "import_csv/";

/// How long a request that nobody finishes, such as when its server is gone, keeps its key.
const LEASE: Duration = Duration::from_secs(60);

/// So for a file, which takes longer.
pub(crate) const FILE_LEASE: Duration = Duration::from_secs(20 * 60);

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The middleware.
pub(crate) async fn idempotent(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let route = if route.ends_with('/') { route.to_owned() } else { format!("{route}/") };
    let keyed = request.method() == Method::POST && request.headers().contains_key(IDEMPOTENCY_KEY);
    if !keyed || route.ends_with(FILES) || NOT_KEPT.iter().any(|path| route.ends_with(path)) {
        return next.run(request).await;
    }
    answered(app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answered(app: App, request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let tenant = Tenant::from_request_parts(&mut parts, &app).await?;
    let key = key_of(&parts.headers)?;
    let bytes = limited(body, app.config.body_limit).await?;
    let mut fingerprint = Sha256::new();
    // With its last slash or without, it is the same request.
    fingerprint.update(parts.uri.path().trim_end_matches('/'));
    fingerprint.update([0]);
    fingerprint.update(parts.uri.query().unwrap_or_default());
    fingerprint.update([0]);
    fingerprint.update(&bytes);
    let request = Request::from_parts(parts, bytes.into());
    let lease = LEASE.max(app.config.timeout * 2);
    once(&tenant, &key, fingerprint.finalize().into(), lease, next.run(request)).await
}

/// The key of a request that has one.
pub(crate) fn key_of(headers: &axum::http::HeaderMap) -> Result<String, ApiError> {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if (1..=200).contains(&key.len()) {
        Ok(key.to_owned())
    } else {
        Err(Error::invalid("Idempotency-Key", "must be 1 to 200 ASCII characters").into())
    }
}

/// Answers once under the key: anew, or as it was answered before.
pub(crate) async fn once(
    tenant: &Tenant,
    key: &str,
    fingerprint: [u8; 32],
    lease: Duration,
    answer: impl Future<Output = Response>,
) -> Result<Response, ApiError> {
    let keys = tenant.igny8.idempotency(&tenant.scope);
    match keys.claim(key, &fingerprint, lease, KEPT).await? {
        KeyClaim::Replay(stored) => return Ok(replay(stored)),
        KeyClaim::InProgress => return Err(ApiError::in_progress()),
        KeyClaim::Mismatch => return Err(ApiError::idempotency_key_reused()),
        KeyClaim::Fresh => {}
    }
    let response = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(
            request_id = RequestId::current().as_str(),
            "a handler broke off: {}",
            message_of(&*panic)
        );
        ApiError::internal().into_response()
    });
    if !response.status().is_success() {
        // What it was refused for is the answer, whatever becomes of the key: its lease ends.
        if let Err(error) = keys.release(key).await {
            tracing::warn!(%error, "an idempotency key could not be given back");
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = limited(body, u64::MAX).await?;
    let kept = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];
    let headers = kept.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let stored =
        StoredResponse { status: parts.status.as_u16(), headers: headers.collect(), body: bytes.to_vec() };
    // It was done: that is the answer, and the key is no longer good when its lease ends.
    if let Err(error) = keys.complete(key, stored).await {
        tracing::warn!(%error, "an answer could not be kept under its idempotency key");
    }
    Ok(Response::from_parts(parts, bytes.into()))
}

fn replay(stored: StoredResponse) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let mut response = (status, stored.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in &stored.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
