//! `…/task_progress/{task_id}/stream/`: a run's progress as Server-Sent Events.
//! An event's id is the progress' version; who comes back with it gets what has changed since, from whichever process.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use igny8_core::ids::RunId;
use igny8_core::runs::Run;
use serde_json::Value;

use super::task_progress::TaskProgress;
use crate::answer::Answer;
use crate::request::{Id, Tenant};
use crate::routing::Routes;

/// How long one stream lasts: whoever was let in is asked again after it, when the client comes back.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// How often a stream on which nothing happens says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Routes {
    Routes::of("ai").get(
        "system/settings/task_progress/{task_id}/stream/",
        "streamTaskProgress",
        "A run's progress as Server-Sent Events, until it has ended",
        stream,
    )
}

/// A stream of events, or 204 for who has seen the last one.
struct Events(Response);

async fn stream(tenant: Tenant, Id(id): Id<RunId>, headers: HeaderMap) -> Answer<Events> {
    let run = tenant.igny8.runs(&tenant.scope).get(id).await?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if run.state.is_finished() && seen == Some(run.progress.version) {
        // Tells an `EventSource` not to come back.
        return Ok(Events(StatusCode::NO_CONTENT.into_response()));
    }
    let mut updates = tenant.igny8.follow::<Value>(&tenant.scope, id).progress();
    if let Some(seen) = seen {
        updates = updates.after(seen);
    }
    let until = tokio::time::Instant::now() + LASTS;
    let events = Box::pin(events(updates, until));
    let keep_alive = KeepAlive::new().interval(ALIVE);
    Ok(Events(Sse::new(events).keep_alive(keep_alive).into_response()))
}

fn events(
    updates: igny8_core::sdk::ProgressUpdates<Value>,
    until: tokio::time::Instant,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(updates, move |mut updates| async move {
        match tokio::time::timeout_at(until, updates.next_run()).await {
            Ok(Ok(Some(run))) => Some((Ok(event(run)), updates)),
            Ok(Err(error)) => {
                // The client comes back with the last version it has.
                tracing::warn!(%error, "a stream of progress broke off");
                None
            }
            Ok(Ok(None)) | Err(_) => None,
        }
    })
}

fn event(run: Run) -> Event {
    let version = run.progress.version.to_string();
    let name = if run.state.is_finished() { "finished" } else { "progress" };
    let event = Event::default().id(version).event(name);
    event.json_data(TaskProgress::from(run)).unwrap_or_else(|_| Event::default().comment("unreadable"))
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        self.0
    }
}

#[cfg(feature = "openapi")]
crate::openapi::file_answer!(
    Events,
    ["text/event-stream"],
    "Events `progress`, and `finished` as the last one."
);
