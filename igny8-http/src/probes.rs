//! Whether the process lives, and whether it can work.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use igny8_core::Igny8;
use serde_json::{Value, json};

use crate::ApiError;

pub(crate) fn routes() -> Router<Igny8> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

async fn healthz() -> Json<Value> {
    Json(json!({"success": true}))
}

/// Ready when the store answers. It only reads, so an import under way does not make it late.
async fn readyz(State(igny8): State<Igny8>) -> Result<Json<Value>, ApiError> {
    igny8.check_ready().await?;
    Ok(Json(json!({"success": true})))
}
