#![doc = include_str!("../README.md")]
#![allow(clippy::duplicate_mod, reason = "the port bodies in src/sql are compiled once for each database")]

mod blobs;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(any(feature = "postgres", feature = "nats"))]
mod notices;
#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled", feature = "postgres"))]
mod owner;
pub mod secrets;
pub mod statement;

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled"))]
pub mod sqlite;

pub use blobs::ObjectBlobs;
#[cfg(feature = "nats")]
pub use nats::NatsNotifier;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresNotifier, PostgresOptions, PostgresStore};
#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled"))]
pub use sqlite::{SqliteOptions, SqliteStore};
