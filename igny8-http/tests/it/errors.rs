//! What an error looks like to a client, and what of it goes to the host's log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::to_bytes;
use axum::response::{IntoResponse, Response};
use igny8_core::Error;
use igny8_core::ports::{ProviderError, ProviderErrorKind};
use igny8_http::ApiError;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span;

async fn json(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

/// Keeps the words of every event.
#[derive(Clone, Default)]
struct HostsLog(Arc<Mutex<String>>);

struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let cause = value.source().map(ToString::to_string).unwrap_or_default();
        self.0.push_str(&format!("{field}={value}: {cause} "));
    }
}

impl tracing::Subscriber for HostsLog {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Words(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn the_cause_of_a_failure_goes_to_the_hosts_log() {
    let log = HostsLog::default();
    let _watched = tracing::subscriber::set_default(log.clone());
    let failed = ApiError::from(Error::storage("read", "the disk at /srv/secret is full")).into_response();
    let id = failed.headers()["x-request-id"].to_str().unwrap().to_owned();
    let logged = std::mem::take(&mut *log.0.lock().unwrap());
    assert!(logged.contains("/srv/secret is full") && logged.contains(&id), "{logged}");
    drop(ApiError::from(Error::not_found("keyword", 1)).into_response());
    assert_eq!(*log.0.lock().unwrap(), "");
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
