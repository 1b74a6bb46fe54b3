//! The envelope of what went well: one row, a list, a run that was started, nothing left.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use igny8_core::Error;
use igny8_core::ids::RunId;
use igny8_core::paging::BulkOutcome;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ApiError, RequestId};

/// One row or value: `{success, data, message?, request_id}`.
#[derive(Debug)]
pub(crate) struct One<T>(pub(crate) T);

/// A row that was made: 201.
#[derive(Debug)]
pub(crate) struct Created<T>(pub(crate) T);

/// A row with the version that `If-Match` guards.
#[derive(Debug)]
pub(crate) struct Versioned<T> {
    /// The version, without quotes.
    pub(crate) version: String,
    /// The row.
    pub(crate) row: T,
}

/// One page of a list: `{success, count, next, previous, results, request_id}`.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    /// Rows in all; none when paging by cursor.
    pub(crate) count: Option<u64>,
    /// Where the next page is.
    pub(crate) next: Option<String>,
    /// Where the page before is.
    pub(crate) previous: Option<String>,
    /// The rows.
    pub(crate) results: Vec<T>,
}

/// A run that was started: 202 `{success, task_id, message, request_id}`, with its progress' `Location`.
#[derive(Debug)]
pub(crate) struct Started {
    /// The run.
    pub(crate) run: RunId,
    /// What was started.
    pub(crate) message: String,
    /// Where its progress is told.
    pub(crate) location: String,
}

/// A row that is gone: 204, nothing else.
#[derive(Debug)]
pub(crate) struct Deleted;

impl<T> Listed<T> {
    /// A list that is short enough to be answered whole.
    pub(crate) fn whole(results: Vec<T>) -> Self {
        Self { count: Some(results.len() as u64), next: None, previous: None, results }
    }
}

impl Deleted {
    /// The answer to deleting one row in the manner of many: its refusal is the answer's.
    pub(crate) fn of<Id: std::fmt::Display>(
        what: &'static str,
        outcome: &BulkOutcome<Id>,
    ) -> Result<Self, ApiError> {
        match outcome.refused.first() {
            None => Ok(Self),
            Some(refusal) if refusal.code == "not_found" => Err(Error::not_found(what, &refusal.id).into()),
            Some(refusal) => Err(Error::conflict(what, refusal.reason.clone()).into()),
        }
    }
}

/// One row or value.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Envelope_{T}")]
pub(super) struct OneBody<T> {
    /// Always true.
    success: bool,
    /// The row or value.
    data: T,
    /// The request's id, for the host's log.
    request_id: String,
}

/// One page of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "List_{T}")]
pub(super) struct ListBody<T> {
    /// Always true.
    success: bool,
    /// Rows in all; null when paging by cursor.
    count: Option<u64>,
    /// Path and query of the next page; null on the last.
    next: Option<String>,
    /// Path and query of the page before; null on the first, and when paging by cursor.
    previous: Option<String>,
    /// The rows.
    results: Vec<T>,
    /// The request's id, for the host's log.
    request_id: String,
}

/// A run that was started.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StartedRun")]
pub(super) struct StartedBody {
    /// Always true.
    success: bool,
    /// The run, for `system/settings/task_progress/{task_id}/`.
    task_id: RunId,
    /// What was started.
    message: String,
    /// The request's id, for the host's log.
    request_id: String,
}

fn request_id() -> String {
    RequestId::current().as_str().to_owned()
}

impl<T: Serialize> IntoResponse for One<T> {
    fn into_response(self) -> Response {
        Json(OneBody { success: true, data: self.0, request_id: request_id() }).into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, One(self.0)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = One(self.row).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let Self { count, next, previous, results } = self;
        let body = ListBody { success: true, count, next, previous, results, request_id: request_id() };
        Json(body).into_response()
    }
}

impl IntoResponse for Started {
    fn into_response(self) -> Response {
        let Self { run, message, location } = self;
        let body = StartedBody { success: true, task_id: run, message, request_id: request_id() };
        let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl IntoResponse for Deleted {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
