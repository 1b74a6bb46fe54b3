//! What went wrong with one request: a status, an error object wherever it stands, or a broken connection, as a typed error.
//! Servers repeat keys and prompts in their messages; nothing of either passes through here.

use std::time::Duration;

use igny8_core::ports::{ProviderError, ProviderErrorKind as Kind, TextRequest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// One request's failure.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    /// Whether the same request may succeed in a moment.
    pub(super) passing: bool,
    /// What the server said, for [`Manner::without`](super::dialect::Manner::without).
    pub(super) complaint: Option<Complaint>,
}

/// A server's error object, in whichever form it came.
#[derive(Debug, Default)]
pub(super) struct Complaint {
    message: String,
    kind: Option<String>,
    param: Option<String>,
    code: Option<String>,
    number: Option<u16>,
}

impl Complaint {
    /// Finds the error in a body: `{"error": {…}}`, `{"error": "…"}`, `{"message": …}` or `{"detail": …}`.
    pub(super) fn read(body: &Value) -> Option<Self> {
        match body.get("error").filter(|error| !error.is_null()) {
            Some(Value::String(message)) => Some(Self { message: message.clone(), ..Self::default() }),
            Some(error) => Some(Self::of(error)),
            None => body.get("detail").map(Self::detail).or_else(|| {
                let is_error = body.get("message").is_some_and(Value::is_string);
                is_error.then(|| Self::of(body))
            }),
        }
    }

    fn of(error: &Value) -> Self {
        let text = |key: &str| {
            let word = error.get(key).and_then(Value::as_str);
            word.filter(|word| !word.is_empty()).map(str::to_owned)
        };
        let code = error.get("code");
        let number = code.and_then(|code| {
            code.as_u64().or_else(|| code.as_str()?.parse().ok()).and_then(|code| u16::try_from(code).ok())
        });
        Self {
            message: text("message").unwrap_or_default(),
            kind: text("type"),
            param: text("param"),
            code: text("code"),
            number,
        }
    }

    /// FastAPI's form, which vLLM and others use for requests they cannot read.
    fn detail(detail: &Value) -> Self {
        let first = detail.get(0).unwrap_or(detail);
        let place = first.get("loc").and_then(Value::as_array);
        let place = place.map(|place| place.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."));
        let message = first.as_str().or_else(|| first.get("msg")?.as_str()).unwrap_or_default().to_owned();
        let kind = first.get("type").and_then(Value::as_str).map(str::to_owned);
        Self { message, kind, param: place, ..Self::default() }
    }

    /// Whether its words or codes hold this text, which is in lower case.
    pub(super) fn mentions(&self, text: &str) -> bool {
        let words = [Some(&self.message), self.kind.as_ref(), self.code.as_ref()];
        words.into_iter().flatten().any(|words| words.to_lowercase().contains(text))
    }

    /// Whether it is about one of these fields.
    pub(super) fn is_about(&self, fields: &[&str]) -> bool {
        match &self.param {
            Some(param) => fields.iter().any(|field| param.contains(field)),
            None => fields.iter().any(|field| self.mentions(field)),
        }
    }

    /// Whether it says that something is not known, rather than wrong.
    pub(super) fn is_unsupported(&self) -> bool {
        [
            "unsupported",
            "not supported",
            "not support",
            "unrecognized",
            "unknown",
            "unexpected",
            "not permitted",
            "not allowed",
            "extra inputs",
            "extra fields",
            "extra_forbidden",
        ]
        .iter()
        .any(|word| self.mentions(word))
    }

    /// The kind of failure, from the status (the error's own number goes first) and the words.
    fn classify(&self, status: Option<u16>) -> (Kind, bool) {
        let any = |words: &[&str]| words.iter().any(|word| self.mentions(word));
        let status = self.number.filter(|number| (400..600).contains(number)).or(status).unwrap_or_default();
        if any(&[
            "insufficient_quota",
            "billing_hard_limit",
            "exceeded your current quota",
            "insufficient credits",
        ]) {
            return (Kind::Quota, false);
        }
        let filtered = ["content_filter", "content_policy", "responsibleaipolicy", "moderation", "flagged"];
        let too_long =
            ["context_length", "context length", "context window", "context size", "prompt is too long"];
        match status {
            401 => (Kind::Auth, false),
            402 => (Kind::Quota, false),
            403 if any(&filtered) => (Kind::ContentFilter, false),
            403 => (Kind::Auth, false),
            408 => (Kind::Timeout, true),
            413 => (Kind::ContextLength, false),
            409 => (Kind::Server, true),
            429 => (Kind::RateLimit, true),
            500 | 502 | 503 | 504 | 529 => (Kind::Server, true),
            501.. => (Kind::Server, false),
            _ if any(&filtered) => (Kind::ContentFilter, false),
            _ if any(&too_long) => (Kind::ContextLength, false),
            300..500 => (Kind::BadRequest, false),
            // No number at all: an error inside a good answer, known by its words only.
            _ if any(&["rate_limit", "rate limit", "too many requests"]) => (Kind::RateLimit, true),
            _ if any(&["invalid_api_key", "authentication", "permission"]) => (Kind::Auth, false),
            _ if any(&["invalid_request", "not_found", "unsupported"]) => (Kind::BadRequest, false),
            _ => (Kind::Server, true),
        }
    }
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
            request_id: None,
            passing: false,
            complaint: None,
        }
    }

    /// An answer that is not the protocol.
    pub(super) fn malformed(what: &str) -> Self {
        Self::new(Kind::Malformed, format!("the answer cannot be used: {what}"))
    }

    /// A request that got no whole answer.
    pub(super) fn transport(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            // The client's own limit: the caller set it, and a second try would meet it again.
            return Self::new(Kind::Timeout, "no answer within the HTTP client's time limit");
        }
        if error.is_builder() {
            return Self::new(Kind::BadRequest, "the request could not be built; check base_url and the key");
        }
        if error.is_redirect() {
            return Self::new(Kind::BadRequest, "the address redirects too often; check base_url");
        }
        let message = if error.is_connect() {
            "could not connect; is the server running, and is base_url right?"
        } else {
            "the connection broke before the answer was complete"
        };
        Self { passing: true, ..Self::new(Kind::Connection, message) }
    }

    /// An error that the server told.
    pub(super) fn told(
        status: Option<u16>,
        complaint: Option<Complaint>,
        request: &TextRequest,
        key: Option<&SecretString>,
    ) -> Self {
        let complaint = complaint.unwrap_or_default();
        let (kind, passing) = complaint.classify(status);
        let mut message = advice(kind, status).to_owned();
        let codes: Vec<&str> = [&complaint.code, &complaint.kind, &complaint.param]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|code| is_identifier(code) && !reveals(code, request, key))
            .collect();
        if !codes.is_empty() {
            message.push_str(&format!(" ({})", codes.join(", ")));
        }
        // What a server says about a key often repeats the key.
        if kind != Kind::Auth && !complaint.message.is_empty() {
            let said: String = complaint.message.chars().take(300).collect();
            if reveals(&complaint.message, request, key) {
                message.push_str("; its message repeats the request and is left out");
            } else {
                message.push_str(&format!("; it said: {said}"));
            }
        }
        Self { status, passing, complaint: Some(complaint), ..Self::new(kind, message) }
    }

    pub(super) fn into_error(self, provider: &str) -> ProviderError {
        let mut error = ProviderError::new(self.kind, provider, self.message);
        error.status = self.status;
        error.retry_after = self.retry_after;
        error.request_id = self.request_id;
        error
    }
}

/// What happened and what to do about it.
fn advice(kind: Kind, status: Option<u16>) -> &'static str {
    match (kind, status) {
        (Kind::Auth, Some(403)) => "the key may not do this; check the model and the key's permissions",
        (Kind::Auth, _) => "the key is missing or wrong",
        (Kind::RateLimit, _) => "too many requests",
        (Kind::Quota, _) => "the account at the provider has run out of money or allowance",
        (Kind::ContentFilter, _) => "a content filter refused the request",
        (Kind::ContextLength, _) => "the request is longer than the model can read",
        (Kind::BadRequest, Some(404)) => "not found; check base_url and the model's name",
        (Kind::BadRequest, Some(300..400)) => "the address redirects; set base_url to where it leads",
        (Kind::BadRequest, _) => "the request was not accepted",
        (Kind::Timeout, _) => "the provider gave up waiting",
        (Kind::Server | Kind::Connection | Kind::Malformed, _) => "the provider is broken or overloaded",
    }
}

fn is_identifier(code: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=64).contains(&code.len()) && code.bytes().all(plain)
}

/// Characters in a row that count as repeating a prompt, and as repeating a key.
const PROMPT_RUN: usize = 12;
const KEY_RUN: usize = 6;

/// Whether a server's text repeats part of the prompt or of the key.
fn reveals(text: &str, request: &TextRequest, key: Option<&SecretString>) -> bool {
    let key = key.map(ExposeSecret::expose_secret).unwrap_or_default();
    if shares_run(text, key, KEY_RUN) {
        return true;
    }
    request.messages.iter().any(|message| shares_run(text, &message.content, PROMPT_RUN))
}

/// Whether both texts hold the same `run` characters in a row, or the second is shorter than that and stands in the first.
fn shares_run(text: &str, secret: &str, run: usize) -> bool {
    let secret = secret.trim();
    if secret.chars().count() < run {
        return secret.chars().count() >= 4 && text.contains(secret);
    }
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    starts.windows(run + 1).any(|window| secret.contains(&text[window[0]..window[run]]))
}
