//! A run that somebody is writing to is not taken by a claim, even though its lease has run out: either the write counts and
//! the claim comes later, or the claim counts and the write is refused.

use std::sync::Arc;
use std::time::Duration;

use igny8_core::ports::Store;
use igny8_core::runs::{Changeset, ItemCommit, ItemOutcome, PlannedItem, Progress, Run};
use igny8_core::testing::Tenant;
use serde_json::json;
use sqlx::{Connection as _, Executor as _};

use crate::databases::{Database as _, Postgres};
use crate::work::{claim, new_run};

const LEASE: Duration = Duration::from_millis(40);

/// A run of one item whose lease has run out.
async fn lost(store: &dyn Store, tenant: &Tenant) -> Run {
    store.enqueue(&tenant.scope, new_run(tenant)).await.unwrap();
    let run = claim(store, LEASE).await.unwrap().unwrap();
    let item = PlannedItem { key: "a".to_owned(), label: "A".to_owned(), input: json!({}) };
    store.plan_items(&tenant.scope, run.id, run.epoch, vec![item]).await.unwrap();
    tokio::time::sleep(LEASE * 2).await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_the_middle_of_a_write_is_not_taken() {
    let Some(database) = Postgres::create().await else { return };
    let store: Arc<dyn Store> = Arc::new(database.open().await);
    let tenant = Arc::new(Tenant::open(store.as_ref(), "acme", "unlimited").await.unwrap());
    for writer in ["a late worker", "its tenant"] {
        let run = lost(store.as_ref(), &tenant).await;
        // Somebody else has the item, so the write waits between its check and its commit.
        let mut blocking = database.0.administrator().await;
        let mut transaction = blocking.begin().await.unwrap();
        transaction.execute("SELECT 1 FROM igny8.igny8_run_items FOR UPDATE").await.unwrap();

        let (at, of) = (Arc::clone(&store), Arc::clone(&tenant));
        let (id, epoch) = (run.id, run.epoch);
        let writing = tokio::spawn(async move {
            match writer {
                "a late worker" => {
                    let outcome =
                        ItemOutcome::Done { changes: Changeset::new(), credits: 0, result: json!({}) };
                    let item = ItemCommit { key: "a".to_owned(), outcome, progress: Progress::default() };
                    at.commit_item(&of.scope, id, epoch, item).await
                }
                _ => at.cancel_run(&of.scope, id).await.map(drop),
            }
        });
        tokio::time::sleep(Duration::from_millis(150)).await;
        let taken = claim(store.as_ref(), LEASE).await.unwrap();
        assert_eq!(taken, None, "taken in the middle of a write by {writer}");
        assert!(!writing.is_finished());
        transaction.rollback().await.unwrap();
        writing.await.unwrap().unwrap();
        let now = store.get_run(&tenant.scope, id).await.unwrap();
        assert_eq!(now.epoch, epoch, "{now:?}");
        store.cancel_run(&tenant.scope, id).await.unwrap();
    }
}
