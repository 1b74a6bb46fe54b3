//! Neither key nor prompt leaves through an error, a log line or Debug, whatever the server repeats.

use std::io::Write;
use std::sync::{Arc, Mutex};

use igny8_ai::OpenAiCompatible;
use igny8_core::ports::TextModel;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{KEY, PROMPT, plain_request, provider};
use crate::fake::{FakeServer, completion};

/// Six characters of either: a part of a key tells, too.
fn reveals(text: &str) -> bool {
    let key_part =
        |text: &str| KEY.as_bytes().windows(6).any(|part| text.contains(str::from_utf8(part).unwrap()));
    key_part(text) || text.contains("purple herons") || text.contains("seventeen")
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_of_key_or_prompt_leaves() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let echo = format!("Incorrect API key provided: {KEY}. You sent: {PROMPT}");
    let bodies = [
        json!({ "error": { "message": echo, "type": KEY, "code": "x", "param": PROMPT } }),
        json!({ "error": echo }),
        json!({ "detail": [{ "loc": ["body", KEY], "msg": PROMPT, "type": "t", "input": PROMPT }] }),
        json!({ "message": format!("key …{}", &KEY[12..]) }),
    ];
    for status in [200, 400, 401, 403, 404, 422, 429, 500] {
        for body in &bodies {
            let server = FakeServer::answering(vec![ResponseTemplate::new(status).set_body_json(body)]).await;
            let provider = provider(&server.base_url());
            let error = provider.complete(plain_request()).await.unwrap_err();
            for told in [error.to_string(), format!("{error:?}"), format!("{provider:?}")] {
                assert!(!reveals(&told), "{status} {body}: {told}");
            }
        }
    }
    let server = FakeServer::answering(vec![completion("ok")]).await;
    provider(&server.base_url()).complete(plain_request()).await.unwrap();
    drop(guard);
    let log = log.text();
    assert!(log.contains("a model call failed"), "the log was read: {log}");
    assert!(!reveals(&log), "{log}");
}

#[test]
fn debug_tells_that_there_is_a_key_and_not_which() {
    let builder = OpenAiCompatible::builder("m").base_url(format!("http://x/v1?key={KEY}")).api_key(KEY);
    let told = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(told.contains("has_key: true") && !reveals(&told), "{told}");
}

/// A subscriber that writes every field of every event down.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("igny8")
    }

    fn new_span(&self, attributes: &tracing::span::Attributes<'_>) -> tracing::Id {
        attributes.record(&mut self.clone());
        tracing::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::Id) {}

    fn exit(&self, _: &tracing::Id) {}
}
