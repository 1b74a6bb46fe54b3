//! `If-Match`: a change that is only made when nobody changed the row meanwhile.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::ApiError;

/// The versions that a change may be based on; `None` without the header.
#[derive(Clone, Debug)]
pub(crate) struct IfMatch(Option<String>);

impl IfMatch {
    /// Refuses when the row's version is not among those the client knows.
    pub(crate) fn check(&self, version: &str) -> Result<(), ApiError> {
        let Some(known) = &self.0 else { return Ok(()) };
        let matches =
            known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_matches('"') == version);
        if matches { Ok(()) } else { Err(ApiError::precondition_failed()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // What cannot be read guards too: it matches nothing.
        let given =
            parts.headers.get_all(header::IF_MATCH).iter().map(|value| value.to_str().unwrap_or("\"\""));
        let given: Vec<&str> = given.collect();
        Ok(Self((!given.is_empty()).then(|| given.join(","))))
    }
}
