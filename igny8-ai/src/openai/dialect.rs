//! Which parts of the protocol a server understands: told by the builder, corrected by what it rejects.
//! A correction is remembered once a request without the rejected part was taken.

use std::sync::atomic::{AtomicU8, Ordering};

use igny8_core::ports::StructuredOutput;

use super::failure::Complaint;

/// The field that limits how much a model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenField {
    /// `max_completion_tokens`: OpenAI's present name.
    MaxCompletionTokens,
    /// `max_tokens`: its former name, which many other servers still want.
    MaxTokens,
}

/// How one request is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) structured: StructuredOutput,
    pub(super) token_field: TokenField,
    pub(super) temperature: bool,
    /// This request's schema was rejected, not schemas as such.
    pub(super) schema_rejected: bool,
}

impl Manner {
    /// How this request's answer is asked for.
    pub(super) fn structured_here(self) -> StructuredOutput {
        match self.structured {
            StructuredOutput::JsonSchema if self.schema_rejected => StructuredOutput::JsonObject,
            other => other,
        }
    }

    /// The same request without what the server complained of; `None` when the complaint is about something else.
    /// Every answer asks for less, so a call can follow at most a handful of them.
    pub(super) fn without(self, complaint: &Complaint) -> Option<Self> {
        let mut next = self;
        if complaint.is_about(&["response_format", "json_schema", "json_object", "structured output"]) {
            if complaint.mentions("invalid schema") && !self.schema_rejected {
                next.schema_rejected = true;
                return Some(next);
            }
            next.structured = match self.structured_here() {
                StructuredOutput::JsonSchema => StructuredOutput::JsonObject,
                StructuredOutput::JsonObject => StructuredOutput::None,
                StructuredOutput::None => return None,
            };
            return Some(next);
        }
        if !complaint.is_unsupported() {
            return None;
        }
        if complaint.is_about(&["max_tokens", "max_completion_tokens"]) {
            next.token_field = match self.token_field {
                TokenField::MaxCompletionTokens => TokenField::MaxTokens,
                TokenField::MaxTokens => TokenField::MaxCompletionTokens,
            };
            return Some(next);
        }
        if complaint.is_about(&["temperature"]) && self.temperature {
            next.temperature = false;
            return Some(next);
        }
        None
    }
}

/// What is known about one server and model, shared by all calls.
#[derive(Debug)]
pub(super) struct Dialect {
    told: Manner,
    /// Steps down from what was told: structured output 0 to 2, the other two 0 or 1. They only rise.
    structured: AtomicU8,
    token_field: AtomicU8,
    temperature: AtomicU8,
}

impl Dialect {
    pub(super) fn told(structured: StructuredOutput, token_field: TokenField, temperature: bool) -> Self {
        let told = Manner { structured, token_field, temperature, schema_rejected: false };
        let step = || AtomicU8::new(0);
        Self { told, structured: step(), token_field: step(), temperature: step() }
    }

    /// How the next request is put.
    pub(super) fn manner(&self) -> Manner {
        let level = rank(self.told.structured) + self.structured.load(Ordering::Relaxed);
        let structured = match level {
            0 => StructuredOutput::JsonSchema,
            1 => StructuredOutput::JsonObject,
            _ => StructuredOutput::None,
        };
        let token_field = match (self.told.token_field, self.token_field.load(Ordering::Relaxed)) {
            (told, 0) => told,
            (TokenField::MaxTokens, _) => TokenField::MaxCompletionTokens,
            (TokenField::MaxCompletionTokens, _) => TokenField::MaxTokens,
        };
        let temperature = self.told.temperature && self.temperature.load(Ordering::Relaxed) == 0;
        Manner { structured, token_field, temperature, schema_rejected: false }
    }

    /// Whether the token field may still be changed: the other name is tried once, not back and forth.
    pub(super) fn may_become(&self, next: Manner, now: Manner) -> bool {
        next.token_field == now.token_field || now.token_field == self.told.token_field
    }

    /// Remembers how a request was put that the server took.
    pub(super) fn remember(&self, taken: Manner) {
        let steps = rank(taken.structured).saturating_sub(rank(self.told.structured));
        let before = self.structured.fetch_max(steps, Ordering::Relaxed);
        let renamed = u8::from(taken.token_field != self.told.token_field);
        let renamed_before = self.token_field.fetch_max(renamed, Ordering::Relaxed);
        let plain = u8::from(self.told.temperature && !taken.temperature);
        let plain_before = self.temperature.fetch_max(plain, Ordering::Relaxed);
        if steps > before || renamed > renamed_before || plain > plain_before {
            tracing::info!(
                structured_output = ?taken.structured,
                token_field = ?taken.token_field,
                temperature = taken.temperature,
                "the provider takes fewer options than it was told to; remembered"
            );
        }
    }
}

const fn rank(structured: StructuredOutput) -> u8 {
    match structured {
        StructuredOutput::JsonSchema => 0,
        StructuredOutput::JsonObject => 1,
        StructuredOutput::None => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(body: &serde_json::Value) -> Complaint {
        Complaint::read(body).unwrap()
    }

    fn told() -> Dialect {
        Dialect::told(StructuredOutput::JsonSchema, TokenField::MaxCompletionTokens, true)
    }

    #[test]
    fn each_rejection_takes_one_step_and_others_none() {
        let manner = told().manner();
        let without = |message: &str| {
            manner.without(&complaint(&serde_json::json!({ "error": { "message": message } })))
        };
        assert_eq!(
            without("'response_format' is not supported").map(|m| m.structured),
            Some(StructuredOutput::JsonObject)
        );
        let renamed = without("Unrecognized request argument supplied: max_completion_tokens");
        assert_eq!(renamed.map(|m| m.token_field), Some(TokenField::MaxTokens));
        let plain = without("Unsupported value: 'temperature' does not support 0.2 with this model.");
        assert_eq!(plain.map(|m| m.temperature), Some(false));
        let invalid = without("Invalid schema for response_format 'ideas': …").unwrap();
        assert_eq!(invalid.structured, StructuredOutput::JsonSchema);
        assert_eq!(invalid.structured_here(), StructuredOutput::JsonObject);
        assert_eq!(without("max_tokens is too large: 9000"), None);
        assert_eq!(without("temperature must be at most 2"), None);
        assert_eq!(without("something else is unsupported"), None);
    }

    #[test]
    fn only_what_was_taken_is_remembered_and_a_name_is_changed_once() {
        let dialect = told();
        let first = dialect.manner();
        let second = Manner { token_field: TokenField::MaxTokens, ..first };
        assert!(dialect.may_become(second, first));
        assert_eq!(dialect.manner(), first);
        dialect.remember(second);
        assert_eq!(dialect.manner(), second);
        assert!(!dialect.may_become(first, second));
        dialect.remember(first);
        assert_eq!(dialect.manner(), second);
    }
}
