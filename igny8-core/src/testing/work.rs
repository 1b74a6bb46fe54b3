//! A claimed run as its worker holds it, so that cases about runs read like a worker's day.
//! Every write goes through the ports under the epoch of the claim.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;

use super::check::Outcome;
use super::world::Workplace;
use crate::credits::Credits;
use crate::error::{Result, RunFailure};
use crate::ids::{ProviderCallId, RunId};
use crate::ports::Store;
use crate::runs::{
    CallOutcome, Changeset, Finish, GiveBack, ItemCommit, ItemOutcome, PlannedItem, Progress, ProviderCall,
    Run, RunItem, RunState, StoredAnswer,
};
use crate::tenancy::TenantScope;

/// A run under one claim.
#[derive(Clone)]
pub(super) struct Work {
    store: Arc<dyn Store>,
    scope: TenantScope,
    pub(super) id: RunId,
    pub(super) epoch: u64,
}

impl Work {
    pub(super) fn of(at: &Workplace, claimed: &Run) -> Self {
        Self::under(at, claimed.id, claimed.epoch)
    }

    /// The run with this id, written as if it were held under this epoch.
    pub(super) fn under(at: &Workplace, id: RunId, epoch: u64) -> Self {
        Self { store: Arc::clone(&at.store), scope: at.scope.clone(), id, epoch }
    }

    /// Plans one item for each key.
    pub(super) async fn plan(&self, keys: &[&str]) -> Result<Vec<RunItem>> {
        let items = keys.iter().map(|key| planned(key)).collect();
        self.store.plan_items(&self.scope, self.id, self.epoch, items).await
    }

    /// Ends an item well.
    pub(super) async fn done(&self, key: &str, credits: Credits, changes: Changeset) -> Result<()> {
        let outcome = ItemOutcome::Done { changes, credits, result: json!({ "of": key }) };
        self.end(key, outcome).await
    }

    /// Ends an item badly.
    pub(super) async fn failed(&self, key: &str, changes: Changeset) -> Result<()> {
        self.end(key, ItemOutcome::Failed { changes, error: failure("refusal") }).await
    }

    async fn end(&self, key: &str, outcome: ItemOutcome) -> Result<()> {
        let item = ItemCommit { key: key.to_owned(), outcome, progress: halfway() };
        self.store.commit_item(&self.scope, self.id, self.epoch, item).await
    }

    /// Plans one item and ends it with these changes.
    pub(super) async fn apply(&self, changes: Changeset) -> Outcome {
        self.plan(&["only"]).await?;
        Ok(self.done("only", 1, changes).await?)
    }

    pub(super) async fn progress(&self, progress: &Progress) -> Result<()> {
        self.store.save_progress(&self.scope, self.id, self.epoch, progress).await
    }

    /// Leaves an item to be tried again.
    pub(super) async fn try_again(&self, key: &str, code: &str) -> Result<()> {
        self.end(key, ItemOutcome::TryAgain { error: failure(code) }).await
    }

    /// Records a call from its beginning to its end.
    pub(super) async fn record(&self, call: ProviderCall, answer: Option<StoredAnswer>) -> Result<()> {
        self.begin_call(&call).await?;
        self.end_call(call, answer).await
    }

    pub(super) async fn begin_call(&self, call: &ProviderCall) -> Result<()> {
        let started = ProviderCall {
            id: call.id,
            ..ProviderCall::started(&call.item_key, &call.provider, &call.model)
        };
        self.store.begin_call(&self.scope, self.id, self.epoch, started).await
    }

    pub(super) async fn end_call(&self, call: ProviderCall, answer: Option<StoredAnswer>) -> Result<()> {
        self.store.end_call(&self.scope, self.id, self.epoch, call, answer).await
    }

    /// The answer kept under this key.
    pub(super) async fn stored(&self, key: &str) -> Result<Option<StoredAnswer>> {
        self.store.stored_answer(&self.scope, self.id, key).await
    }

    pub(super) async fn finish(&self, state: RunState) -> Result<Run> {
        let error = (state == RunState::Failure).then(|| failure("unusable_answer"));
        let mut progress = Progress::default();
        progress.advance(100, "Over");
        let finish = Finish { state, result: json!({ "made": 1 }), error, progress };
        self.store.finish_run(&self.scope, self.id, self.epoch, finish).await
    }

    /// Gives the run back; with a failure it counts as an attempt, without one it does not.
    pub(super) async fn give_back(&self, delay: Duration, failure: Option<RunFailure>) -> Result<Run> {
        let counted = failure.is_some();
        self.return_as(GiveBack { delay, failure, counted }).await
    }

    pub(super) async fn return_as(&self, back: GiveBack) -> Result<Run> {
        self.store.return_run(&self.scope, self.id, self.epoch, back).await
    }

    pub(super) async fn items(&self) -> Result<Vec<RunItem>> {
        self.store.run_items(&self.scope, self.id).await
    }

    pub(super) async fn calls(&self) -> Result<Vec<ProviderCall>> {
        self.store.provider_calls(&self.scope, self.id).await
    }
}

pub(super) fn planned(key: &str) -> PlannedItem {
    PlannedItem { key: key.to_owned(), label: format!("Item {key}"), input: json!({ "key": key }) }
}

/// A failure with this code that another attempt could mend.
pub(super) fn failure(code: &str) -> RunFailure {
    RunFailure { code: code.to_owned(), message: "As the suite wished".to_owned(), retryable: true }
}

pub(super) fn halfway() -> Progress {
    let mut progress = Progress::default();
    progress.advance(50, "Halfway");
    progress
}

/// A call that answered and cost a quarter of a cent.
pub(super) fn call(item: &str) -> ProviderCall {
    ProviderCall {
        id: ProviderCallId::new(),
        item_key: item.to_owned(),
        provider: "offline".to_owned(),
        model: "rules".to_owned(),
        prompt_tokens: 120,
        completion_tokens: 40,
        cost_usd: Decimal::new(25, 4),
        tries: 1,
        duration_ms: 7,
        outcome: CallOutcome::Answered,
        error: None,
        request_id: Some("req-1".to_owned()),
    }
}

pub(super) fn answer(key: &str) -> StoredAnswer {
    StoredAnswer { key: key.to_owned(), answer: json!({ "text": "sencha" }) }
}
