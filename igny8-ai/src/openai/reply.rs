//! Reads a chat completion's answer, forgiving about what servers leave out and strict about what must be there.
//! Cut-off and refused answers are replies; errors that arrive inside a good status are errors.

use std::str::FromStr;

use igny8_core::ports::{FinishReason, TokenUsage};
use rust_decimal::Decimal;
use serde_json::Value;

use super::failure::Complaint;

/// What the model wrote.
#[derive(Debug, PartialEq)]
pub(super) struct Completion {
    pub(super) text: String,
    pub(super) finish_reason: FinishReason,
}

/// What the server says beside that, whether it wrote anything or not: tokens are paid for in either case.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bill {
    pub(super) usage: TokenUsage,
    pub(super) model: Option<String>,
    pub(super) id: Option<String>,
    /// US dollars, where the server itself says what it charged, as OpenRouter does.
    pub(super) cost: Option<Decimal>,
}

impl Bill {
    fn read(body: &Value) -> Self {
        let text_at = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let tokens =
            |key: &str| body.get("usage").and_then(|usage| usage.get(key)?.as_u64()).unwrap_or_default();
        Self {
            usage: TokenUsage {
                prompt_tokens: tokens("prompt_tokens"),
                completion_tokens: tokens("completion_tokens"),
            },
            model: text_at("model").filter(|model| !model.is_empty()),
            id: text_at("id").filter(|id| !id.is_empty()),
            cost: body.pointer("/usage/cost").and_then(dollars),
        }
    }
}

/// Why an answer holds no completion.
#[derive(Debug)]
pub(super) enum NoCompletion {
    /// The server told an error inside a good status.
    Told(Complaint),
    /// The answer is not the protocol; says what is missing.
    Malformed(&'static str),
}

/// Reads the body of a good status.
pub(super) fn read(body: &str) -> (Bill, Result<Completion, NoCompletion>) {
    match serde_json::from_str::<Value>(body) {
        Ok(body) => (Bill::read(&body), completion(&body)),
        Err(_) => (Bill::default(), Err(NoCompletion::Malformed("it is not JSON"))),
    }
}

fn completion(body: &Value) -> Result<Completion, NoCompletion> {
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(NoCompletion::Told(Complaint::read(body).unwrap_or_default()));
    }
    let choice = body.pointer("/choices/0").ok_or(NoCompletion::Malformed("it holds no choices"))?;
    if choice.get("error").is_some_and(|error| !error.is_null()) {
        return Err(NoCompletion::Told(Complaint::read(choice).unwrap_or_default()));
    }
    let message = choice.get("message").ok_or(NoCompletion::Malformed("its choice holds no message"))?;
    let refusal = message.get("refusal").and_then(Value::as_str).filter(|refusal| !refusal.is_empty());
    let (text, finish_reason) = match (refusal, content(message)) {
        (Some(refusal), _) => (refusal.to_owned(), FinishReason::Refusal),
        (None, Some(text)) => (text, finish_reason(choice)),
        (None, None) => match finish_reason(choice) {
            // Nothing was written, and it says why: all tokens went into thinking, or a filter stepped in.
            reason @ (FinishReason::Length | FinishReason::ContentFilter) => (String::new(), reason),
            FinishReason::Stop | FinishReason::Refusal | FinishReason::Other => {
                return Err(NoCompletion::Malformed("its message holds no content"));
            }
        },
    };
    Ok(Completion { text, finish_reason })
}

/// The text: a string, or parts of which the text ones count.
fn content(message: &Value) -> Option<String> {
    match message.get("content")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<String>())
        }
        _ => None,
    }
}

fn finish_reason(choice: &Value) -> FinishReason {
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("stop" | "end_turn" | "stop_sequence" | "eos") => FinishReason::Stop,
        Some("length" | "max_tokens") => FinishReason::Length,
        Some("content_filter") => FinishReason::ContentFilter,
        Some("refusal") => FinishReason::Refusal,
        _ => FinishReason::Other,
    }
}

fn dollars(cost: &Value) -> Option<Decimal> {
    let Value::Number(number) = cost else { return None };
    let text = number.to_string();
    let cost = Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (cost >= Decimal::ZERO).then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_leave_out_does_no_harm() {
        let (bill, reply) = read(r#"{"choices":[{"message":{"content":"hi"}}],"usage":null}"#);
        let reply = reply.unwrap();
        assert_eq!(reply.text, "hi");
        assert_eq!(reply.finish_reason, FinishReason::Other);
        assert_eq!(bill, Bill::default());
        let parts = r#"{"choices":[{"finish_reason":"stop","message":{"content":[
            {"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}}],"usage":{"cost":1.5e-3}}"#;
        let (bill, reply) = read(parts);
        assert_eq!(reply.unwrap().text, "ab");
        assert_eq!(bill.cost.map(|cost| cost.to_string()).as_deref(), Some("0.0015"));
    }

    #[test]
    fn empty_content_is_only_good_with_a_reason() {
        let of = |reason: &str| {
            read(&format!(r#"{{"choices":[{{"finish_reason":"{reason}","message":{{"content":null}}}}]}}"#)).1
        };
        assert_eq!(of("length").unwrap().finish_reason, FinishReason::Length);
        assert_eq!(of("content_filter").unwrap().finish_reason, FinishReason::ContentFilter);
        assert!(matches!(of("stop"), Err(NoCompletion::Malformed(_))));
        assert!(matches!(read(r#"{"choices":null}"#).1, Err(NoCompletion::Malformed(_))));
        assert!(matches!(
            read(r#"{"choices":[{"error":{"code":502,"message":"x"}}]}"#).1,
            Err(NoCompletion::Told(_))
        ));
    }

    #[test]
    fn an_answer_that_says_nothing_is_billed_all_the_same() {
        let (bill, reply) = read(
            r#"{"id":"x","choices":[{"finish_reason":"stop","message":{"content":null}}],
                "usage":{"prompt_tokens":1000,"completion_tokens":20}}"#,
        );
        assert!(matches!(reply, Err(NoCompletion::Malformed(_))));
        assert_eq!(bill.usage, TokenUsage { prompt_tokens: 1_000, completion_tokens: 20 });
    }
}
