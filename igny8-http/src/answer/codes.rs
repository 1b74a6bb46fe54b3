//! Every code that an error can carry, with its status and what to do about it: the table of the documentation.

/// One code of the error envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The stable snake_case word.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What it means, and what a client does about it.
    pub meaning: &'static str,
}

const fn code(status: u16, code: &'static str, meaning: &'static str) -> ErrorCode {
    ErrorCode { code, status, meaning }
}

/// Every code there is, by status.
pub const ERROR_CODES: &[ErrorCode] = &[
    code(400, "invalid", "Fields are not acceptable; `fields` says which and why. Correct them."),
    code(400, "illegal_move", "The status cannot move that way. Read the row again and choose a legal move."),
    code(400, "import_failed", "The keyword file cannot be read; the message says what to do with it."),
    code(401, "unauthenticated", "There is no token, or it is not valid (any more). Log in or refresh."),
    code(401, "login_failed", "E-mail address and password do not belong together."),
    code(
        402,
        "insufficient_credits",
        "The balance does not cover the work; `details` has `needed` and `available`.",
    ),
    code(402, "plan_limit", "The plan allows no more of this; `details` has `limit`, `used` and `allowed`."),
    code(403, "forbidden", "The caller's role does not allow this."),
    code(403, "account_inactive", "The account is suspended or cancelled: it can be read, not changed."),
    code(403, "registration_closed", "This installation opens accounts by its operator only."),
    code(404, "not_found", "There is no such row, or it is not the caller's: both are answered alike."),
    code(404, "no_route", "There is no such path. `/openapi.json` lists them all."),
    code(404, "invalid_page", "The list ends before this page."),
    code(405, "method_not_allowed", "The path does not take this method; `Allow` lists those it does."),
    code(409, "conflict", "It collides with what is stored; the message says with what."),
    code(
        409,
        "in_progress",
        "A request with this `Idempotency-Key` is being worked on. Try again in a moment.",
    ),
    code(409, "cancelled", "The run was cancelled."),
    code(409, "lease_lost", "Another worker has taken the run over."),
    code(
        412,
        "precondition_failed",
        "`If-Match` is not the row's current `ETag`: someone else changed it. Read it again.",
    ),
    code(413, "too_large", "The body is larger than the server accepts; `details` has `limit` in bytes."),
    code(415, "unsupported_media_type", "The body's `Content-Type` is not one this path takes."),
    code(
        422,
        "idempotency_key_reused",
        "The `Idempotency-Key` was used for another request. Choose a new one.",
    ),
    code(422, "unusable_answer", "A provider's answer could not be used. Nothing was charged."),
    code(422, "rejected_by_hook", "A hook of the host refused; the message is its reason."),
    code(422, "run_failed", "The run failed; the message is its own."),
    code(429, "rate_limited", "Too many requests at once or in a row. Wait as `Retry-After` says."),
    code(429, "provider_rate_limit", "The AI provider asks for patience. Wait as `Retry-After` says."),
    code(500, "internal", "The server failed. Its log has the cause under the request's id."),
    code(500, "panicked", "A function or hook of the host's broke off."),
    code(500, "configuration", "The host has put the server together wrongly."),
    code(502, "provider_auth", "The AI provider refuses the key. Correct it in the integration's settings."),
    code(502, "provider_quota", "The account at the AI provider has run out of money or allowance."),
    code(502, "provider_content_filter", "The AI provider's filter refused."),
    code(502, "provider_context_length", "The request is longer than the model can read."),
    code(502, "provider_bad_request", "The AI provider does not accept the request."),
    code(502, "provider_server", "The AI provider is broken or overloaded."),
    code(502, "provider_timeout", "The AI provider did not answer in time."),
    code(502, "provider_connection", "The AI provider could not be reached."),
    code(502, "provider_malformed", "The AI provider answered with something that is not its protocol."),
    code(
        503,
        "timeout",
        "It took longer than the server allows. What was to be written may still be: look before you repeat it.",
    ),
    code(
        503,
        "storage",
        "The store is busy or away. Try again; with 500 instead, it is not a matter of time.",
    ),
];
