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

/// Ready when the store answers.
async fn readyz(State(igny8): State<Igny8>) -> Result<Json<Value>, ApiError> {
    igny8.plans().await?;
    Ok(Json(json!({"success": true})))
}
