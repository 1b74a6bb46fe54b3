//! `…/task_progress/{task_id}/stream/`: a run's progress as Server-Sent Events.
//! An event's id is the progress' version; who comes back with it gets what has changed since, from whichever process.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use igny8_core::ids::RunId;
use tokio::sync::watch;

use super::following::Told;
use crate::answer::Answer;
use crate::app::App;
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

async fn stream(
    tenant: Tenant,
    State(app): State<App>,
    Id(id): Id<RunId>,
    headers: HeaderMap,
) -> Answer<Events> {
    let run = tenant.igny8.runs(&tenant.scope).get(id).await?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if run.state.is_finished() && seen == Some(run.progress.version) {
        // Tells an `EventSource` not to come back.
        return Ok(Events(StatusCode::NO_CONTENT.into_response()));
    }
    let now = Told::from(run);
    let told = (!now.finished).then(|| app.following.listen(&tenant.igny8, &tenant.scope, id));
    let listener = Listener { now: Some(now), told, seen };
    let until = tokio::time::Instant::now() + LASTS;
    let events = stream::unfold(listener, move |mut listener| async move {
        let told = tokio::time::timeout_at(until, listener.next()).await.ok().flatten()?;
        Some((Ok::<_, Infallible>(event(&told)), listener))
    });
    let keep_alive = KeepAlive::new().interval(ALIVE);
    Ok(Events(Sse::new(Box::pin(events)).keep_alive(keep_alive).into_response()))
}

/// One who listens to a run.
struct Listener {
    /// The run as it stood when the stream began, until it is told.
    now: Option<Told>,
    /// What is told from then on; nothing when it had ended.
    told: Option<watch::Receiver<Option<Told>>>,
    /// The last version that was told.
    seen: Option<u64>,
}

impl Listener {
    /// What has not been told yet; `None` when nothing more will be.
    async fn next(&mut self) -> Option<Told> {
        loop {
            let now = self.now.take().filter(|now| now.finished || self.seen != Some(now.version));
            let latest = match now {
                Some(now) => Some(now),
                None => {
                    let latest = self.told.as_mut()?.borrow_and_update().clone();
                    latest.filter(|told| told.finished || self.seen < Some(told.version))
                }
            };
            if let Some(told) = latest {
                self.seen = Some(told.version);
                if told.finished {
                    self.told = None;
                }
                return Some(told);
            }
            self.told.as_mut()?.changed().await.ok()?;
        }
    }
}

fn event(told: &Told) -> Event {
    let name = if told.finished { "finished" } else { "progress" };
    Event::default().id(told.version.to_string()).event(name).data(&*told.data)
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
