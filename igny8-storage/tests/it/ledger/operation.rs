//! What can happen to a tenant's credits, as values: the host's own holds and postings, and the life of runs.
//! Slots are small numbers, so that operations meet again and again.

use std::time::Duration;

use igny8_core::credits::{Credits, Posting, TransactionType, UsageNote};
use igny8_core::ids::{ReservationId, RunId};
use igny8_core::runs::{Announced, NewRun, Progress, RunState};
use igny8_core::testing::Tenant;
use proptest::prelude::*;
use proptest::strategy::Union;

/// How long a claim's lease lasts.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// How often a run may be tried.
pub(super) const ATTEMPTS: u32 = 2;

/// One operation. `hold`, `run` and `posting` are slots: the key is the slot's.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Reserve {
        hold: u8,
        amount: Credits,
        expires_in: Duration,
    },
    Settle {
        hold: u8,
        actual: Credits,
    },
    Charge {
        hold: u8,
        amount: Credits,
    },
    Release {
        hold: u8,
    },
    Purchase {
        posting: u8,
        amount: Credits,
    },
    Adjust {
        posting: u8,
        amount: Credits,
    },
    Refund {
        posting: u8,
        hold: u8,
        amount: Credits,
    },
    Enqueue {
        run: u8,
        reserve: Credits,
    },
    Claim,
    /// Saves an item of a run that was claimed once, with the epoch of that claim.
    Save {
        run: u8,
        item: u8,
        credits: Credits,
    },
    Fail {
        run: u8,
        item: u8,
    },
    Finish {
        run: u8,
        state: RunState,
    },
    GiveBack {
        run: u8,
        counted: bool,
    },
    Cancel {
        run: u8,
    },
    Advance {
        by: Duration,
    },
    Reap,
}

/// Any operation; on average every third moves a run along.
pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let slot = || 0_u8..4;
    let ends = [RunState::Success, RunState::Failure, RunState::Revoked];
    Union::new_weighted(vec![
        (
            4,
            (slot(), -1_i64..80, 1_u64..200)
                .prop_map(|(hold, amount, seconds)| Operation::Reserve {
                    hold,
                    amount,
                    expires_in: Duration::from_secs(seconds),
                })
                .boxed(),
        ),
        (4, (slot(), -1_i64..90).prop_map(|(hold, actual)| Operation::Settle { hold, actual }).boxed()),
        (2, (slot(), -1_i64..80).prop_map(|(hold, amount)| Operation::Charge { hold, amount }).boxed()),
        (2, slot().prop_map(|hold| Operation::Release { hold }).boxed()),
        (
            1,
            (slot(), -1_i64..100)
                .prop_map(|(posting, amount)| Operation::Purchase { posting, amount })
                .boxed(),
        ),
        (
            2,
            (slot(), -120_i64..60)
                .prop_map(|(posting, amount)| Operation::Adjust { posting, amount })
                .boxed(),
        ),
        (
            2,
            (slot(), slot(), -1_i64..60)
                .prop_map(|(posting, hold, amount)| Operation::Refund { posting, hold, amount })
                .boxed(),
        ),
        (4, (slot(), 0_i64..80).prop_map(|(run, reserve)| Operation::Enqueue { run, reserve }).boxed()),
        (6, Just(Operation::Claim).boxed()),
        (
            6,
            (slot(), 0_u8..3, 1_i64..40)
                .prop_map(|(run, item, credits)| Operation::Save { run, item, credits })
                .boxed(),
        ),
        (2, (slot(), 0_u8..3).prop_map(|(run, item)| Operation::Fail { run, item }).boxed()),
        (
            4,
            (slot(), proptest::sample::select(ends.to_vec()))
                .prop_map(|(run, state)| Operation::Finish { run, state })
                .boxed(),
        ),
        (2, (slot(), any::<bool>()).prop_map(|(run, counted)| Operation::GiveBack { run, counted }).boxed()),
        (2, slot().prop_map(|run| Operation::Cancel { run }).boxed()),
        (2, (1_u64..90).prop_map(|seconds| Operation::Advance { by: Duration::from_secs(seconds) }).boxed()),
        (2, Just(Operation::Reap).boxed()),
    ])
}

pub(super) fn hold_key(hold: u8) -> String {
    format!("hold-{hold}")
}

pub(super) fn run_key(run: u8) -> String {
    format!("run-{run}")
}

pub(super) fn posting(
    slot: u8,
    transaction_type: TransactionType,
    amount: Credits,
    reservation: Option<ReservationId>,
) -> Posting {
    Posting {
        transaction_type,
        amount,
        description: "As the generator wished".to_owned(),
        reservation,
        idempotency_key: format!("posting-{slot}"),
    }
}

pub(super) fn usage() -> UsageNote {
    UsageNote {
        operation_type: "host_work".to_owned(),
        cost_usd: rust_decimal::Decimal::new(125, 3),
        details: serde_json::json!({}),
    }
}

/// The run of a slot, with a fresh identity: the key tells whether there is one already.
pub(super) fn new_run(tenant: &Tenant, run: u8, reserve: Credits) -> NewRun {
    NewRun {
        id: RunId::new(),
        site: tenant.home.site,
        sector: Some(tenant.home.sector),
        function: "auto_cluster".to_owned(),
        input: serde_json::json!({ "run": run }),
        reserve,
        announced: Announced::default(),
        forecast: None,
        subjects: Vec::new(),
        waiting_tasks: Vec::new(),
        max_attempts: ATTEMPTS,
        priority: 0,
        delay: Duration::ZERO,
        idempotency_key: Some(run_key(run)),
    }
}

/// Something to write as a run's progress.
pub(super) fn progress() -> Progress {
    let mut progress = Progress::default();
    progress.advance(50, "Halfway");
    progress
}
