//! The OpenAI-compatible provider: what it sends, what it reads, how it fails, and what it never tells.

mod bodies;
mod corrections;
mod errors;
mod replies;
mod secrecy;
mod transport;

use std::time::Duration;

use igny8_ai::{CallRetry, OpenAiCompatible};
use igny8_core::ports::{AnswerSchema, Message, MessageRole, TextRequest};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "sk-canary-4f9b1c77d0e2";
pub(crate) const PROMPT: &str = "canary prompt about seventeen purple herons";

/// A provider that waits hardly at all between tries.
pub(crate) fn provider(base_url: &str) -> OpenAiCompatible {
    let quick = CallRetry { base: Duration::from_millis(5), ..CallRetry::default() };
    OpenAiCompatible::builder("gpt-4.1-mini").base_url(base_url).api_key(KEY).retry(quick).build().unwrap()
}

pub(crate) fn plain_request() -> TextRequest {
    TextRequest {
        function: "generate_ideas".to_owned(),
        messages: vec![
            Message::new(MessageRole::System, "You are an editor."),
            Message::new(MessageRole::User, PROMPT),
        ],
        answer: None,
        data: Value::Null,
        max_output_tokens: Some(4_000),
        temperature: Some(0.2),
        deadline: Duration::from_secs(10),
    }
}

pub(crate) fn schema_request() -> TextRequest {
    let schema = json!({
        "type": "object",
        "properties": { "ideas": { "type": "array", "items": { "type": "string" }, "minItems": 3 } },
        "required": ["ideas"],
    });
    TextRequest { answer: Some(AnswerSchema { name: "ideas".to_owned(), schema }), ..plain_request() }
}
