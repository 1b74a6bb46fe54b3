//! What clients are answered with: the envelope of rows and lists, and the envelope of errors.
//! Both carry the request's id, which is known wherever an answer is made.

mod codes;
mod envelope;
mod error;
mod request_id;
#[cfg(feature = "openapi")]
mod schema;

pub use codes::{ERROR_CODES, ErrorCode};
pub(crate) use envelope::{Created, Deleted, Listed, One, Started, Versioned};
pub use error::ApiError;
pub(crate) use request_id::RequestId;

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, ApiError>;
