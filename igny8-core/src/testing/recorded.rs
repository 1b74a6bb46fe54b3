//! A store that notes which port methods were called, so that the suite can fail when it drives one too few.
//! Wrapped twice, the outer one tells one caller's share from the whole.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The methods of a port, as `Port::method`.
pub trait PortMethods {
    /// Every method of the port.
    const METHODS: &'static [&'static str];
}

/// Wraps a store and records every port method that is called.
#[derive(Debug)]
pub struct Recorded<S> {
    inner: Arc<S>,
    driven: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl<S> Clone for Recorded<S> {
    /// The same store and the same record.
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), driven: Arc::clone(&self.driven) }
    }
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
