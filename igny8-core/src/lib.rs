#![doc = include_str!("../README.md")]

pub mod article;
pub mod clustering;
pub mod credits;
pub mod error;
pub mod exchange;
pub mod functions;
pub mod hooks;
pub mod idempotency;
pub mod identity;
pub mod ids;
pub mod outbound;
pub mod paging;
pub mod pipeline;
pub mod ports;
pub mod prompts;
pub mod runs;
pub mod sdk;
pub mod settings;
pub mod telemetry;
pub mod tenancy;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vocabulary;
pub mod webhooks;

pub use error::{Error, FieldErrors, Result, RunFailure};
pub use sdk::{Builder, Igny8, NewAccount, RunHandle, StartOptions};
