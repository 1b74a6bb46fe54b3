//! The ledger under every order of operations that a generator thinks of: no credit is lost, charged twice or held for ever.

mod at_once;
mod clock;
mod model;
mod operation;
mod player;
mod step_by_step;

use proptest::prelude::ProptestConfig;
use proptest::strategy::Strategy;
use proptest::test_runner::TestRunner;

use crate::databases::Database;

/// Tries a property on so many values (`PROPTEST_CASES` asks for more), all on one database.
pub(crate) fn for_each<D: Database, S: Strategy>(cases: u32, values: S, holds: &impl AsyncFn(&D, S::Value)) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Some(database) = runtime.block_on(D::create()) else { return };
    let tried = TestRunner::new(config).run(&values, |value| {
        runtime.block_on(holds(&database, value));
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}
