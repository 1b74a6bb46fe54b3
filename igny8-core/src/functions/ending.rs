//! How an attempt at a run ends: it is finished and settled, given back to be tried again, revoked, or abandoned.

use serde_json::Value;

use super::bought;
use super::engine::{Ended, Engine};
use super::registry::ErasedFunction;
use super::{FinishedItem, ItemFailure, RunReport};
use crate::error::{Error, Result, RunFailure};
use crate::runs::{
    Changeset, Finish, GiveBack, ItemCommit, ItemOutcome, ItemState, RunItem, RunState, UsageTotals,
};

impl Engine<'_> {
    /// Ends the run as revoked: what it has committed stays and is charged.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; the store's.
    pub async fn revoke(&self) -> Result<Ended> {
        self.close(RunState::Revoked, Some(&Error::Cancelled)).await
    }

    /// Ends the run as failed without asking its function anything more: it has panicked, and may do so again.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; the store's.
    pub async fn abandon(&self) -> Result<Ended> {
        let error = Error::Panicked { function: self.run.function.clone() };
        self.end(None, RunState::Failure, Some(&error)).await
    }

    /// How the run stands for a worker whose lease is not held any more: it may have ended it itself a moment ago.
    ///
    /// # Errors
    /// The store's.
    pub async fn find_out(&self) -> Result<Ended> {
        let run = self.services.store.get_run(self.scope, self.run.id).await?;
        if run.epoch != self.run.epoch || !run.state.is_finished() {
            return Ok(Ended::Lost);
        }
        bought::forget(self.services, &run).await;
        Ok(Ended::Finished(Box::new(run)))
    }

    /// Gives the run back when that can help, else ends it by this error.
    ///
    /// # Errors
    /// The store's.
    pub async fn give_up_or_retry(&self, error: &Error, counted: bool) -> Result<Ended> {
        let ended = if error.is_retryable() && (!counted || self.run.attempts < self.run.max_attempts) {
            let delay = self.services.retry.backoff(self.run.id, self.run.attempts, error);
            self.give_back(GiveBack { delay, failure: Some(RunFailure::from(error)), counted }).await
        } else {
            self.close(RunState::Failure, Some(error)).await
        };
        match ended {
            Err(Error::LeaseLost) => Ok(Ended::Lost),
            ended => ended,
        }
    }

    /// Gives the run back; one that is to stop ends.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; the store's.
    pub async fn give_back(&self, back: GiveBack) -> Result<Ended> {
        let delay = back.delay;
        let run = self.services.store.return_run(self.scope, self.run.id, self.run.epoch, back).await?;
        if !run.state.is_finished() {
            return Ok(Ended::Returned(delay));
        }
        bought::forget(self.services, &run).await;
        Ok(Ended::Finished(Box::new(run)))
    }

    /// Ends the run: items it has not come to fail, the rest is reported and settled. A run that is not revoked is a success
    /// when anything was produced, or when nothing failed.
    pub(super) async fn close(&self, state: RunState, error: Option<&Error>) -> Result<Ended> {
        let function = self.services.functions.get(&self.run.function).ok();
        self.end(function.as_deref(), state, error).await
    }

    async fn end(
        &self,
        function: Option<&dyn ErasedFunction>,
        state: RunState,
        error: Option<&Error>,
    ) -> Result<Ended> {
        let store = &self.services.store;
        let mut items = store.run_items(self.scope, self.run.id).await?;
        let mut progress = store.get_run(self.scope, self.run.id).await?.progress;
        if let Some(error) = error {
            for item in items.iter_mut().filter(|item| item.state == ItemState::Pending) {
                let failure = match item.error.take() {
                    // What it failed of itself tells more than what stopped the run.
                    Some(own) if state != RunState::Revoked => own,
                    _ => RunFailure::from(error),
                };
                let changes = match function {
                    Some(function) if state != RunState::Revoked => {
                        function.record_failure(&item.input, &failure)
                    }
                    _ => Changeset::new(),
                };
                let outcome = ItemOutcome::Failed { changes, error: failure.clone() };
                self.commit(ItemCommit { key: item.key.clone(), outcome, progress: progress.clone() })
                    .await?;
                item.state = ItemState::Failed;
                item.error = Some(failure);
            }
        }
        let report = self.report(function, &items).await?;
        let state = match state {
            RunState::Revoked => RunState::Revoked,
            // Nobody can tell what it has to show.
            _ if function.is_none() => RunState::Failure,
            _ if report.succeeded > 0 || (error.is_none() && report.failed.is_empty()) => RunState::Success,
            _ => RunState::Failure,
        };
        let failure = match state {
            RunState::Success => None,
            _ => error
                .map(RunFailure::from)
                .or_else(|| report.failed.first().map(|failed| failed.error.clone())),
        };
        progress.current = items.len() as u64;
        progress.total = items.len() as u64;
        progress.advance(100, summary(state, &report));
        let finish = Finish {
            state,
            result: serde_json::to_value(&report)
                .map_err(|error| Error::storage("write a run's report as JSON", error))?,
            error: failure,
            progress,
        };
        let run = store.finish_run(self.scope, self.run.id, self.run.epoch, finish).await?;
        bought::forget(self.services, &run).await;
        Ok(Ended::Finished(Box::new(run)))
    }

    async fn report(
        &self,
        function: Option<&dyn ErasedFunction>,
        items: &[RunItem],
    ) -> Result<RunReport<Value>> {
        let done: Vec<FinishedItem> = items
            .iter()
            .filter(|item| item.state == ItemState::Done)
            .map(|item| FinishedItem {
                key: item.key.clone(),
                result: item.result.clone().unwrap_or(Value::Null),
                credits: item.credits,
            })
            .collect();
        let failed = items
            .iter()
            .filter(|item| item.state == ItemState::Failed)
            .filter_map(|item| {
                Some(ItemFailure {
                    key: item.key.clone(),
                    label: item.label.clone(),
                    error: item.error.clone()?,
                })
            })
            .collect();
        let calls = self.services.store.provider_calls(self.scope, self.run.id).await?;
        Ok(RunReport {
            output: function.map_or(Ok(Value::Null), |function| function.report(&self.run.input, &done))?,
            succeeded: done.len() as u64,
            failed,
            usage: UsageTotals::of(&calls),
            forecast: self.run.forecast,
            credits: done.iter().map(|item| item.credits).sum::<i64>().min(self.run.reserved),
        })
    }
}

fn summary(state: RunState, report: &RunReport<Value>) -> String {
    let failed = report.failed.len();
    match state {
        RunState::Revoked => format!("Cancelled; {} items are done and kept", report.succeeded),
        _ if failed == 0 => format!("{} items done", report.succeeded),
        _ => format!("{} items done, {failed} failed", report.succeeded),
    }
}
