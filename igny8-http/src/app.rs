//! What every handler can reach: the SDK, the host's choices, the limits and what is measured.

use std::ops::Deref;
use std::sync::Arc;

use igny8_core::Igny8;

use crate::HttpConfig;
use crate::middleware::{Limits, ResourceTracker};
use crate::routes::Following;

/// The adapter's state, cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Shared>);

/// What the clones share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) igny8: Igny8,
    pub(crate) config: HttpConfig,
    pub(crate) limits: Limits,
    pub(crate) tracker: ResourceTracker,
    pub(crate) following: Following,
}

impl App {
    pub(crate) fn new(igny8: Igny8, config: HttpConfig) -> Self {
        let limits = Limits::new(&config);
        Self(Arc::new(Shared {
            igny8,
            config,
            limits,
            tracker: ResourceTracker::default(),
            following: Following::default(),
        }))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
