//! Everything the host put together, behind one pointer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::credits::CreditPricing;
use crate::error::{Error, Result};
use crate::functions::FunctionRegistry;
use crate::hooks::Hook;
use crate::ports::{BlobStore, Clock, Clusterer, ImageModel, Store, TextModel};
use crate::prompts::PromptRegistry;
use crate::runs::{RetryPolicy, Signals};
use crate::tenancy::SystemAccounts;
use crate::vocabulary::Vocabularies;

/// The host's choices.
pub(crate) struct Services {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) text_model: Option<Arc<dyn TextModel>>,
    pub(crate) image_model: Option<Arc<dyn ImageModel>>,
    pub(crate) clusterer: Arc<dyn Clusterer>,
    pub(crate) serp_clusterer: Arc<dyn Clusterer>,
    pub(crate) functions: FunctionRegistry,
    pub(crate) prompts: PromptRegistry,
    pub(crate) hooks: Vec<Arc<dyn Hook>>,
    pub(crate) pricing: Arc<CreditPricing>,
    pub(crate) vocabularies: Vocabularies,
    pub(crate) retry: RetryPolicy,
    pub(crate) call_deadline: Duration,
    pub(crate) system_accounts: SystemAccounts,
    #[cfg(feature = "worker")]
    pub(crate) nodes: super::nodes::Nodes,
    pub(crate) signals: Signals,
    /// Whether this handle has seen to it that the catalogue is there.
    pub(crate) catalogue_seeded: AtomicBool,
}

impl Services {
    pub(crate) fn text_model(&self) -> Result<&dyn TextModel> {
        self.text_model.as_deref().ok_or_else(|| {
            Error::Configuration("no language model: give the builder one with `.text_model(…)`".to_owned())
        })
    }

    pub(crate) fn image_model(&self) -> Result<&dyn ImageModel> {
        self.image_model.as_deref().ok_or_else(|| {
            Error::Configuration("no image model: give the builder one with `.image_model(…)`".to_owned())
        })
    }
}
