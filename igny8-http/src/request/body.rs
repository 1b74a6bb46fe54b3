//! JSON bodies as typed values. Unknown fields are refused, so nothing is set that was not meant to be.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use igny8_core::error::FieldErrors;
use igny8_core::ids::SectorId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::read;
use crate::ApiError;
use crate::app::App;

/// A JSON body.
#[derive(Clone, Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON body whose `sector_id` says where a new row belongs.
#[derive(Clone, Debug)]
pub(crate) struct InSector<T> {
    /// The sector.
    pub(crate) sector: SectorId,
    /// The row.
    pub(crate) row: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = json_bytes(request, app).await?;
        if bytes.is_empty() {
            return Err(FieldErrors::one("body", "is missing: send a JSON object").into());
        }
        // A list of a struct's fields would be read as the struct.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(FieldErrors::one("body", "must be a JSON object, not a list").into());
        }
        if has_nul(&bytes) {
            return Err(FieldErrors::one("body", "has the character U+0000, which no text may have").into());
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = read::fields(&mut reader, "body")?;
        reader.end().map_err(|_| FieldErrors::one("body", "has something after its JSON value"))?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for InSector<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let Body(mut fields) = Body::<Map<String, Value>>::from_request(request, app).await?;
        let mut errors = FieldErrors::new();
        let sector = match fields.remove("sector_id") {
            Some(sector) => errors.collect(read::fields(sector, "sector_id")),
            None => errors.collect(Err(FieldErrors::one("sector_id", "missing field `sector_id`"))),
        };
        let row = errors.collect(read::fields(Value::Object(fields), "body"));
        match (sector, row) {
            (Some(sector), Some(row)) => Ok(Self { sector, row }),
            _ => Err(errors.into()),
        }
    }
}

/// Whether a JSON text spells U+0000, which databases do not take in texts.
fn has_nul(json: &[u8]) -> bool {
    json.windows(6).any(|spelled| spelled == br"\u0000")
}

/// The bytes of a body that says it is JSON, or is empty.
async fn json_bytes(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let is_json = is_json(request.headers());
    let bytes = limited(request.into_body(), app.config.body_limit).await?;
    if is_json || bytes.is_empty() {
        Ok(bytes)
    } else {
        Err(ApiError::unsupported_media_type("application/json"))
    }
}

/// Whether the headers announce JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| {
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

/// A body's bytes, at most so many.
pub(crate) async fn limited(body: axum::body::Body, limit: u64) -> Result<Bytes, ApiError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    to_bytes(body, most).await.map_err(|error| {
        let mut source: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = source {
            if error.to_string().contains("length limit exceeded") {
                return ApiError::too_large(limit);
            }
            source = error.source();
        }
        FieldErrors::one("body", "broke off before its end").into()
    })
}
