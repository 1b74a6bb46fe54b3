//! The conformance suite that every store runs, and the wrapper that tells which port methods it drove.
//! Behind the feature `testing`; nothing here belongs into a program.
//!
//! An adapter's whole suite is one test:
//!
//! ```no_run
//! # async fn conforms<S: igny8_core::ports::Store, F: Future<Output = S>>(fresh_store: impl Fn() -> F) {
//! use igny8_core::testing::run_store_suite;
//!
//! let report = run_store_suite(fresh_store).await; // a new, empty store at every call
//! println!("{report}");
//! report.assert_clean();
//! # }
//! ```
//!
//! Each case gets a store of its own with two tenants in it. After each case the ledgers of both are verified, and at
//! the end every port method must have been driven at least once. [`run_store_cases`] runs a part while an adapter grows.

mod case;
mod cases;
mod check;
mod isolation;
mod listing;
mod recorded;
mod rows;
mod suite;
mod tenant;
mod work;
mod world;

pub use recorded::{Moment, PortMethods, Recorded, Watch};
pub use suite::{CaseFailure, SuiteReport, run_store_cases, run_store_suite};
pub use tenant::{Tenant, scope_for, system_scope};
