//! The id of the request being answered: the client's `X-Request-Id` where it sent a usable one, else a new one.
//! It is task-local, so that answers made deep inside a handler carry it without being handed it.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// A request's id: 1 to 128 letters, digits, `-`, `_`, `.` or `:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// Where it travels.
    pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// The client's, or a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|id| {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
                (1..=128).contains(&id.len()) && id.bytes().all(plain)
            })
            .map_or_else(|| Self(Uuid::now_v7().to_string().into()), |id| Self(id.into()))
    }

    /// The one being answered; a new one outside any request.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_else(|_| Self(Uuid::now_v7().to_string().into()))
    }

    /// Makes it the current one while the future runs.
    pub(crate) async fn scope<F: Future>(self, answering: F) -> F::Output {
        CURRENT.scope(self, answering).await
    }

    /// As a header's value.
    pub(crate) fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("unknown"))
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
