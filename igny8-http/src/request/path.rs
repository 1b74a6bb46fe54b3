//! The row that a path is about.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use igny8_core::Error;

use crate::ApiError;

/// The one parameter of a path, such as the `{id}` of `planner/keywords/{id}/`. What cannot be one is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Error::not_found("row", parts.uri.path()))?;
        let text = params.iter().last().map(|(_, value)| value.to_owned()).unwrap_or_default();
        text.parse().map(Self).map_err(|_| Error::not_found("row", text).into())
    }
}
