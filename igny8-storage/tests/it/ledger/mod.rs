//! The ledger under every order of operations that a generator thinks of: no credit is lost, charged twice or held for ever.

mod at_once;
mod clock;
mod model;
mod operation;
mod player;
mod step_by_step;

/// How many sequences a property is tried on; `PROPTEST_CASES` asks for more.
fn cases(default: u32) -> proptest::prelude::ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    proptest::prelude::ProptestConfig { failure_persistence: None, cases, ..Default::default() }
}
