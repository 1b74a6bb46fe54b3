//! The envelope of errors: a status, a stable code, a message that says what to do, a request id.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderName};
use igny8_core::Error;
use igny8_core::ports::ProviderErrorKind;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A core error on its way to a client.
#[derive(Debug)]
pub struct ApiError(Error);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl ApiError {
    /// The HTTP status for the error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match &self.0 {
            Error::Invalid(_) | Error::IllegalMove { .. } | Error::Import(_) => StatusCode::BAD_REQUEST,
            Error::InsufficientCredits { .. } | Error::PlanLimit { .. } => StatusCode::PAYMENT_REQUIRED,
            Error::Forbidden { .. } | Error::AccountInactive { .. } => StatusCode::FORBIDDEN,
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

    fn body(&self, request_id: &str) -> Value {
        let internal =
            self.status() == StatusCode::INTERNAL_SERVER_ERROR || matches!(self.0, Error::Storage { .. });
        let message = if internal { "the server could not do this".to_owned() } else { self.0.to_string() };
        let mut error = Map::from_iter([
            ("code".to_owned(), json!(self.0.code())),
            ("message".to_owned(), json!(message)),
        ]);
        match &self.0 {
            Error::Invalid(fields) => {
                error.insert("fields".to_owned(), json!(fields));
            }
            Error::InsufficientCredits { needed, available } => {
                error.insert("details".to_owned(), json!({"needed": needed, "available": available}));
            }
            Error::PlanLimit { limit, used, allowed } => {
                error.insert("details".to_owned(), json!({"limit": limit, "used": used, "allowed": allowed}));
            }
            _ => {}
        }
        json!({"success": false, "error": error, "request_id": request_id})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = Uuid::now_v7().to_string();
        if self.status().is_server_error() {
            let error: &dyn std::error::Error = &self.0;
            tracing::error!(request_id, code = self.0.code(), error, "a request failed");
        }
        let mut response = (self.status(), Json(self.body(&request_id))).into_response();
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
        if let Some(wait) = self.0.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}
