#![doc = include_str!("../README.md")]

mod blobs;
#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled"))]
mod owner;
pub mod secrets;
pub mod statement;

#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled"))]
pub mod sqlite;

pub use blobs::ObjectBlobs;
#[cfg(any(feature = "sqlite", feature = "sqlite-unbundled"))]
pub use sqlite::{SqliteOptions, SqliteStore};
