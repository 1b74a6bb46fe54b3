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

/// More parameters than any path takes.
const MOST: usize = 100;

/// The parameters, each at most once.
pub(super) fn pairs(parts: &Parts) -> Result<Vec<(String, String)>, FieldErrors> {
    let text = parts.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(text).map_err(|error| FieldErrors::one("query", error.to_string()))?;
    if pairs.len() > MOST {
        return Err(FieldErrors::one("query", format!("has more than {MOST} parameters")));
    }
    for (at, (name, value)) in pairs.iter().enumerate() {
        if value.contains('\0') {
            return Err(FieldErrors::one(name.as_str(), "has the character U+0000, which no text may have"));
        }
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
