//! Counts tokens as OpenAI's current models do (o200k), for figures that do not depend on a fake service's say-so.

use serde_json::Value;

use crate::fake_openai::Asked;

/// Tokens of a text.
#[must_use]
pub fn count(text: &str) -> u64 {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len() as u64
}

/// Tokens of everything a question sends: its messages and the schema of the answer.
#[must_use]
pub fn of_question(asked: &Asked) -> u64 {
    let messages = asked.body["messages"].as_array().into_iter().flatten();
    let contents: u64 = messages.filter_map(|message| message["content"].as_str()).map(count).sum();
    let schema = match &asked.body["response_format"] {
        Value::Null => 0,
        format => count(&format.to_string()),
    };
    contents + schema
}
