//! What the benches share: a database to run on, accounts to run in, runs to start, and figures.

mod failover;
mod ground;
pub mod http;

pub use failover::{Failover, fail_over};
pub use ground::Ground;

use std::time::Duration;

use igny8_core::credits::{Posting, TransactionType};
use igny8_core::ids::RunId;
use igny8_core::ports::Store;
use igny8_core::runs::{Announced, Claim, Finish, NewRun, Progress, RunState, WorkerId};
use igny8_core::testing::Tenant;
use serde_json::json;

/// The function that benches start runs of.
pub const FUNCTION: &str = "auto_cluster";

/// A lease that outlasts any bench.
pub const LEASE: Duration = Duration::from_secs(3_600);

/// So many accounts, each with more credits than a bench spends.
pub async fn accounts(store: &dyn Store, many: usize) -> Vec<Tenant> {
    let mut accounts = Vec::with_capacity(many);
    for number in 0..many {
        let tenant = Tenant::open(store, &format!("bench-{number}"), "unlimited").await.unwrap();
        let bought = Posting {
            transaction_type: TransactionType::Purchase,
            amount: 1_000_000_000,
            description: "Funds".to_owned(),
            reservation: None,
            idempotency_key: "funds".to_owned(),
        };
        store.post(&tenant.scope, bought).await.unwrap();
        accounts.push(tenant);
    }
    accounts
}

/// A run in the tenant's sector, as large as those that programs start.
#[must_use]
pub fn new_run(tenant: &Tenant, reserve: i64) -> NewRun {
    NewRun {
        id: RunId::new(),
        site: tenant.home.site,
        sector: Some(tenant.home.sector),
        function: FUNCTION.to_owned(),
        input: json!({ "import": tenant.home.site, "options": { "language": "en", "at_most": 40 } }),
        reserve,
        announced: Announced::default(),
        forecast: None,
        subjects: Vec::new(),
        waiting_tasks: Vec::new(),
        max_attempts: 3,
        priority: 0,
        delay: Duration::ZERO,
        idempotency_key: None,
    }
}

/// A new worker's question for a run.
#[must_use]
pub fn claim() -> Claim {
    Claim { worker: WorkerId::new(), lease: LEASE, functions: vec![FUNCTION.to_owned()], per_account: None }
}

/// A run's good end.
#[must_use]
pub fn finish() -> Finish {
    let mut progress = Progress::default();
    progress.advance(100, "Done");
    Finish { state: RunState::Success, result: json!({ "clusters": 12 }), error: None, progress }
}

/// The value below which so many of a hundred are, in milliseconds; the values get sorted.
#[must_use]
pub fn percentile(of: &mut [Duration], percent: usize) -> f64 {
    of.sort_unstable();
    let at = (of.len() * percent / 100).min(of.len().saturating_sub(1));
    of.get(at).map_or(0.0, |value| rounded(value.as_secs_f64() * 1e3))
}

/// Three digits behind the point.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
