//! What must hold whatever happened: the ledger's rules I1 to I8, bounded attempts, and once all has ended one settlement or
//! release for each run, everything written once.

use igny8_core::credits::TransactionType;
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::{CallOutcome, ItemState, Run, RunState};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Igny8};

use super::work::worker;
use crate::Desk;

/// The accounts of one database. It judges all of them after every round, and keeps no connection for it.
#[derive(Debug, Default)]
pub struct Oracle(Vec<TenantScope>);

impl Oracle {
    /// Watches over this account too.
    pub fn watch_over(&mut self, desk: Desk) -> Desk {
        self.0.push(desk.scope.clone());
        desk
    }

    /// Every account's ledger is sound, seen through the connections of one of them.
    pub async fn ledgers(&self, desk: &Desk) {
        for scope in &self.0 {
            let breaches = desk.igny8.credits(scope).verify().await.unwrap();
            assert!(breaches.is_empty(), "account {}: {breaches:#?}", scope.account());
        }
    }
}

/// What must hold at any moment.
pub async fn sound(desk: &Desk) {
    desk.assert_ledger_sound().await;
    for run in desk.runs().await {
        assert!(run.attempts <= run.max_attempts, "tried too often: {run:#?}");
        assert!(u64::from(run.attempts) <= run.epoch, "attempts without claims: {run:#?}");
        assert_eq!(run.state.is_finished(), run.charged.is_some(), "{run:#?}");
    }
}

/// What must hold once every run has ended. Answers with the runs.
pub async fn settled(desk: &Desk) -> Vec<Run> {
    sound(desk).await;
    let runs = desk.runs().await;
    for run in &runs {
        assert!(run.state.is_finished(), "not at its end: {run:#?}");
        let items = desk.items(run.id).await;
        assert!(items.iter().all(|item| item.state != ItemState::Pending), "{run:#?} {items:#?}");
        let done = items.iter().filter(|item| item.state == ItemState::Done);
        let due: i64 = done.map(|item| item.credits).sum();
        assert_eq!(run.charged, Some(due.min(run.reserved)), "{run:#?} {items:#?}");
    }
    let charges = desk.transactions().await;
    let charges = charges.iter().filter(|entry| entry.transaction_type == TransactionType::Usage).count();
    let charged = runs.iter().filter(|run| run.charged.is_some_and(|charged| charged > 0)).count();
    assert_eq!(charges, charged, "one charge for each run that has something to show");
    assert_eq!(desk.balance().await.reserved, 0, "nothing is held once all has ended");
    written_once(desk).await;
    runs
}

/// Every article has the one text that its run wrote, and no task still seems to be worked on.
async fn written_once(desk: &Desk) {
    for article in desk.articles().await.values() {
        let revisions = desk.igny8.contents(&desk.scope).revisions(article.id).await.unwrap();
        assert_eq!((article.revision, revisions.len()), (1, 1), "{}", article.draft.title);
    }
    for task in desk.all_tasks().await {
        assert!(!matches!(task.status, TaskStatus::InProgress | TaskStatus::Queued), "{task:#?}");
    }
}

/// Every run came to a good end.
pub fn all_well(runs: &[Run]) {
    for run in runs {
        assert_eq!(run.state, RunState::Success, "{run:#?}");
    }
}

/// No answer was bought twice, but for those whose arrival a dead worker could not note. Answers with how many calls were
/// begun and not heard of again.
pub async fn bought_once(desk: &Desk, runs: &[Run]) -> usize {
    let mut unheard = 0;
    for run in runs {
        let calls = desk.calls(run.id).await;
        for item in desk.items(run.id).await {
            let of_item = calls.iter().filter(|call| call.item_key == item.key);
            let answered = of_item.filter(|call| call.outcome == CallOutcome::Answered).count();
            assert!(answered <= 1, "{answered} answers were bought for {}: {calls:#?}", item.label);
        }
        unheard += calls.iter().filter(|call| call.outcome == CallOutcome::Started).count();
    }
    unheard
}

/// A worker of this process works until nothing is left to do.
pub async fn work_off(igny8: &Igny8, lease: std::time::Duration) {
    igny8.spawn_worker(worker(lease, 4, false)).finished().await;
}

/// The store's own failure, of the kind that passes: what a caller may be told when the store is away.
pub fn passing(error: &Error) {
    assert!(matches!(error, Error::Storage { retryable: true, .. }), "{error}: {error:#?}");
}
