//! What the tests across crates share: a tenant at work, a clock that is moved by hand, workers that are lost, a fake
//! OpenAI-compatible service, an image model that paints by a script, files that fail, the real quickstart program, the
//! API on a socket, and the faults that the fault suite makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this crate is for tests only: what goes wrong here ends the test"
)]

pub mod bench;
pub mod chance;
pub mod desk;
pub mod fake_openai;
pub mod faults;
pub mod lost_worker;
pub mod moved_clock;
pub mod nats_server;
pub mod painter;
pub mod quickstart;
pub mod served;
pub mod shaky_blobs;
pub mod tokens;

pub use chance::Chance;
pub use desk::Desk;
pub use fake_openai::{Answer, Asked, FakeOpenAi};
pub use lost_worker::LostWorker;
pub use moved_clock::MovedClock;
pub use nats_server::NatsServer;
pub use painter::{Painter, Picture};
pub use shaky_blobs::ShakyBlobs;

/// The README's program, compiled as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
