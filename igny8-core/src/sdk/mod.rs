//! The handle that a program holds: opens accounts, lets callers into tenants, starts runs, and gives out one room a subject.

mod accounts;
mod builder;
mod catalogue;
mod entering;
mod export;
mod identity;
mod import;
#[cfg(feature = "worker")]
mod nodes;
mod operators;
mod planner;
mod quality;
mod runs;
mod services;
mod settings;
mod tenants;
mod webhooks;
mod writer;

pub use accounts::NewAccount;
pub use builder::Builder;
pub use export::ExportReport;
pub use identity::{ApiKeysRoom, IdempotencyRoom, IdentityRoom};
pub use import::{ImportRequest, ImportStep};
pub use operators::OperatorsRoom;
pub use planner::{ClustersRoom, IdeasRoom, KeywordsRoom};
#[cfg(feature = "worker")]
pub use runs::ProgressUpdates;
pub use runs::{RunHandle, RunsRoom, StartOptions};
pub(crate) use services::Services;
pub use settings::{AuthorProfilesRoom, IntegrationsRoom, PromptsRoom, StrategiesRoom};
pub use tenants::{AccountRoom, SectorsRoom, SitesRoom, UsersRoom};
pub use webhooks::{DeliveriesRoom, WebhooksRoom};
pub use writer::{ContentsRoom, ImagesRoom, TasksRoom};

use std::sync::Arc;

use crate::ports::Store;
use crate::tenancy::SystemScope;

/// The SDK: cheap to clone, safe to share, no generics.
#[derive(Clone)]
pub struct Igny8 {
    pub(crate) services: Arc<Services>,
}

impl std::fmt::Debug for Igny8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Igny8").field("functions", &self.services.functions).finish_non_exhaustive()
    }
}

impl Igny8 {
    /// Begins to put the SDK together on a store.
    pub fn builder(store: impl Store) -> Builder {
        Builder::new(Arc::new(store))
    }

    /// Opens work across tenants; the reason is traced under the target `igny8::audit`. For operators' tools and adapters.
    #[must_use]
    pub fn system(&self, reason: &'static str) -> SystemScope {
        SystemScope::open(reason)
    }

    /// The store behind the handle, for adapters and host code that works with the ports themselves.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        self.services.store.as_ref()
    }
}
