//! Around every handler: the request's id and span, its time limit, and its measurements.
//! What may write runs in a task of its own, which a client that goes away cannot stop half-way.

use std::any::Any;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cpu_time::ThreadTime;
use futures_util::{FutureExt, StreamExt, stream};
use tracing::Instrument;

use super::headers;
use super::tracker::{Measured, ResourceTracker};
use crate::ApiError;
use crate::answer::RequestId;
use crate::app::App;

/// What a body may take beyond the request's own time, so that it is the request that is told to have taken too long.
const GRACE: Duration = Duration::from_secs(1);

/// The middleware.
pub(crate) async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = id.as_str(), %method, route);
    let limit = if route.trim_end_matches('/').ends_with("import_csv") {
        app.config.upload_timeout
    } else {
        app.config.timeout
    };
    let writes = !method.is_safe();
    let request = if writes { request.map(|body| ending(body, limit + GRACE)) } else { request };
    let work = measured(app, route, request, next).instrument(span);
    let work = id.clone().scope(AssertUnwindSafe(work).catch_unwind());
    let logged = |panic: Box<dyn Any + Send>| {
        tracing::error!(request_id = id.as_str(), "a handler broke off: {}", message_of(&*panic));
    };
    let answered = if writes {
        let task = tokio::spawn(work);
        tokio::time::timeout(limit, async { task.await.ok().and_then(|done| done.map_err(logged).ok()) })
            .await
    } else {
        tokio::time::timeout(limit, work).await.map(|done| done.map_err(logged).ok())
    };
    let outside = |error: ApiError| id.clone().scope(async move { error.into_response() });
    let mut response = match answered {
        Ok(Some(response)) => response,
        Ok(None) => outside(ApiError::internal()).await,
        Err(_) => outside(ApiError::timeout(limit)).await,
    };
    response.headers_mut().insert(RequestId::HEADER, id.header_value());
    headers::secure(response.headers_mut());
    response
}

/// What a panic said.
pub(super) fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}

/// The body, broken off when its time is over: it may be waited for in a task that no timeout stops.
fn ending(body: Body, within: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let until = tokio::time::Instant::now() + within;
    Body::from_stream(stream::try_unfold(body.into_data_stream(), move |mut chunks| async move {
        match tokio::time::timeout_at(until, chunks.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(chunk)) => chunk.map(|chunk| Some((chunk, chunks))),
            Err(late) => Err(axum::Error::new(late)),
        }
    }))
}

/// Answers, and notes what that took of this process.
async fn measured(app: App, route: String, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let received = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or_default();
    let in_flight = ResourceTracker::begin(&app);
    let begun = Instant::now();
    let mut cpu = Duration::ZERO;
    let mut answering = Box::pin(next.run(request));
    let response = poll_fn(|cx| {
        let woken = ThreadTime::now();
        let poll = answering.as_mut().poll(cx);
        cpu += woken.elapsed();
        poll
    })
    .await;
    app.tracker.end(
        &in_flight,
        Measured {
            method: &method,
            route: &route,
            status: response.status(),
            latency: begun.elapsed(),
            cpu,
            received,
            sent: response.body().size_hint().exact().unwrap_or_default(),
        },
    );
    response
}
