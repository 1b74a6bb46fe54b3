//! Whether the process lives, and whether it can work. They stand beside the API, not below it.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::ApiError;
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

async fn healthz() -> Json<Value> {
    Json(json!({"success": true}))
}

/// Ready when the store answers. It only reads, so an import under way does not make it late.
async fn readyz(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    app.igny8.check_ready().await?;
    Ok(Json(json!({"success": true})))
}
