//! Runs the cases, each on a store of its own, and checks that together they drove every port method.
//! A method that nothing drives is a failure: a new one cannot slip in untested.

use std::collections::BTreeSet;
use std::fmt;

use super::case::Case;
use super::check::Outcome;
use super::recorded::{PortMethods, Recorded};
use super::world::World;
use super::{cases as rooms, isolation};
use crate::ports::{
    Accounts, ApiKeys, AuthorProfiles, Billing, Catalogue, Clusters, Contents, Directory, Ideas,
    IdempotencyKeys, Identity, Images, Integrations, Keywords, Outbox, Prompts, RunQueue, Runs, Sectors,
    SiteGrants, Sites, Store, Strategies, Tasks, Users, Webhooks,
};

/// What the suite found.
#[derive(Clone, Debug, Default)]
pub struct SuiteReport {
    /// The cases that ran, in their order.
    pub cases: Vec<&'static str>,
    /// The port methods that they drove, as `Port::method`.
    pub driven: Vec<&'static str>,
    /// What does not hold; empty when the store conforms.
    pub failures: Vec<CaseFailure>,
}

/// A case that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure {
    /// The case, `coverage` for a port method that nothing drove, or `selection` when there is none to run.
    pub case: &'static str,
    /// The line that found out, and what it found.
    pub message: String,
}

impl SuiteReport {
    /// Nothing, when the store conforms.
    ///
    /// # Panics
    /// With the whole report, when it does not.
    #[allow(clippy::panic, reason = "the one place where the suite turns into a failed test")]
    pub fn assert_clean(&self) {
        if !self.failures.is_empty() {
            panic!("the store does not conform\n{self}");
        }
    }
}

impl fmt::Display for SuiteReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: usize = ports().iter().map(|methods| methods.len()).sum();
        writeln!(
            f,
            "{} cases, {} failures, {} of {methods} port methods driven",
            self.cases.len(),
            self.failures.len(),
            self.driven.len()
        )?;
        for methods in ports() {
            let driven: Vec<&str> = methods
                .iter()
                .filter(|method| self.driven.contains(method))
                .map(|method| method.split_once("::").map_or(*method, |(_, name)| name))
                .collect();
            let port =
                methods.first().and_then(|method| method.split_once("::")).map_or("", |(port, _)| port);
            writeln!(f, "  {port}: {}", driven.join(", "))?;
        }
        for failure in &self.failures {
            writeln!(f, "FAILED {}\n  {}", failure.case, failure.message)?;
        }
        Ok(())
    }
}

/// Runs every case on a fresh, empty store that `open` makes, and checks that all port methods were driven.
///
/// Needs no particular runtime beyond the store's own. Takes seconds: some cases wait for short leases to run out.
pub async fn run_store_suite<S, F, Fut>(open: F) -> SuiteReport
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let mut report = run_store_cases("", open).await;
    for method in ports().concat() {
        if !report.driven.contains(&method) {
            let message = format!("no case drives {method}");
            report.failures.push(CaseFailure { case: "coverage", message });
        }
    }
    report
}

/// Runs the cases whose name contains `part`, such as `keywords::` or one case's whole name; leaves coverage unchecked.
/// That there is none is a failure.
pub async fn run_store_cases<S, F, Fut>(part: &str, open: F) -> SuiteReport
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let mut report = SuiteReport::default();
    let mut driven = BTreeSet::new();
    let all = rooms::all().chain(isolation::CASES);
    for case in all.filter(|case| case.name.contains(part)) {
        let store = Recorded::new(open().await);
        if let Err(failure) = play(case, store.clone()).await {
            report.failures.push(CaseFailure { case: case.name, message: failure.message().to_owned() });
        }
        // A method that only strangers call has not been shown to do anything.
        if !case.name.starts_with(isolation::ROOM) {
            driven.extend(store.driven());
        }
        report.cases.push(case.name);
    }
    if report.cases.is_empty() {
        let message = format!("no case is named like `{part}`: nothing was checked");
        report.failures.push(CaseFailure { case: "selection", message });
    }
    report.driven = driven.into_iter().collect();
    report
}

async fn play<S: Store>(case: &Case, store: Recorded<S>) -> Outcome {
    let world = World::open(store).await?;
    (case.play)(&world).await?;
    world.sound().await
}

/// The methods of every port.
pub(super) fn ports() -> [&'static [&'static str]; 25] {
    [
        <dyn Directory>::METHODS,
        <dyn Identity>::METHODS,
        <dyn Catalogue>::METHODS,
        <dyn Accounts>::METHODS,
        <dyn Users>::METHODS,
        <dyn Sites>::METHODS,
        <dyn Sectors>::METHODS,
        <dyn SiteGrants>::METHODS,
        <dyn ApiKeys>::METHODS,
        <dyn IdempotencyKeys>::METHODS,
        <dyn Keywords>::METHODS,
        <dyn Clusters>::METHODS,
        <dyn Ideas>::METHODS,
        <dyn Tasks>::METHODS,
        <dyn Contents>::METHODS,
        <dyn Images>::METHODS,
        <dyn Prompts>::METHODS,
        <dyn Integrations>::METHODS,
        <dyn AuthorProfiles>::METHODS,
        <dyn Strategies>::METHODS,
        <dyn Webhooks>::METHODS,
        <dyn Outbox>::METHODS,
        <dyn Billing>::METHODS,
        <dyn Runs>::METHODS,
        <dyn RunQueue>::METHODS,
    ]
}
