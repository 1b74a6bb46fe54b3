//! The query string as a typed value.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use igny8_core::error::FieldErrors;
use serde::de::DeserializeOwned;

use super::read;
use crate::ApiError;

/// The query string; unknown parameters are refused with the names there are.
#[derive(Clone, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(typed(&pairs(parts)?)?))
    }
}

/// The parameters, each at most once.
pub(super) fn pairs(parts: &Parts) -> Result<Vec<(String, String)>, FieldErrors> {
    let text = parts.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(text).map_err(|error| FieldErrors::one("query", error.to_string()))?;
    for (at, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().take(at).any(|(before, _)| before == name) {
            return Err(FieldErrors::one(name.as_str(), "is given twice: separate several values by commas"));
        }
    }
    Ok(pairs)
}

/// Reads parameters as a value.
pub(super) fn typed<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, FieldErrors> {
    let text =
        serde_html_form::to_string(pairs).map_err(|error| FieldErrors::one("query", error.to_string()))?;
    read::fields(serde_html_form::Deserializer::from_bytes(text.as_bytes()), "query")
}
