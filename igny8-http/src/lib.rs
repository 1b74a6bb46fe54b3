#![doc = include_str!("../README.md")]

mod answer;
mod probes;

pub use answer::ApiError;

use axum::Router;
use igny8_core::Igny8;

/// The routes of this adapter, to be mounted under any path.
pub fn router(igny8: Igny8) -> Router {
    probes::routes().with_state(igny8)
}
