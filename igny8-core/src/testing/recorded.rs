//! A store that notes which port methods were called, so that the suite can fail when it drives one too few.
//! Wrapped twice, the outer one tells one caller's share from the whole. It can be watched too: tests of faults break a
//! program off before or after a call.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The methods of a port, as `Port::method`.
pub trait PortMethods {
    /// Every method of the port.
    const METHODS: &'static [&'static str];
}

/// When a call is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The store has not been asked yet.
    Before,
    /// The store has answered, well or badly.
    After,
}

/// Hears of every call, as `Port::method`.
pub type Watch = Arc<dyn Fn(Moment, &'static str) + Send + Sync>;

/// Wraps a store and records every port method that is called.
pub struct Recorded<S> {
    inner: Arc<S>,
    driven: Arc<Mutex<BTreeSet<&'static str>>>,
    watch: Option<Watch>,
}

impl<S: fmt::Debug> fmt::Debug for Recorded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S> Clone for Recorded<S> {
    /// The same store, record and watch.
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), driven: Arc::clone(&self.driven), watch: self.watch.clone() }
    }
}

impl<S> Recorded<S> {
    /// Nothing recorded yet.
    pub fn new(inner: S) -> Self {
        Self { inner: Arc::new(inner), driven: Arc::default(), watch: None }
    }

    /// Nothing recorded yet; every call is told to `watch`.
    pub fn watched(inner: S, watch: Watch) -> Self {
        Self { watch: Some(watch), ..Self::new(inner) }
    }

    /// The methods called so far.
    #[must_use]
    pub fn driven(&self) -> BTreeSet<&'static str> {
        self.driven.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The store itself.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    pub(crate) fn record(&self, method: &'static str) {
        self.driven.lock().unwrap_or_else(PoisonError::into_inner).insert(method);
        self.tell(Moment::Before, method);
    }

    pub(crate) fn answered(&self, method: &'static str) {
        self.tell(Moment::After, method);
    }

    fn tell(&self, moment: Moment, method: &'static str) {
        if let Some(watch) = &self.watch {
            watch(moment, method);
        }
    }
}
