//! What every request passes through: its id and span, the guard that lets writing end, limits, measurements, headers.

mod answering;
mod headers;
mod idempotency;
mod limits;
mod tracker;

pub(crate) use answering::answer;
pub(crate) use idempotency::{FILE_LEASE, IDEMPOTENCY_KEY, idempotent, key_of, once};
pub(crate) use limits::{Limits, Permit};
pub(crate) use tracker::{ResourceReport, ResourceTracker};
