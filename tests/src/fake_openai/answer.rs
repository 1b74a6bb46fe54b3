//! What the fake service may say: good answers in every wrapping that models give them, and everything that goes wrong.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

/// One answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A completion with this text and reason to stop.
    Text {
        /// What the model wrote.
        text: String,
        /// Why it stopped.
        finish_reason: &'static str,
    },
    /// The model refuses, with its reason.
    Refusal(String),
    /// An HTTP error with OpenAI's error object.
    Error {
        /// The status.
        status: u16,
        /// The error's code and type.
        code: &'static str,
        /// Seconds in `Retry-After`.
        retry_after: Option<u64>,
    },
    /// Nothing, for as long as the client waits.
    Hang,
    /// The connection is reset.
    Reset,
    /// The answer comes once the gate is opened.
    Held(Arc<Gate>, Box<Answer>),
    /// The answer comes after this long.
    Late(Duration, Box<Answer>),
    /// 200, and a body that is no JSON.
    Malformed,
    /// The head promises all of the body; the connection is closed after half of it.
    CutOff(Box<Answer>),
    /// The body comes a few bytes at a time, with this pause between.
    Dripping(Duration, Box<Answer>),
}

/// Holds answers back until it is opened.
#[derive(Debug, Default)]
pub struct Gate(Notify);

impl Gate {
    /// Lets an answer through: the one that waits, else the next that comes.
    pub fn open(&self) {
        self.0.notify_one();
    }

    pub(super) async fn opened(&self) {
        self.0.notified().await;
    }
}

impl Answer {
    /// The JSON and nothing else.
    #[must_use]
    pub fn json(json: &Value) -> Self {
        Self::text(json.to_string())
    }

    /// Any text, finished.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), finish_reason: "stop" }
    }

    /// The JSON within a Markdown fence.
    #[must_use]
    pub fn fenced(json: &Value) -> Self {
        Self::text(format!("```json\n{json:#}\n```"))
    }

    /// The JSON with polite words around it, braces among them.
    #[must_use]
    pub fn within_prose(json: &Value) -> Self {
        Self::text(format!("Of course! Here is what you asked for:\n{json}\nI hope {{this}} helps."))
    }

    /// The first two thirds of the JSON, sent as if they were all of it.
    #[must_use]
    pub fn truncated(json: &Value) -> Self {
        Self::text(first_part(json))
    }

    /// The first two thirds of the JSON, because the tokens ran out.
    #[must_use]
    pub fn out_of_tokens(json: &Value) -> Self {
        Self::Text { text: first_part(json), finish_reason: "length" }
    }

    /// A refusal.
    #[must_use]
    pub fn refused() -> Self {
        Self::Refusal("I cannot help with that.".to_owned())
    }

    /// The key is wrong.
    #[must_use]
    pub const fn unauthorised() -> Self {
        Self::Error { status: 401, code: "invalid_api_key", retry_after: None }
    }

    /// The account at the provider has run out of money.
    #[must_use]
    pub const fn out_of_quota() -> Self {
        Self::Error { status: 429, code: "insufficient_quota", retry_after: None }
    }

    /// Too many requests; welcome again after this many seconds.
    #[must_use]
    pub const fn rate_limited(seconds: u64) -> Self {
        Self::Error { status: 429, code: "rate_limit_exceeded", retry_after: Some(seconds) }
    }

    /// The service is broken.
    #[must_use]
    pub const fn broken() -> Self {
        Self::Error { status: 500, code: "server_error", retry_after: None }
    }

    /// Too many requests, without a word on when to come back.
    #[must_use]
    pub const fn too_many() -> Self {
        Self::Error { status: 429, code: "rate_limit_exceeded", retry_after: None }
    }

    /// The same answer after this long.
    #[must_use]
    pub fn late(self, by: Duration) -> Self {
        Self::Late(by, Box::new(self))
    }

    /// The same answer, once the gate is opened.
    #[must_use]
    pub fn held(self, gate: &Arc<Gate>) -> Self {
        Self::Held(Arc::clone(gate), Box::new(self))
    }

    /// Status, headers and body, for answers that have them.
    pub(super) fn http(&self) -> Option<Response> {
        let request_id = ("x-request-id", "req-fake".to_owned());
        Some(match self {
            Self::Text { text, finish_reason } => {
                let message = json!({"role": "assistant", "content": text, "refusal": null});
                let body = completion(&message, finish_reason);
                Response { status: 200, headers: vec![request_id], body }
            }
            Self::Refusal(reason) => {
                let message = json!({"role": "assistant", "content": null, "refusal": reason});
                let body = completion(&message, "stop");
                Response { status: 200, headers: vec![request_id], body }
            }
            Self::Error { status, code, retry_after } => {
                let mut headers = vec![request_id];
                headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
                let error = json!({"message": "told by the fake", "type": code, "param": null, "code": code});
                Response { status: *status, headers, body: json!({"error": error}).to_string() }
            }
            Self::CutOff(whole) | Self::Dripping(_, whole) => return whole.http(),
            Self::Malformed => {
                let body = "<html>We will be back soon.</html>".to_owned();
                Response { status: 200, headers: vec![request_id], body }
            }
            Self::Hang | Self::Reset | Self::Held(..) | Self::Late(..) => return None,
        })
    }
}

/// An answer as it goes over the wire.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

fn completion(message: &Value, finish_reason: &str) -> String {
    json!({
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "model": super::MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500},
    })
    .to_string()
}

fn first_part(json: &Value) -> String {
    let text = json.to_string();
    let length = text.chars().count();
    text.chars().take(length * 2 / 3).collect()
}
