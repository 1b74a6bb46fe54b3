//! The adapters from outside: against a fake OpenAI-compatible server, and the offline provider's answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]

mod fake;
mod offline;
mod openai;
