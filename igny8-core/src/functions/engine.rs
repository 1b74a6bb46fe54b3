//! The engine: takes one claimed run through its items, so that whatever stops it in the middle, nothing is lost or paid twice.
//! It holds no transaction across a provider call and writes only under the run's epoch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::call::{self, Answered};
use super::registry::ErasedFunction;
use super::{FunctionContext, Saved};
use crate::error::{Error, Result, RunFailure};
use crate::hooks::{HookContext, Verdict};
use crate::ports::ProviderErrorKind;
use crate::runs::{ItemCommit, ItemOutcome, ItemState, Phase, Progress, Run, RunItem, RunState, StepStatus};
use crate::sdk::Services;
use crate::tenancy::TenantScope;
use futures_util::StreamExt;

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

/// So many items that fail one after the other say that the provider is down: the rest waits for the next attempt.
const FAILURES_IN_A_ROW: u32 = 3;

/// How one attempt at a run goes.
struct Attempt {
    total: u64,
    ended: u64,
    /// Items that had ended before it.
    ended_before: u64,
    failures_in_a_row: u32,
    /// Why some item is to be tried again.
    again: Option<Error>,
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
            Err(error) => self.give_up_or_retry(&error, true).await,
        }
    }

    async fn work_off(&self, function: &dyn ErasedFunction) -> Result<Ended> {
        let cx = self.context();
        let progress = Mutex::new(self.run.progress.clone());
        self.tell(&progress, |progress| progress.advance(0, "Preparing the work")).await?;
        let items = self.planned_items(function, &cx, &progress).await?;
        let ended = items.iter().filter(|item| item.state != ItemState::Pending).count() as u64;
        let total = items.len() as u64;
        self.tell(&progress, |progress| {
            progress.total = total;
            progress.current = ended;
            progress
                .advance(Progress::of_items(ended, total, Phase::AiCall), format!("{ended} of {total} done"));
        })
        .await?;

        // An item that always fails does not keep the others from their turn.
        let mut pending: Vec<RunItem> =
            items.into_iter().filter(|item| item.state == ItemState::Pending).collect();
        pending.sort_by_key(|item| item.attempts);
        // After a stop, no further item is begun; those with a provider come to their end, since they are paid for.
        let stopped = AtomicBool::new(false);
        let pending = pending.into_iter().take_while(|_| !stopped.load(Ordering::Relaxed));
        let attempt = Attempt { total, ended, ended_before: ended, failures_in_a_row: 0, again: None };
        let attempt = futures_util::lock::Mutex::new(attempt);
        let (shared, cx, progress, stopped_ref) = (&attempt, &cx, &progress, &stopped);
        let mut working = futures_util::stream::iter(pending)
            .map(|item| async move {
                let worked = self.work(function, item).await;
                let mut attempt = shared.lock().await;
                let saved = self.save(function, cx, worked, progress, &mut attempt).await;
                if !matches!(saved, Ok(None)) {
                    stopped_ref.store(true, Ordering::Relaxed);
                }
                saved
            })
            .buffer_unordered(function.spec().in_flight.max(1));
        let (mut stop, mut broken) = (None, None);
        while let Some(saved) = working.next().await {
            match saved {
                Ok(None) => {}
                Ok(Some(reason)) => stop = stop.or(Some(reason)),
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        drop(working);
        if let Some(error) = broken {
            return Err(error);
        }
        let attempt = attempt.into_inner();
        if attempt.ended == total {
            return self.close(RunState::Success, None).await;
        }
        match (stop, attempt.again) {
            (Some(Stop::Now(error)), _) => self.close(RunState::Success, Some(&error)).await,
            (Some(Stop::Later(error)), _) => {
                let counted = !(concerns_every_item(&error) && attempt.ended > attempt.ended_before);
                self.give_up_or_retry(&error, counted).await
            }
            (None, Some(error)) => self.give_up_or_retry(&error, true).await,
            (None, None) => self.close(RunState::Success, None).await,
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

    /// Saves what one item came to in one commit, and says whether to stop.
    async fn save(
        &self,
        function: &dyn ErasedFunction,
        cx: &FunctionContext<'_>,
        worked: Worked,
        progress: &Mutex<Progress>,
        attempt: &mut Attempt,
    ) -> Result<Option<Stop>> {
        let Worked { item, answered } = worked;
        let times = answered.as_ref().ok().map(|it| (it.asked, it.read));
        let began = Instant::now();
        let saved = match answered {
            Ok(answered) => self.rows(function, cx, &item, answered.answer).await,
            Err(error) => Err(error),
        };
        let (mut files, mut trouble) = (Vec::new(), None);
        let outcome = match saved {
            Ok(saved) => {
                attempt.failures_in_a_row = 0;
                files = saved.files;
                ItemOutcome::Done { changes: saved.changes, credits: saved.credits, result: saved.result }
            }
            Err(error) if ends_attempt(&error) => return Err(error),
            Err(error) if is_hopeless(&error) => return Ok(Some(Stop::Now(error))),
            Err(error) if concerns_every_item(&error) => return Ok(Some(Stop::Later(error))),
            Err(error) => {
                let failure = RunFailure::from(&error);
                let outcome = if error.is_retryable() && item.attempts + 1 < self.run.max_attempts {
                    ItemOutcome::TryAgain { error: failure }
                } else {
                    let changes = function.record_failure(&item.input, &failure);
                    ItemOutcome::Failed { changes, error: failure }
                };
                attempt.failures_in_a_row =
                    if error.is_retryable() { attempt.failures_in_a_row + 1 } else { 0 };
                trouble = Some(error);
                outcome
            }
        };
        let ends = !matches!(outcome, ItemOutcome::TryAgain { .. });
        attempt.ended += u64::from(ends);
        let trouble_told = trouble.as_ref().map(ToString::to_string);
        let snapshot = {
            let mut progress = lock(progress);
            note(&mut progress, &item.label, times, began.elapsed(), trouble_told.as_deref());
            let (ended, total) = (attempt.ended, attempt.total);
            progress.current = ended;
            progress.advance(
                Progress::of_items(ended, total, Phase::AiCall),
                format!("{ended} of {total}: {}", item.label),
            );
            progress.clone()
        };
        let commit = ItemCommit { key: item.key.clone(), outcome, progress: snapshot.clone() };
        match self.commit(commit).await {
            // The rows do not fit (any more): a plan's limit, a row deleted meanwhile. The item fails alone.
            Err(error @ (Error::PlanLimit { .. } | Error::Conflict { .. } | Error::NotFound { .. })) => {
                if matches!(error, Error::NotFound { .. }) {
                    self.remove(&files).await;
                }
                let error = RunFailure::from(&error);
                let changes = function.record_failure(&item.input, &error);
                let outcome = ItemOutcome::Failed { changes, error };
                self.commit(ItemCommit { key: item.key, outcome, progress: snapshot }).await?;
            }
            committed => committed?,
        }
        Ok(match trouble {
            Some(error) if attempt.failures_in_a_row >= FAILURES_IN_A_ROW => Some(Stop::Later(error)),
            Some(error) => {
                if !ends {
                    attempt.again.get_or_insert(error);
                }
                None
            }
            None => None,
        })
    }

    /// Removes files whose rows are gone.
    async fn remove(&self, files: &[String]) {
        for file in files {
            if let Err(error) = self.services.blobs.delete(file).await {
                tracing::warn!(run = %self.run.id, file, error = &error as &dyn std::error::Error, "could not remove a file");
            }
        }
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

    pub(super) async fn commit(&self, item: ItemCommit) -> Result<()> {
        self.services.store.commit_item(self.scope, self.run.id, self.run.epoch, item).await?;
        self.services.signals.run_changed(self.run.id);
        Ok(())
    }

    async fn tell(&self, progress: &Mutex<Progress>, change: impl FnOnce(&mut Progress)) -> Result<()> {
        let snapshot = {
            let mut progress = lock(progress);
            change(&mut progress);
            progress.clone()
        };
        self.services.store.save_progress(self.scope, self.run.id, self.run.epoch, &snapshot).await?;
        self.services.signals.run_changed(self.run.id);
        Ok(())
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

/// Errors that further items would meet at once too, and that pass: the provider asks for patience.
fn concerns_every_item(error: &Error) -> bool {
    match error {
        Error::Provider(failure) => {
            failure.kind == ProviderErrorKind::RateLimit
                || (failure.kind.is_retryable() && failure.retry_after.is_some())
        }
        _ => false,
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

/// Notes an item's steps: how long its answer and reading it took, where there was one, and what went wrong.
fn note(
    progress: &mut Progress,
    label: &str,
    times: Option<(Duration, Duration)>,
    saved: Duration,
    trouble: Option<&str>,
) {
    if let Some((asked, read)) = times {
        progress.note(Phase::AiCall, label, StepStatus::Success, "Answered", millis(asked));
        progress.note(Phase::Parse, label, StepStatus::Success, "Read and checked", millis(read));
    }
    match (trouble, times) {
        (None, _) => progress.note(Phase::Save, label, StepStatus::Success, "Saved", millis(saved)),
        (Some(why), Some(_)) => progress.note(Phase::Save, label, StepStatus::Error, why, 0),
        (Some(why), None) => progress.note(Phase::AiCall, label, StepStatus::Error, why, 0),
    }
}

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
