//! Language models as a port, in request and reply types of our own, so that no provider's wire format reaches the core.

use std::time::Duration;

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Who speaks.
    pub enum MessageRole as "role" {
        /// The rules of the conversation.
        System = "system",
        /// We.
        User = "user",
        /// The model.
        Assistant = "assistant",
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: MessageRole,
    /// What they say.
    pub content: String,
}

impl Message {
    /// A message.
    pub fn new(role: MessageRole, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// The shape an answer must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerSchema {
    /// A name for it: ASCII letters, digits and `_`.
    pub name: String,
    /// JSON Schema; the root is an object, every property is required, none may be added.
    pub schema: Value,
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextRequest {
    /// The AI function that asks, such as `generate_ideas`.
    pub function: String,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The shape of the answer.
    pub answer: Option<AnswerSchema>,
    /// The same data that stands in the prompt, for providers that work by rules and read no prose.
    pub data: Value,
    /// The most tokens to write; `None` leaves it to the provider.
    pub max_output_tokens: Option<u32>,
    /// 0 to 2; `None` leaves it to the provider.
    pub temperature: Option<f32>,
    /// When to give up, retries included.
    pub deadline: Duration,
}

vocabulary! {
    /// Why a model stopped writing.
    pub enum FinishReason as "finish_reason" {
        /// It was done.
        Stop = "stop",
        /// It ran out of tokens: the answer is cut off.
        Length = "length",
        /// A filter stopped it.
        ContentFilter = "content_filter",
        /// It refused.
        Refusal = "refusal",
        /// The provider did not say, or said something else.
        Other = "other",
    }
}

/// Tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
}

impl std::ops::AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(other.completion_tokens);
    }
}

/// What a model's tokens cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPrice {
    /// US dollars per million tokens read.
    pub input: Decimal,
    /// US dollars per million tokens written.
    pub output: Decimal,
}

impl ModelPrice {
    /// What these tokens cost, in US dollars.
    #[must_use]
    pub fn cost(self, usage: TokenUsage) -> Decimal {
        let part = |tokens: u64, price: Decimal| Decimal::from(tokens).checked_mul(price);
        part(usage.prompt_tokens, self.input)
            .zip(part(usage.completion_tokens, self.output))
            .and_then(|(read, written)| read.checked_add(written))
            .map_or(Decimal::MAX, |total| (total / Decimal::from(1_000_000)).normalize())
    }
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextReply {
    /// What it wrote; on a refusal, its reason.
    pub text: String,
    /// Why it stopped.
    pub finish_reason: FinishReason,
    /// Tokens, with those of tries that came to nothing.
    pub usage: TokenUsage,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// What the call cost, in US dollars, with tries that came to nothing; 0 when the model has no price.
    pub cost_usd: Decimal,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// HTTP requests it took, retries included; at least 1, or 0 without a network.
    pub tries: u32,
    /// The body as it came, for the record.
    pub raw: String,
}

/// How a provider takes the shape of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// It enforces a JSON Schema.
    JsonSchema,
    /// It promises some JSON object.
    JsonObject,
    /// It promises nothing.
    None,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// How it takes the shape of an answer.
    pub structured_output: StructuredOutput,
    /// Whether a language model writes. `false` for stand-ins that work by rules, such as the offline provider.
    pub generative: bool,
}

/// Which model stands behind the port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    /// Provider, such as `openai`.
    pub provider: String,
    /// Model, as the provider names it.
    pub model: String,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it costs, for forecasts; `None` where that is not known or does not go by tokens.
    pub price: Option<ModelPrice>,
}

vocabulary! {
    /// How a provider failed.
    pub enum ProviderErrorKind as "kind" {
        /// The key is wrong, missing or not allowed.
        Auth = "auth",
        /// Too many requests; later they will be welcome.
        RateLimit = "rate_limit",
        /// The account at the provider has run out of money or allowance.
        Quota = "quota",
        /// A filter refused the request or the answer.
        ContentFilter = "content_filter",
        /// The request is longer than the model can read.
        ContextLength = "context_length",
        /// The provider does not accept the request.
        BadRequest = "bad_request",
        /// The provider is broken or overloaded.
        Server = "server",
        /// It did not answer in time.
        Timeout = "timeout",
        /// It could not be reached, or the connection broke.
        Connection = "connection",
        /// It answered with something that is not its protocol.
        Malformed = "malformed",
    }
}

impl ProviderErrorKind {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimit | Self::Server | Self::Timeout | Self::Connection | Self::Malformed)
    }

    /// The error's stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auth => "provider_auth",
            Self::RateLimit => "provider_rate_limit",
            Self::Quota => "provider_quota",
            Self::ContentFilter => "provider_content_filter",
            Self::ContextLength => "provider_context_length",
            Self::BadRequest => "provider_bad_request",
            Self::Server => "provider_server",
            Self::Timeout => "provider_timeout",
            Self::Connection => "provider_connection",
            Self::Malformed => "provider_malformed",
        }
    }
}

/// What a call that failed took of its provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens.
    pub usage: TokenUsage,
    /// What they cost, in US dollars; 0 when the model has no price.
    pub cost_usd: Decimal,
}

/// A provider's failure. Never carries a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider}: {message}")]
pub struct ProviderError {
    /// How it failed.
    pub kind: ProviderErrorKind,
    /// Provider.
    pub provider: String,
    /// What it said, and what to do about it.
    pub message: String,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// How long it asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// HTTP requests it took, retries included.
    pub tries: u32,
    /// What it took all the same, where it did: an answer that says nothing is paid for too.
    pub spent: Option<Box<Spent>>,
}

impl ProviderError {
    /// A failure with nothing more known about it.
    pub fn new(kind: ProviderErrorKind, provider: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            provider: provider.into(),
            message: message.into(),
            status: None,
            retry_after: None,
            request_id: None,
            tries: 1,
            spent: None,
        }
    }

    /// Adds how long it asked to be left alone.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// A language model.
#[async_trait]
pub trait TextModel: Send + Sync + 'static {
    /// Which model this is.
    fn info(&self) -> ModelInfo;

    /// Answers one request. Dropping the future gives the call up.
    ///
    /// # Errors
    /// A typed [`ProviderError`]; a reply that was cut off or refused is a reply, not an error.
    async fn complete(&self, request: TextRequest) -> Result<TextReply, ProviderError>;
}
