//! Code of the host's that panics: its run ends as failed at once and gives its credits back, and the worker works on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::runs::{Changeset, ItemState, RunState, WorkerConfig};
use igny8_tests::Desk;
use igny8_tests::desk::brisk;

use super::tally::{Count, Tally};

/// Panics once.
#[derive(Clone, Default)]
struct Fragile(Arc<AtomicBool>);

#[async_trait]
impl Hook for Fragile {
    fn name(&self) -> &str {
        "fragile"
    }

    async fn before_save(&self, _: HookContext<'_>, _: &mut Changeset) -> Verdict {
        assert!(self.0.swap(true, Ordering::SeqCst), "as the test wishes");
        Verdict::Continue
    }
}

#[tokio::test]
async fn a_run_whose_code_panics_fails_and_the_next_goes_on() {
    let tally = Tally::default();
    let desk = Desk::in_memory(|builder| builder.function(tally.clone()).hook(Fragile::default())).await;
    let worker = desk.igny8.spawn_worker(WorkerConfig { concurrency: 1, ..brisk() });
    let (site, sector) = (desk.home.site, desk.home.sector);
    let count = |name: &str| Count { name: name.to_owned(), site, sector };
    let first = desk.igny8.start(&desk.scope, count("first")).await.unwrap();
    let second = desk.igny8.start(&desk.scope, count("second")).await.unwrap();
    let failed = desk.finished(first.id()).await;
    assert_eq!((failed.state, failed.charged, failed.attempts), (RunState::Failure, Some(0), 1));
    assert_eq!(failed.error.map(|error| error.code).as_deref(), Some("panicked"));
    assert!(desk.items(first.id()).await.iter().all(|item| item.state == ItemState::Failed));
    assert_eq!(second.output().await.unwrap().output, 1);
    let balance = desk.balance().await;
    assert_eq!((balance.balance, balance.reserved), (5_000 - 1, 0));
    worker.shutdown().await;
    desk.assert_ledger_sound().await;
}
