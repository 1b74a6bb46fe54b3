//! A run, its items, and the values that its workers write: each write is fenced by the run's epoch.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Changeset, Progress};
use crate::credits::Credits;
use crate::error::RunFailure;
use crate::ids::{ProviderCallId, RunId, SectorId, SiteId, TaskId, UserId};
use crate::paging::ListQuery;
use crate::tenancy::TenantKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where a run stands. HTTP shows the words in capitals, as Celery's clients expect.
    pub enum RunState as "state" {
        /// Waiting for a worker.
        Pending = "pending",
        /// A worker has it.
        Progress = "progress",
        /// Finished with something to show.
        Success = "success",
        /// Finished with nothing to show.
        Failure = "failure",
        /// Waiting to be tried again.
        Retry = "retry",
        /// Cancelled.
        Revoked = "revoked",
    }
}

impl RunState {
    /// Whether nothing more will happen to the run.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Revoked)
    }
}

/// One execution of an AI function. Table `igny8_runs`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Run {
    /// Identifier; over HTTP the `task_id`.
    pub id: RunId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// The site whose rows it works on.
    #[serde(rename = "site_id")]
    pub site: SiteId,
    /// The sector, when all its items share one.
    #[serde(rename = "sector_id")]
    pub sector: Option<SectorId>,
    /// The AI function's registered name.
    pub function: String,
    /// What it was started with.
    pub input: Value,
    /// Who started it.
    pub actor: Option<UserId>,
    /// Where it stands.
    pub state: RunState,
    /// The fencing token: raised by every claim, never reused.
    pub epoch: u64,
    /// How often it was tried. What does not count: a worker's leaving, and an attempt that came forward before a provider
    /// asked for patience.
    pub attempts: u32,
    /// How often it may be tried.
    pub max_attempts: u32,
    /// Higher goes first within the account.
    pub priority: i16,
    /// When it may next be claimed.
    pub run_at: DateTime<Utc>,
    /// What it holds of the account's credits.
    pub reserved: Credits,
    /// What it charged, once finished.
    pub charged: Option<Credits>,
    /// What it was expected to take of providers when it was started, where that could be told.
    pub forecast: Option<UsageTotals>,
    /// How far it is.
    pub progress: Progress,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// What it produced, once finished.
    pub result: Option<Value>,
    /// Why it failed or is tried again.
    pub error: Option<RunFailure>,
    /// The caller's key that makes a repeated start a no-op.
    pub idempotency_key: Option<String>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it finished.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a run expects to take of the plan's metered limits; counted against them from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Announced {
    /// Provider calls.
    pub ai_requests: u64,
    /// Words.
    pub words: u64,
    /// Images.
    pub images: u64,
}

/// What a run takes of providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageTotals {
    /// Calls, failed ones too.
    pub calls: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// US dollars; 0 where the model has no known price.
    pub cost_usd: Decimal,
    /// Seconds of waiting for answers; calls side by side are added up.
    pub seconds: f64,
}

impl UsageTotals {
    /// What some calls took.
    #[must_use]
    pub fn of(calls: &[ProviderCall]) -> Self {
        let mut sum = Self::default();
        for call in calls {
            sum += Self {
                calls: 1,
                prompt_tokens: call.prompt_tokens,
                completion_tokens: call.completion_tokens,
                cost_usd: call.cost_usd,
                seconds: call.duration_ms as f64 / 1_000.0,
            };
        }
        sum
    }
}

impl std::fmt::Display for UsageTotals {
    /// In words: `7 calls, 7300 tokens read and 16000 written, $0.0285, 200 seconds of waiting`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} calls, {} tokens read and {} written, ${:.4}, {:.0} seconds of waiting",
            self.calls, self.prompt_tokens, self.completion_tokens, self.cost_usd, self.seconds
        )
    }
}

impl std::ops::AddAssign for UsageTotals {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.cost_usd += other.cost_usd;
        self.seconds += other.seconds;
    }
}

/// A run to enqueue, together with the credits it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// Chosen by the caller.
    pub id: RunId,
    /// The site whose rows it works on.
    pub site: SiteId,
    /// The sector, when all its items share one.
    pub sector: Option<SectorId>,
    /// The AI function's registered name.
    pub function: String,
    /// What it is started with.
    pub input: Value,
    /// Credits to hold; 0 holds none.
    pub reserve: Credits,
    /// What it will take of the plan's metered limits.
    pub announced: Announced,
    /// What it is expected to take of providers, where that can be told.
    pub forecast: Option<UsageTotals>,
    /// Rows that no other unfinished run of this function may work on.
    pub subjects: Vec<Uuid>,
    /// Tasks that show that they wait: `queued` from the start, `in_progress` once the work is planned. When the run ends,
    /// those that it has not come to get their old status back, in the commit that ends it. Moves that are not legal
    /// (any more) are skipped.
    pub waiting_tasks: Vec<TaskId>,
    /// How often it may be tried; at least 1.
    pub max_attempts: u32,
    /// Higher goes first within the account.
    pub priority: i16,
    /// How long to wait before it may be claimed.
    pub delay: std::time::Duration,
    /// Makes a repeated start answer with the first run.
    pub idempotency_key: Option<String>,
}

/// The answer to a start.
#[derive(Clone, Debug, PartialEq)]
pub struct Enqueued {
    /// The run.
    pub run: Run,
    /// Whether it was there already, under the same idempotency key and with the same input.
    pub replayed: bool,
}

vocabulary! {
    /// Where an item of a run stands.
    pub enum ItemState as "state" {
        /// Not done yet.
        Pending = "pending",
        /// Saved and charged.
        Done = "done",
        /// Failed for good; not charged.
        Failed = "failed",
    }
}

/// One unit of a run's work: commits and charges on its own. Table `igny8_run_items`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RunItem {
    /// Unique within the run, such as the cluster's id.
    pub key: String,
    /// Its place in the run, from 0.
    pub position: u32,
    /// For people: the cluster's name, the task's title.
    pub label: String,
    /// What the function planned for it.
    pub input: Value,
    /// Where it stands.
    pub state: ItemState,
    /// How many attempts at it have failed and left it to be tried again.
    pub attempts: u32,
    /// What it charges once the run settles.
    pub credits: Credits,
    /// What it produced.
    pub result: Option<Value>,
    /// Why it failed, for good or the last time.
    pub error: Option<RunFailure>,
}

/// One unit of work as the function plans it, once a run.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedItem {
    /// Unique within the run.
    pub key: String,
    /// For people.
    pub label: String,
    /// What the function needs to work on it.
    pub input: Value,
}

/// What an attempt at one item came to: its rows and its charge-to-be, one commit.
#[derive(Clone, Debug)]
pub struct ItemCommit {
    /// Which item.
    pub key: String,
    /// How it ended.
    pub outcome: ItemOutcome,
    /// How far the run is with it.
    pub progress: Progress,
}

/// How an attempt at one item ended.
#[derive(Clone, Debug)]
pub enum ItemOutcome {
    /// It has rows to save and costs this much.
    Done {
        /// The rows.
        changes: Changeset,
        /// The charge.
        credits: Credits,
        /// What it produced, for the run's result.
        result: Value,
    },
    /// It failed in a way that another attempt may mend: it stays pending, and one more attempt at it is counted.
    TryAgain {
        /// Why.
        error: RunFailure,
    },
    /// It failed for good; it costs nothing.
    Failed {
        /// Rows that record the failure (a task's or image's status).
        changes: Changeset,
        /// Why.
        error: RunFailure,
    },
}

/// A run that is given back before its end, to be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// How long to wait before it may be claimed.
    pub delay: std::time::Duration,
    /// Why it could not go on; `None` when nothing went wrong.
    pub failure: Option<RunFailure>,
    /// Whether it counts as one of the run's attempts. One that came forward before a provider asked for patience, or
    /// whose worker was told to leave, does not.
    pub counted: bool,
}

/// The end of a run. The charge is what its committed items add up to, at most what is held; the store adds it up.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// Success, failure or revoked.
    pub state: RunState,
    /// What it produced.
    pub result: Value,
    /// Why it failed.
    pub error: Option<RunFailure>,
    /// The last word on its progress.
    pub progress: Progress,
}

vocabulary! {
    /// How a provider call ended.
    pub enum CallOutcome as "outcome" {
        /// It was begun and nothing more is known: it is under way, or its run was cancelled or its worker lost meanwhile.
        Started = "started",
        /// It answered.
        Answered = "answered",
        /// It failed.
        Failed = "failed",
    }
}

/// One call to a provider, failed ones too. Table `igny8_provider_calls`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ProviderCall {
    /// Identifier.
    pub id: ProviderCallId,
    /// The item it was made for.
    pub item_key: String,
    /// Provider, such as `openai`.
    pub provider: String,
    /// Model, as the provider names it.
    pub model: String,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// What it cost, in US dollars.
    pub cost_usd: Decimal,
    /// HTTP requests it took, retries included.
    pub tries: u32,
    /// How long it took.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The failure's code.
    pub error: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

impl ProviderCall {
    /// A call that is about to be made.
    #[must_use]
    pub fn started(item_key: &str, provider: &str, model: &str) -> Self {
        Self {
            id: ProviderCallId::new(),
            item_key: item_key.to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            prompt_tokens: 0,
            completion_tokens: 0,
            cost_usd: Decimal::ZERO,
            tries: 0,
            duration_ms: 0,
            outcome: CallOutcome::Started,
            error: None,
            request_id: None,
        }
    }
}

/// A provider's answer kept until the run is finished, so that a retry buys nothing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The item and the turn it answers, such as `0190…/1`, unique within the run.
    pub key: String,
    /// The answer, as the engine serialised it.
    pub answer: Value,
}

/// Which runs a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this function.
    pub function: Option<String>,
    /// In one of these states; empty means any.
    pub states: Vec<RunState>,
}

/// What runs may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunField {
    /// When it was started.
    CreatedAt,
    /// When it finished.
    FinishedAt,
}

/// A list of runs.
pub type RunQuery = ListQuery<RunFilter, RunField>;
