//! A store that notes which port methods were called, so that the suite can fail when it drives one too few.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The methods of a port, as `Port::method`.
pub trait PortMethods {
    /// Every method of the port.
    const METHODS: &'static [&'static str];
}

/// Wraps a store and records every port method that is called.
#[derive(Clone, Debug)]
pub struct Recorded<S> {
    inner: Arc<S>,
    driven: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl<S> Recorded<S> {
    /// Nothing recorded yet.
    pub fn new(inner: S) -> Self {
        Self { inner: Arc::new(inner), driven: Arc::default() }
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
    }
}
