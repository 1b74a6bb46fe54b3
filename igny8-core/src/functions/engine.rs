//! The engine: takes one claimed run through its items, so that whatever stops it in the middle, nothing is lost or paid twice.
//! It holds no transaction across a provider call and writes only under the run's epoch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::Value;

use super::call::{self, Answered};
use super::registry::ErasedFunction;
use super::{FinishedItem, FunctionContext, ItemFailure, RunReport, Saved};
use crate::error::{Error, Result, RunFailure};
use crate::hooks::{HookContext, Verdict};
use crate::ports::ProviderErrorKind;
use crate::runs::{
    Finish, ItemCommit, ItemOutcome, ItemState, Phase, Progress, Run, RunItem, RunState, StepStatus,
    UsageTotals,
};
use crate::sdk::Services;
use crate::tenancy::TenantScope;

/// How an execution left its run.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Finished for good.
    Finished(Box<Run>),
    /// Given back, to be tried again after this wait.
    Returned(Duration),
    /// Taken over by another worker: nothing more was written.
    Lost,
}

/// Executes one claimed run.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    pub(super) services: &'a Services,
    pub(super) scope: &'a TenantScope,
    pub(super) run: &'a Run,
}

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("run", &self.run.id).finish_non_exhaustive()
    }
}

/// Why the engine stops going through the items.
enum Stop {
    /// The run can be tried again later, by this error.
    Later(Error),
    /// Every further item would fail by this error.
    Now(Error),
}

/// One item that has ended in an answer, or not.
struct Worked {
    item: RunItem,
    answered: Result<Answered>,
}

impl<'a> Engine<'a> {
    #[cfg(feature = "worker")]
    pub(crate) fn new(services: &'a Services, scope: &'a TenantScope, run: &'a Run) -> Self {
        Self { services, scope, run }
    }

    /// Works the run off, as far as it goes.
    ///
    /// # Errors
    /// The store's, when it could not even be given back; the lease then runs out.
    pub async fn execute(&self) -> Result<Ended> {
        let outcome = match self.services.functions.get(&self.run.function) {
            Ok(function) => self.work_off(function.as_ref()).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(ended) => Ok(ended),
            Err(Error::LeaseLost) => Ok(Ended::Lost),
            Err(error) => self.give_up_or_retry(&error).await,
        }
    }

    /// Ends the run as revoked: what it has committed stays and is charged.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; the store's.
    pub async fn revoke(&self) -> Result<Ended> {
        self.close(RunState::Revoked, Some(&Error::Cancelled)).await
    }

    async fn work_off(&self, function: &dyn ErasedFunction) -> Result<Ended> {
        let cx = self.context();
        let progress = Mutex::new(self.run.progress.clone());
        self.tell(&progress, |progress| progress.advance(0, "Checking the input")).await?;
        let items = self.planned_items(function, &cx, &progress).await?;
        let ended = items.iter().filter(|item| item.state != ItemState::Pending).count() as u64;
        let total = items.len() as u64;
        self.tell(&progress, |progress| {
            progress.total = total;
            progress.current = ended;
            progress.advance(Progress::of_items(ended, total, Phase::AiCall), "Asking the provider");
        })
        .await?;

        // After a stop, no further item is begun; those with a provider come to their end, since they are paid for.
        let stopped = AtomicBool::new(false);
        let pending = items
            .into_iter()
            .filter(|item| item.state == ItemState::Pending)
            .take_while(|_| !stopped.load(Ordering::Relaxed));
        let saving = futures_util::lock::Mutex::new(ended);
        let (saving, cx, progress, stopped_ref) = (&saving, &cx, &progress, &stopped);
        let mut working = futures_util::stream::iter(pending)
            .map(|item| async move {
                let worked = self.work(function, item).await;
                let mut ended = saving.lock().await;
                let saved = self.save(function, cx, worked, progress, *ended + 1, total).await?;
                match &saved {
                    None => *ended += 1,
                    Some(_) => stopped_ref.store(true, Ordering::Relaxed),
                }
                Ok::<_, Error>(saved)
            })
            .buffer_unordered(function.spec().in_flight.max(1));
        let mut stop = None;
        while let Some(saved) = working.next().await {
            if let Some(reason) = saved? {
                stop.get_or_insert(reason);
            }
        }
        match stop {
            None => self.close(RunState::Success, None).await,
            Some(Stop::Now(error)) => self.close(RunState::Success, Some(&error)).await,
            Some(Stop::Later(error)) => Err(error),
        }
    }

    async fn planned_items(
        &self,
        function: &dyn ErasedFunction,
        cx: &FunctionContext<'_>,
        progress: &Mutex<Progress>,
    ) -> Result<Vec<RunItem>> {
        let store = &self.services.store;
        let items = store.run_items(self.scope, self.run.id).await?;
        if !items.is_empty() {
            return Ok(items);
        }
        let began = Instant::now();
        let planned = function.prepare(cx, &self.run.input).await?;
        let items = store.plan_items(self.scope, self.run.id, self.run.epoch, planned).await?;
        let mut progress = lock(progress);
        progress.advance(Phase::Prep.start(), format!("{} items to work on", items.len()));
        progress.note(
            Phase::Prep,
            "",
            StepStatus::Success,
            "Cut the work into items",
            millis(began.elapsed()),
        );
        Ok(items)
    }

    async fn work(&self, function: &dyn ErasedFunction, item: RunItem) -> Worked {
        let answered = call::answer(self, function, &item).await;
        Worked { item, answered }
    }

    /// Saves one item's end in one commit, and says whether to stop.
    async fn save(
        &self,
        function: &dyn ErasedFunction,
        cx: &FunctionContext<'_>,
        worked: Worked,
        progress: &Mutex<Progress>,
        ended: u64,
        total: u64,
    ) -> Result<Option<Stop>> {
        let Worked { item, answered } = worked;
        let (asked, read) = answered.as_ref().map_or_else(|_| Default::default(), |it| (it.asked, it.read));
        let kept = answered.as_ref().ok().and_then(|answered| answered.kept.clone());
        let was_answered = answered.is_ok();
        let began = Instant::now();
        let saved = match answered {
            Ok(answered) => self.rows(function, cx, &item, answered.answer).await,
            Err(error) => Err(error),
        };
        let (outcome, failure) = match saved {
            Ok(saved) => {
                let Saved { changes, credits, result } = saved;
                (ItemOutcome::Done { changes, credits, result }, None)
            }
            Err(error) if ends_attempt(&error) => return Err(error),
            Err(error) if error.is_retryable() => return Ok(Some(Stop::Later(error))),
            Err(error) if is_hopeless(&error) => return Ok(Some(Stop::Now(error))),
            Err(error) => {
                let error = RunFailure::from(&error);
                let changes = function.record_failure(&item.input, &error);
                let message = error.message.clone();
                (ItemOutcome::Failed { changes, error }, Some(message))
            }
        };
        let snapshot = {
            let mut progress = lock(progress);
            progress.current = ended;
            let label = item.label.as_str();
            if was_answered {
                progress.note(Phase::AiCall, label, StepStatus::Success, "Answered", millis(asked));
                progress.note(Phase::Parse, label, StepStatus::Success, "Read and checked", millis(read));
            }
            match &failure {
                None => {
                    progress.note(Phase::Save, label, StepStatus::Success, "Saved", millis(began.elapsed()));
                }
                Some(why) if was_answered => progress.note(Phase::Save, label, StepStatus::Error, why, 0),
                Some(why) => progress.note(Phase::AiCall, label, StepStatus::Error, why, 0),
            }
            progress.advance(
                Progress::of_items(ended, total, Phase::AiCall),
                format!("{ended} of {total}: {label}"),
            );
            progress.clone()
        };
        let commit = ItemCommit { key: item.key.clone(), outcome, progress: snapshot.clone() };
        match self.commit(commit).await {
            // The rows do not fit (any more): a plan's limit, a row deleted meanwhile. The item fails alone.
            Err(error @ (Error::PlanLimit { .. } | Error::Conflict { .. } | Error::NotFound { .. })) => {
                let error = RunFailure::from(&error);
                let changes = function.record_failure(&item.input, &error);
                let outcome = ItemOutcome::Failed { changes, error };
                self.commit(ItemCommit { key: item.key, outcome, progress: snapshot }).await?;
            }
            committed => committed?,
        }
        if let Some(kept) = kept {
            self.services.blobs.delete(&kept).await?;
        }
        Ok(None)
    }

    async fn rows(
        &self,
        function: &dyn ErasedFunction,
        cx: &FunctionContext<'_>,
        item: &RunItem,
        answer: super::registry::Answer,
    ) -> Result<Saved> {
        let mut saved = function.save_output(cx, &self.run.input, &item.input, answer).await?;
        for change in &mut saved.changes.0 {
            if let crate::runs::Change::SaveDraft { run, .. } = change {
                *run = Some(self.run.id);
            }
        }
        for hook in &self.services.hooks {
            if let Verdict::Reject(reason) =
                hook.before_save(self.hook_context(&item.key), &mut saved.changes).await
            {
                return Err(Error::Rejected { hook: hook.name().to_owned(), reason });
            }
        }
        Ok(saved)
    }

    async fn commit(&self, item: ItemCommit) -> Result<()> {
        self.services.store.commit_item(self.scope, self.run.id, self.run.epoch, item).await
    }

    /// Gives the run back when that can help, else ends it by this error.
    async fn give_up_or_retry(&self, error: &Error) -> Result<Ended> {
        if error.is_retryable() && self.run.attempts < self.run.max_attempts {
            let wait = self.services.retry.backoff(self.run.id, self.run.attempts, error);
            let failure = Some(RunFailure::from(error));
            let store = &self.services.store;
            return match store.return_run(self.scope, self.run.id, self.run.epoch, wait, failure).await {
                Ok(run) if run.state.is_finished() => Ok(Ended::Finished(Box::new(run))),
                Ok(_) => Ok(Ended::Returned(wait)),
                Err(Error::LeaseLost) => Ok(Ended::Lost),
                Err(error) => Err(error),
            };
        }
        match self.close(RunState::Failure, Some(error)).await {
            Err(Error::LeaseLost) => Ok(Ended::Lost),
            closed => closed,
        }
    }

    /// Ends the run: items it has not come to fail by `error`, the rest is reported and settled. A run that is not revoked
    /// is a success when anything was produced, or when nothing failed.
    async fn close(&self, state: RunState, error: Option<&Error>) -> Result<Ended> {
        let store = &self.services.store;
        let function = self.services.functions.get(&self.run.function).ok();
        let mut items = store.run_items(self.scope, self.run.id).await?;
        let mut progress = store.get_run(self.scope, self.run.id).await?.progress;
        if let Some(error) = error {
            let failure = RunFailure::from(error);
            for item in items.iter_mut().filter(|item| item.state == ItemState::Pending) {
                let changes = match (&function, state) {
                    (Some(function), RunState::Success | RunState::Failure) => {
                        function.record_failure(&item.input, &failure)
                    }
                    _ => crate::runs::Changeset::new(),
                };
                let outcome = ItemOutcome::Failed { changes, error: failure.clone() };
                self.commit(ItemCommit { key: item.key.clone(), outcome, progress: progress.clone() })
                    .await?;
                item.state = ItemState::Failed;
                item.error = Some(failure.clone());
            }
        }
        let report = self.report(function.as_deref(), &items).await?;
        let any_done = report.succeeded > 0;
        let state = match state {
            RunState::Revoked => RunState::Revoked,
            _ if any_done || (error.is_none() && report.failed.is_empty()) => RunState::Success,
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

    async fn tell(&self, progress: &Mutex<Progress>, change: impl FnOnce(&mut Progress)) -> Result<()> {
        let snapshot = {
            let mut progress = lock(progress);
            change(&mut progress);
            progress.clone()
        };
        self.services.store.save_progress(self.scope, self.run.id, self.run.epoch, &snapshot).await
    }

    pub(super) fn context(&self) -> FunctionContext<'a> {
        FunctionContext::new(self.services, self.scope)
    }

    pub(super) fn hook_context<'b>(&'b self, item: &'b str) -> HookContext<'b> {
        HookContext {
            account: self.scope.account(),
            run: Some(self.run.id),
            function: &self.run.function,
            item,
        }
    }
}

/// Errors that concern the worker or the store, not the item.
fn ends_attempt(error: &Error) -> bool {
    matches!(error, Error::LeaseLost | Error::Storage { .. } | Error::Cancelled)
}

/// Errors that every further item of the run would meet too.
fn is_hopeless(error: &Error) -> bool {
    match error {
        Error::Provider(error) => matches!(error.kind, ProviderErrorKind::Auth | ProviderErrorKind::Quota),
        Error::Configuration(_) => true,
        _ => false,
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

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
