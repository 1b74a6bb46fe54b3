//! A run to start and a worker's question for it, as tests of several rooms need them.

use std::time::Duration;

use igny8_core::Result;
use igny8_core::ids::RunId;
use igny8_core::ports::Store;
use igny8_core::runs::{Announced, Claim, NewRun, Run, WorkerId};
use igny8_core::testing::{Tenant, system_scope};
use serde_json::json;

const FUNCTION: &str = "auto_cluster";

/// A run in the tenant's first sector that costs nothing and may be tried often.
pub(crate) fn new_run(tenant: &Tenant) -> NewRun {
    NewRun {
        id: RunId::new(),
        site: tenant.home.site,
        sector: Some(tenant.home.sector),
        function: FUNCTION.to_owned(),
        input: json!({}),
        reserve: 0,
        announced: Announced::default(),
        forecast: None,
        subjects: Vec::new(),
        waiting_tasks: Vec::new(),
        max_attempts: 100,
        priority: 0,
        delay: Duration::ZERO,
        idempotency_key: None,
    }
}

/// The next run, for a new worker.
pub(crate) async fn claim(store: &dyn Store, lease: Duration) -> Result<Option<Run>> {
    claim_within(store, None, lease).await
}

/// The same under a limit for each account.
pub(crate) async fn claim_within(
    store: &dyn Store,
    per_account: Option<u32>,
    lease: Duration,
) -> Result<Option<Run>> {
    let functions = vec![FUNCTION.to_owned()];
    let claim = Claim { worker: WorkerId::new(), lease, functions, per_account };
    store.claim(&system_scope(), &claim).await
}
