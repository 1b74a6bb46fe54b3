//! An error on its way to a client: a status, a stable code, a message that says what to do, never internals.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use igny8_core::Error;
use igny8_core::error::FieldErrors;
use igny8_core::ports::ProviderErrorKind;
use serde_json::{Map, Value, json};

use super::RequestId;

/// An error on its way to a client: the core's, or one of HTTP's own.
#[derive(Debug)]
pub struct ApiError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Core(Error),
    Http(HttpError),
}

/// What only HTTP knows.
#[derive(Debug)]
struct HttpError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Option<Value>,
    retry_after: Option<Duration>,
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(Box::new(Kind::Core(error)))
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Error::from(errors).into()
    }
}

impl ApiError {
    fn http(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Http(HttpError {
            status,
            code,
            message: message.into(),
            details: None,
            retry_after: None,
        })))
    }

    fn details(mut self, details: Value) -> Self {
        if let Kind::Http(error) = self.0.as_mut() {
            error.details = Some(details);
        }
        self
    }

    /// There is no token, or it is not valid (any more). For [`Authenticator`](crate::Authenticator)s.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::http(StatusCode::UNAUTHORIZED, "unauthenticated", message)
    }

    /// E-mail address and password do not belong together.
    #[cfg(feature = "auth")]
    pub(crate) fn login_failed() -> Self {
        Self::http(StatusCode::UNAUTHORIZED, "login_failed", "e-mail address or password is wrong")
    }

    /// Accounts are opened by the operator only.
    #[cfg(feature = "auth")]
    pub(crate) fn registration_closed() -> Self {
        let why = "this installation opens accounts by its operator only: ask them for one";
        Self::http(StatusCode::FORBIDDEN, "registration_closed", why)
    }

    /// An API key asks for another.
    #[cfg(feature = "auth")]
    pub(crate) fn keys_make_no_keys() -> Self {
        Self::http(StatusCode::FORBIDDEN, "forbidden", "an API key makes no API keys: log in for it")
    }

    /// No route.
    pub(crate) fn no_route(path: &str) -> Self {
        let message = format!("there is no `{path}`; `/openapi.json` lists every path");
        Self::http(StatusCode::NOT_FOUND, "no_route", message)
    }

    /// The path takes other methods.
    pub(crate) fn method_not_allowed(method: &axum::http::Method) -> Self {
        let message = format!("this path does not take {method}; `Allow` lists the methods it takes");
        Self::http(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    /// The list ends before this page.
    pub(crate) fn invalid_page(page: u32) -> Self {
        Self::http(StatusCode::NOT_FOUND, "invalid_page", format!("the list ends before page {page}"))
    }

    /// It took too long.
    pub(crate) fn timeout(allowed: Duration) -> Self {
        let seconds = allowed.as_secs();
        let message = format!(
            "it took longer than {seconds} s; what was to be written may still be: look before you repeat it"
        );
        Self::http(StatusCode::SERVICE_UNAVAILABLE, "timeout", message)
    }

    /// A request with this key is being worked on.
    pub(crate) fn in_progress() -> Self {
        let message = "a request with this Idempotency-Key is being worked on; try again in a moment";
        let mut error = Self::http(StatusCode::CONFLICT, "in_progress", message);
        if let Kind::Http(error) = error.0.as_mut() {
            error.retry_after = Some(Duration::from_secs(1));
        }
        error
    }

    /// The key belongs to another request.
    pub(crate) fn idempotency_key_reused() -> Self {
        let message = "this Idempotency-Key was used for another request; choose a new one for every request";
        Self::http(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", message)
    }

    /// The row is another by now.
    pub(crate) fn precondition_failed() -> Self {
        let message = "If-Match is not the row's current ETag: someone changed it meanwhile; read it again";
        Self::http(StatusCode::PRECONDITION_FAILED, "precondition_failed", message)
    }

    /// The body is too large.
    pub(crate) fn too_large(limit: u64) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::http(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message).details(json!({"limit": limit}))
    }

    /// The body is of a type that is not taken here.
    pub(crate) fn unsupported_media_type(accepted: &str) -> Self {
        let message = format!("send the body as {accepted}, and say so in Content-Type");
        Self::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    }

    /// Too many requests.
    pub(crate) fn rate_limited(wait: Duration) -> Self {
        let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        let message = format!("too many requests; try again in {seconds} s");
        let mut error = Self::http(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        if let Kind::Http(error) = error.0.as_mut() {
            error.retry_after = Some(Duration::from_secs(seconds));
        }
        error
    }

    /// The server failed; the cause is in its log.
    pub(crate) fn internal() -> Self {
        Self::http(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server could not do this")
    }

    /// The HTTP status for the error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let error = match self.0.as_ref() {
            Kind::Http(error) => return error.status,
            Kind::Core(error) => error,
        };
        match error {
            Error::Invalid(_) | Error::IllegalMove { .. } | Error::Import(_) => StatusCode::BAD_REQUEST,
            Error::InsufficientCredits { .. } | Error::PlanLimit { .. } => StatusCode::PAYMENT_REQUIRED,
            Error::Forbidden { .. } | Error::AccountInactive { .. } => StatusCode::FORBIDDEN,
            Error::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::Conflict { .. } | Error::Cancelled | Error::LeaseLost => StatusCode::CONFLICT,
            Error::UnusableAnswer { .. } | Error::Rejected { .. } | Error::Run(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Error::Provider(error) if error.kind == ProviderErrorKind::RateLimit => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Error::Provider(_) => StatusCode::BAD_GATEWAY,
            Error::Storage { retryable: true, .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable word for the error; one of [`ERROR_CODES`](crate::ERROR_CODES).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.0.as_ref() {
            Kind::Http(error) => error.code,
            Kind::Core(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self.0.as_ref() {
            Kind::Http(error) => error.retry_after,
            Kind::Core(error @ Error::Storage { retryable: true, .. }) => {
                error.retry_after().or(Some(Duration::from_secs(1)))
            }
            Kind::Core(error) => error.retry_after(),
        }
    }

    fn message(&self) -> String {
        match self.0.as_ref() {
            Kind::Http(error) => error.message.clone(),
            Kind::Core(error) => {
                let internal = self.status() == StatusCode::INTERNAL_SERVER_ERROR
                    || matches!(error, Error::Storage { .. });
                if internal { "the server could not do this".to_owned() } else { error.to_string() }
            }
        }
    }

    fn body(&self, request_id: &str) -> Value {
        let mut error = Map::from_iter([
            ("code".to_owned(), json!(self.code())),
            ("message".to_owned(), json!(self.message())),
        ]);
        let details = match self.0.as_ref() {
            Kind::Http(http) => http.details.clone(),
            Kind::Core(Error::Invalid(fields)) => {
                error.insert("fields".to_owned(), json!(fields));
                None
            }
            Kind::Core(Error::InsufficientCredits { needed, available }) => {
                Some(json!({"needed": needed, "available": available}))
            }
            Kind::Core(Error::PlanLimit { limit, used, allowed }) => {
                Some(json!({"limit": limit, "used": used, "allowed": allowed}))
            }
            Kind::Core(_) => None,
        };
        if let Some(details) = details {
            error.insert("details".to_owned(), details);
        }
        json!({"success": false, "error": error, "request_id": request_id})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = RequestId::current();
        if let Kind::Core(error) = self.0.as_ref()
            && self.status().is_server_error()
        {
            let (request_id, error): (&str, &dyn std::error::Error) = (request_id.as_str(), error);
            tracing::error!(request_id, code = self.code(), error, "a request failed");
        }
        let mut response = (self.status(), Json(self.body(request_id.as_str()))).into_response();
        let headers = response.headers_mut();
        headers.insert(RequestId::HEADER, request_id.header_value());
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}
