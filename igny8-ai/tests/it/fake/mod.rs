//! A fake OpenAI-compatible server: scripted HTTP answers, and a raw one whose connections misbehave.

mod raw;
mod scripted;

pub(crate) use raw::{Misbehaviour, RawServer};
pub(crate) use scripted::{FakeServer, completion, told};
