//! What operators watch: metrics through the `metrics` facade, for whatever recorder the host installs, and the names of
//! tracing's spans. Nothing here carries a secret, a prompt or an answer.
//!
//! Spans: `run` (account, run, function, epoch, attempt) around everything a worker does for a run, and within it
//! `provider_call` (provider, model, item).

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

use crate::runs::{CallOutcome, ProviderCall, Run};

/// Gauge: unfinished runs, by `function` and `state`, of the whole installation as the worker last counted them. Every worker
/// tells the same figure: combine them by `max`, never by `sum`.
pub const RUNS: &str = "igny8_runs";
/// Gauge: seconds for which the oldest waiting run of a `function` has been due; of the whole installation too.
pub const QUEUE_AGE: &str = "igny8_queue_age_seconds";
/// Counter: attempts begun, by `function`.
pub const RUNS_CLAIMED: &str = "igny8_runs_claimed_total";
/// Counter: runs that came to their end, by `function` and `state`.
pub const RUNS_FINISHED: &str = "igny8_runs_finished_total";
/// Histogram: seconds from a run's first claim to its end, by `function` and `state`.
pub const RUN_SECONDS: &str = "igny8_run_seconds";
/// Counter: attempts that gave their run back, by `function`.
pub const RETRIES: &str = "igny8_run_retries_total";
/// Counter: runs that another worker took over from a live one, by `function`.
pub const LEASES_LOST: &str = "igny8_leases_lost_total";
/// Counter: leases of lost workers that ran out and whose runs were given back to the queue.
pub const LEASES_EXPIRED: &str = "igny8_leases_expired_total";
/// Counter: credits charged for finished runs, by `function`.
pub const CREDITS_SETTLED: &str = "igny8_credits_settled_total";
/// Counter: provider calls, by `provider`, `model` and `outcome` (`answered`, or the failure's code).
pub const PROVIDER_CALLS: &str = "igny8_provider_calls_total";
/// Histogram: seconds a provider call took, its own retries included, by `provider`, `model` and `outcome`.
pub const PROVIDER_SECONDS: &str = "igny8_provider_call_seconds";
/// Counter: tokens, by `provider`, `model` and `kind` (`prompt`, `completion`).
pub const PROVIDER_TOKENS: &str = "igny8_provider_tokens_total";
/// Counter: what calls cost, in billionths of a US dollar, by `provider` and `model`.
pub const PROVIDER_COST: &str = "igny8_provider_cost_nano_usd_total";

/// Tells the installed recorder what each metric is. Call it once, after installing one.
pub fn describe() {
    describe_gauge!(RUNS, Unit::Count, "Unfinished runs of the whole installation");
    describe_gauge!(QUEUE_AGE, Unit::Seconds, "How long the oldest waiting run has been due");
    describe_counter!(RUNS_CLAIMED, Unit::Count, "Attempts begun");
    describe_counter!(RUNS_FINISHED, Unit::Count, "Runs that came to their end");
    describe_histogram!(RUN_SECONDS, Unit::Seconds, "From a run's first claim to its end");
    describe_counter!(RETRIES, Unit::Count, "Attempts that gave their run back");
    describe_counter!(LEASES_LOST, Unit::Count, "Runs that another worker took over from a live one");
    describe_counter!(LEASES_EXPIRED, Unit::Count, "Leases of lost workers that ran out");
    describe_counter!(CREDITS_SETTLED, Unit::Count, "Credits charged for finished runs");
    describe_counter!(PROVIDER_CALLS, Unit::Count, "Provider calls");
    describe_histogram!(PROVIDER_SECONDS, Unit::Seconds, "How long a provider call took");
    describe_counter!(PROVIDER_TOKENS, Unit::Count, "Tokens read and written by providers");
    describe_counter!(PROVIDER_COST, Unit::Count, "What provider calls cost, in billionths of a US dollar");
}

/// A provider call that has ended, under the name its model was asked by.
pub(crate) fn provider_call(call: &ProviderCall, model: &str) {
    let provider = call.provider.clone();
    let model = model.to_owned();
    let outcome = match (call.outcome, &call.error) {
        (CallOutcome::Failed, Some(code)) => code.clone(),
        (outcome, _) => outcome.as_str().to_owned(),
    };
    let labels = [("provider", provider.clone()), ("model", model.clone())];
    let with_outcome = [("provider", provider.clone()), ("model", model.clone()), ("outcome", outcome)];
    metrics::counter!(PROVIDER_CALLS, &with_outcome).increment(1);
    metrics::histogram!(PROVIDER_SECONDS, &with_outcome).record(call.duration_ms as f64 / 1_000.0);
    for (kind, tokens) in [("prompt", call.prompt_tokens), ("completion", call.completion_tokens)] {
        let of_kind = [("provider", provider.clone()), ("model", model.clone()), ("kind", kind.to_owned())];
        metrics::counter!(PROVIDER_TOKENS, &of_kind).increment(tokens);
    }
    let nano = call.cost_usd * rust_decimal::Decimal::from(1_000_000_000_u64);
    metrics::counter!(PROVIDER_COST, &labels).increment(u64::try_from(nano.round()).unwrap_or(0));
}

/// A run that came to its end, by whoever ended it.
pub(crate) fn run_finished(run: &Run) {
    let labels = [("function", run.function.clone()), ("state", run.state.as_str().to_owned())];
    metrics::counter!(RUNS_FINISHED, &labels).increment(1);
    if let (Some(started), Some(finished)) = (run.started_at, run.finished_at) {
        let took = (finished - started).to_std().unwrap_or_default();
        metrics::histogram!(RUN_SECONDS, &labels).record(took.as_secs_f64());
    }
    let charged = run.charged.and_then(|credits| u64::try_from(credits).ok()).unwrap_or_default();
    metrics::counter!(CREDITS_SETTLED, "function" => run.function.clone()).increment(charged);
}

/// What only a worker sees.
#[cfg(feature = "worker")]
mod working {
    use super::{LEASES_EXPIRED, LEASES_LOST, QUEUE_AGE, RETRIES, RUNS, RUNS_CLAIMED};
    use crate::runs::{QueueCount, Run, RunState};

    pub(crate) fn run_claimed(run: &Run) {
        metrics::counter!(RUNS_CLAIMED, "function" => run.function.clone()).increment(1);
    }

    pub(crate) fn run_returned(run: &Run) {
        metrics::counter!(RETRIES, "function" => run.function.clone()).increment(1);
    }

    pub(crate) fn lease_lost(run: &Run) {
        metrics::counter!(LEASES_LOST, "function" => run.function.clone()).increment(1);
    }

    pub(crate) fn leases_expired(runs: u64) {
        metrics::counter!(LEASES_EXPIRED).increment(runs);
    }

    /// The queue as it was counted. Functions and states without a run are told as 0, or their last figure would stay.
    pub(crate) fn queue(functions: &[String], counts: &[QueueCount]) {
        const UNFINISHED: [RunState; 3] = [RunState::Pending, RunState::Retry, RunState::Progress];
        for function in functions {
            let own = || counts.iter().filter(|count| count.function == *function);
            for state in UNFINISHED {
                let runs: u64 = own().filter(|count| count.state == state).map(|count| count.runs).sum();
                let labels = [("function", function.clone()), ("state", state.as_str().to_owned())];
                metrics::gauge!(RUNS, &labels).set(runs as f64);
            }
            let oldest = own().filter_map(|count| count.oldest_due).max().unwrap_or_default();
            metrics::gauge!(QUEUE_AGE, "function" => function.clone()).set(oldest.as_secs_f64());
        }
    }
}
#[cfg(feature = "worker")]
pub(crate) use working::{lease_lost, leases_expired, queue, run_claimed, run_returned};
