//! Scripted HTTP answers, given in order; the last one stays.

use std::sync::Mutex;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A server that gives its answers in order and keeps what it was asked.
pub(crate) struct FakeServer(MockServer);

struct Script(Mutex<Vec<ResponseTemplate>>);

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut left = self.0.lock().unwrap();
        if left.len() > 1 { left.remove(0) } else { left[0].clone() }
    }
}

impl FakeServer {
    pub(crate) async fn answering(answers: Vec<ResponseTemplate>) -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .respond_with(Script(Mutex::new(answers)))
            .mount(&server)
            .await;
        Self(server)
    }

    pub(crate) fn base_url(&self) -> String {
        format!("{}/v1", self.0.uri())
    }

    pub(crate) async fn requests(&self) -> Vec<Request> {
        self.0.received_requests().await.unwrap()
    }

    /// The bodies it was sent.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        self.requests().await.iter().map(|request| request.body_json().unwrap()).collect()
    }
}

/// A good answer.
pub(crate) fn completion(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("x-request-id", "req-1").set_body_json(json!({
        "id": "chatcmpl-1",
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text, "refusal": null },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500 },
    }))
}

/// An error in OpenAI's form.
pub(crate) fn told(status: u16, kind: &str, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("x-request-id", "req-2").set_body_json(json!({
        "error": { "message": message, "type": kind, "param": null, "code": code },
    }))
}
