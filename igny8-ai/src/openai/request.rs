//! The body of a chat completion, put the way this server understands.
//! Where no schema can be enforced it is told in words, so that the answer still has a chance to fit.

use igny8_core::ports::{AnswerSchema, MessageRole, StructuredOutput, TextRequest};
use serde::Serialize;
use serde_json::{Value, json};

use super::dialect::{Manner, TokenField};
use super::strict::tighten;

#[derive(Serialize)]
struct ChatRequest<'a> {
    model: &'a str,
    messages: Vec<ChatMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

#[derive(Serialize)]
struct ChatMessage<'a> {
    role: &'a str,
    content: String,
}

/// The body as it goes out.
pub(super) fn body(model: &str, request: &TextRequest, manner: Manner) -> Result<Vec<u8>, serde_json::Error> {
    let structured = manner.structured_here();
    let mut messages: Vec<ChatMessage<'_>> = request
        .messages
        .iter()
        .map(|message| ChatMessage { role: message.role.as_str(), content: message.content.clone() })
        .collect();
    if let Some(answer) = &request.answer
        && structured != StructuredOutput::JsonSchema
    {
        tell_schema(&mut messages, answer);
    }
    let limit = |field| request.max_output_tokens.filter(|_| manner.token_field == field);
    serde_json::to_vec(&ChatRequest {
        model,
        messages,
        max_completion_tokens: limit(TokenField::MaxCompletionTokens),
        max_tokens: limit(TokenField::MaxTokens),
        temperature: request.temperature.filter(|_| manner.temperature),
        response_format: request.answer.as_ref().and_then(|answer| response_format(answer, structured)),
    })
}

fn response_format(answer: &AnswerSchema, structured: StructuredOutput) -> Option<Value> {
    match structured {
        StructuredOutput::JsonSchema => {
            // A schema with no tight form is still told to the provider, which then does its best.
            let tight = tighten(&answer.schema);
            let strict = tight.is_some();
            let schema = tight.unwrap_or_else(|| answer.schema.clone());
            Some(json!({
                "type": "json_schema",
                "json_schema": { "name": answer.name, "strict": strict, "schema": schema },
            }))
        }
        StructuredOutput::JsonObject => Some(json!({ "type": "json_object" })),
        StructuredOutput::None => None,
    }
}

/// Tells the schema in the first system message, or else in the last message: many servers take a system message only
/// at the beginning.
fn tell_schema(messages: &mut Vec<ChatMessage<'_>>, answer: &AnswerSchema) {
    let told = format!(
        "Answer with one JSON object and nothing else. It must satisfy this JSON Schema:\n{}",
        answer.schema
    );
    let first_is_system =
        messages.first().is_some_and(|message| message.role == MessageRole::System.as_str());
    let place = if first_is_system { messages.first_mut() } else { messages.last_mut() };
    match place {
        Some(message) => {
            message.content.push_str("\n\n");
            message.content.push_str(&told);
        }
        None => messages.push(ChatMessage { role: MessageRole::User.as_str(), content: told }),
    }
}
