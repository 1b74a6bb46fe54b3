//! Starting runs and following them.

use std::marker::PhantomData;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::tenants::room;
use crate::error::{Error, Result};
use crate::functions::{FunctionContext, RegisteredFunction, RunReport, StartRequest, Workload};
use crate::ids::RunId;
use crate::paging::Paged;
use crate::runs::{Enqueued, NewRun, ProviderCall, Run, RunItem, RunQuery, RunState};
use crate::sdk::Igny8;
use crate::tenancy::{Action, TenantScope};

/// How a run is started, beside its input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Makes a repeated start with the same input answer with the first run.
    pub idempotency_key: Option<String>,
    /// Higher goes first within the account; 0 by default.
    pub priority: i16,
    /// How long to wait before the run may be claimed.
    pub delay: Duration,
    /// When the run may be claimed at the earliest, by the SDK's clock; the later of this and `delay` counts.
    pub not_before: Option<DateTime<Utc>>,
}

impl StartOptions {
    /// Options with an idempotency key.
    pub fn keyed(key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..Self::default() }
    }
}

room! {
    /// Runs of the account.
    RunsRoom
}

impl Igny8 {
    /// Starts a run: checks the input, holds the credits and queues it, in one commit.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::NotFound`] for the input; [`Error::Conflict`] while another run works on the same rows;
    /// [`Error::InsufficientCredits`]; [`Error::PlanLimit`]; [`Error::Forbidden`] for viewers; [`Error::AccountInactive`].
    pub async fn start<R: StartRequest>(
        &self,
        scope: &TenantScope,
        request: R,
    ) -> Result<RunHandle<R::Output>> {
        self.start_with(scope, request, StartOptions::default()).await
    }

    /// Starts a run with options.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::Conflict`] when the idempotency key was used for another function or input.
    pub async fn start_with<R: StartRequest>(
        &self,
        scope: &TenantScope,
        request: R,
        options: StartOptions,
    ) -> Result<RunHandle<R::Output>> {
        let input = serde_json::to_value(&request)
            .map_err(|error| Error::storage("write a run's input as JSON", error))?;
        let enqueued = self.enqueue(scope, R::FUNCTION, input, options).await?;
        Ok(self.follow(scope, enqueued.run.id))
    }

    /// Starts a run by its function's name, for HTTP and plugins: what the reference calls `run_ai_task`.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::NotFound`] for a function that is not registered.
    pub async fn start_by_name(
        &self,
        scope: &TenantScope,
        function: &str,
        input: Value,
        options: StartOptions,
    ) -> Result<RunHandle<Value>> {
        let enqueued = self.enqueue(scope, function, input, options).await?;
        Ok(self.follow(scope, enqueued.run.id))
    }

    /// What a run would have to do and cost, without starting it.
    ///
    /// # Errors
    /// As [`start`](Self::start), but for credits and plan.
    pub async fn estimate<R: StartRequest>(&self, scope: &TenantScope, request: &R) -> Result<Workload> {
        let input = serde_json::to_value(request)
            .map_err(|error| Error::storage("write a run's input as JSON", error))?;
        let function = self.services.functions.get(R::FUNCTION)?;
        function.validate(&FunctionContext::new(&self.services, scope), &input).await
    }

    /// A handle on a run that was started before.
    #[must_use]
    pub fn follow<O>(&self, scope: &TenantScope, id: RunId) -> RunHandle<O> {
        RunHandle { igny8: self.clone(), scope: scope.clone(), id, output: PhantomData }
    }

    /// The registered functions, with what each costs and the schema of what it is started with.
    #[must_use]
    pub fn functions(&self) -> Vec<RegisteredFunction> {
        self.services.functions.list(&self.services.pricing)
    }

    /// Runs of the account.
    #[must_use]
    pub fn runs(&self, scope: &TenantScope) -> RunsRoom {
        RunsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    async fn enqueue(
        &self,
        scope: &TenantScope,
        name: &str,
        input: Value,
        options: StartOptions,
    ) -> Result<Enqueued> {
        scope.require(Action::Run)?;
        let services = &self.services;
        let function = services.functions.get(name)?;
        let cx = FunctionContext::new(services, scope);
        let first_of_key = async || match &options.idempotency_key {
            Some(key) => services.store.run_by_key(scope, key).await,
            None => Ok(None),
        };
        if let Some(run) = first_of_key().await? {
            return replay(run, name, &input);
        }
        let workload = match function.validate(&cx, &input).await {
            Ok(workload) => workload,
            // What stands in the way may be the very run that a start at the same time has just begun under this key.
            Err(refusal) => match first_of_key().await? {
                Some(run) => return replay(run, name, &input),
                None => return Err(refusal),
            },
        };
        let scheduled = options.not_before.and_then(|at| (at - services.clock.now()).to_std().ok());
        let new = NewRun {
            id: RunId::new(),
            site: workload.site,
            sector: workload.sector,
            function: name.to_owned(),
            input,
            reserve: services.pricing.hold(workload.estimate),
            announced: workload.announced,
            forecast: workload.forecast,
            subjects: workload.subjects,
            waiting_tasks: workload.waiting_tasks,
            max_attempts: services.retry.max_attempts,
            priority: options.priority,
            delay: options.delay.max(scheduled.unwrap_or_default()),
            idempotency_key: options.idempotency_key,
        };
        let enqueued = services.store.enqueue(scope, new).await?;
        if !enqueued.replayed {
            services.signals.work_arrived();
        }
        Ok(enqueued)
    }
}

fn replay(run: Run, function: &str, input: &Value) -> Result<Enqueued> {
    if run.function == function && run.input == *input {
        Ok(Enqueued { run, replayed: true })
    } else {
        Err(Error::conflict("run", "the idempotency key was used for another function or input"))
    }
}

impl RunsRoom {
    /// A run: state, progress, result.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, id: RunId) -> Result<Run> {
        self.services.store.get_run(&self.scope, id).await
    }

    /// Runs by filter, order and page.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that is not this list's.
    pub async fn list(&self, query: &RunQuery) -> Result<Paged<Run>> {
        self.services.store.list_runs(&self.scope, query).await
    }

    /// The items of a run.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn items(&self, id: RunId) -> Result<Vec<RunItem>> {
        self.services.store.run_items(&self.scope, id).await
    }

    /// Every provider call of a run.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn provider_calls(&self, id: RunId) -> Result<Vec<ProviderCall>> {
        self.services.store.provider_calls(&self.scope, id).await
    }

    /// Asks a run to stop. What it has committed stays and is charged, the rest of its hold is given back.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for viewers. A suspended or cancelled account is no hindrance.
    pub async fn cancel(&self, id: RunId) -> Result<Run> {
        self.scope.require(Action::Cancel)?;
        let was_finished = self.get(id).await?.state.is_finished();
        let run = self.services.store.cancel_run(&self.scope, id).await?;
        if run.state.is_finished() {
            if !was_finished {
                crate::telemetry::run_finished(&run);
            }
            self.services.signals.run_changed(id);
            crate::functions::bought::forget(&self.services, &run).await;
        } else {
            self.services.signals.cancel_requested(id);
        }
        Ok(run)
    }
}

/// A started run. `O` is what it shows once finished.
pub struct RunHandle<O> {
    igny8: Igny8,
    scope: TenantScope,
    id: RunId,
    output: PhantomData<fn() -> O>,
}

impl<O> std::fmt::Debug for RunHandle<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RunHandle").field(&self.id).finish()
    }
}

impl<O> Clone for RunHandle<O> {
    fn clone(&self) -> Self {
        self.igny8.follow(&self.scope, self.id)
    }
}

impl<O> RunHandle<O> {
    /// The run's identifier; over HTTP the `task_id`.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.id
    }

    /// The run as it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn run(&self) -> Result<Run> {
        self.igny8.runs(&self.scope).get(self.id).await
    }

    /// Asks the run to stop.
    ///
    /// # Errors
    /// As [`RunsRoom::cancel`].
    pub async fn cancel(&self) -> Result<Run> {
        self.igny8.runs(&self.scope).cancel(self.id).await
    }
}

impl<O: serde::de::DeserializeOwned> RunHandle<O> {
    /// What a finished run has to show; `None` while it is under way.
    ///
    /// # Errors
    /// [`Error::Run`] with the run's own failure; [`Error::Cancelled`].
    pub async fn report(&self) -> Result<Option<RunReport<O>>> {
        report_of(self.run().await?)
    }
}

fn report_of<O: serde::de::DeserializeOwned>(run: Run) -> Result<Option<RunReport<O>>> {
    match run.state {
        RunState::Pending | RunState::Progress | RunState::Retry => Ok(None),
        RunState::Revoked => Err(Error::Cancelled),
        RunState::Failure => Err(match run.error {
            Some(failure) => Error::Run(failure),
            None => Error::conflict("run", "it failed without saying why"),
        }),
        RunState::Success => serde_json::from_value(run.result.unwrap_or(Value::Null))
            .map(Some)
            .map_err(|error| Error::storage("read a run's report", error)),
    }
}

#[cfg(feature = "worker")]
pub use following::ProgressUpdates;

#[cfg(feature = "worker")]
mod following {
    //! Waiting for a run, on tokio's timer.

    use super::{RunHandle, report_of};
    use crate::error::Result;
    use crate::functions::RunReport;
    use crate::runs::{Progress, Run, RunChanges};

    /// The progress of one run, as it comes.
    #[derive(Debug)]
    pub struct ProgressUpdates<O> {
        handle: RunHandle<O>,
        changes: RunChanges,
        seen: Option<u64>,
        finished: bool,
    }

    impl<O> ProgressUpdates<O> {
        /// Leaves out what a listener has seen already, by its [version](Progress::version), unless the run has ended.
        #[must_use]
        pub fn after(mut self, version: u64) -> Self {
            self.seen = Some(version);
            self
        }

        /// The next progress that differs from the last; `None` after the one that ends the run.
        ///
        /// # Errors
        /// The store's.
        pub async fn next(&mut self) -> Result<Option<Progress>> {
            Ok(self.next_run().await?.map(|run| run.progress))
        }

        /// Like [`next`](Self::next), with the whole run.
        ///
        /// # Errors
        /// The store's.
        pub async fn next_run(&mut self) -> Result<Option<Run>> {
            if self.finished {
                return Ok(None);
            }
            let run = self.handle.wait_until(&mut self.changes, |run| {
                run.state.is_finished() || self.seen != Some(run.progress.version)
            });
            let run = run.await?;
            self.seen = Some(run.progress.version);
            self.finished = run.state.is_finished();
            Ok(Some(run))
        }
    }

    impl<O> RunHandle<O> {
        /// Follows the run's progress: keep the value and call [`next`](ProgressUpdates::next) on it.
        #[must_use]
        pub fn progress(&self) -> ProgressUpdates<O> {
            let changes = self.igny8.services.signals.changes();
            ProgressUpdates { handle: self.clone(), changes, seen: None, finished: false }
        }

        /// Waits until the run has finished, well or badly.
        ///
        /// # Errors
        /// The store's.
        pub async fn finished(&self) -> Result<Run> {
            let mut changes = self.igny8.services.signals.changes();
            self.wait_until(&mut changes, |run| run.state.is_finished()).await
        }

        async fn wait_until(&self, changes: &mut RunChanges, ready: impl Fn(&Run) -> bool) -> Result<Run> {
            loop {
                let run = self.run().await?;
                if ready(&run) {
                    return Ok(run);
                }
                tokio::select! {
                    () = changes.of(self.id) => {}
                    () = tokio::time::sleep(self.igny8.services.nodes.follow_poll) => {}
                }
            }
        }
    }

    impl<O: serde::de::DeserializeOwned> RunHandle<O> {
        /// Waits for the run and returns what it has to show.
        ///
        /// # Errors
        /// [`Error::Run`](crate::Error::Run) with the run's own failure; [`Error::Cancelled`](crate::Error::Cancelled).
        pub async fn output(&self) -> Result<RunReport<O>> {
            loop {
                if let Some(report) = report_of(self.finished().await?)? {
                    return Ok(report);
                }
            }
        }
    }
}
