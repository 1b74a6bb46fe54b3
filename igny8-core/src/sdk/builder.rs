//! Puts the SDK together: a store and whatever else the host has a choice in.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Igny8, Services};
use crate::clustering::{SerpClusterer, ThreadedClusterer};
use crate::credits::CreditPricing;
use crate::error::{Error, Result};
use crate::functions::{AiFunction, FunctionRegistry};
use crate::hooks::Hook;
use crate::ports::{BlobStore, Clock, Clusterer, ImageModel, Store, SystemClock, TextModel};
use crate::prompts::{PromptRegistry, PromptSource};
use crate::runs::RetryPolicy;
#[cfg(not(feature = "worker"))]
use crate::runs::Signals;
use crate::tenancy::SystemAccounts;
use crate::vocabulary::Vocabularies;

/// An SDK being put together. Only a store and, for images, a place for files have to be given.
pub struct Builder {
    store: Arc<dyn Store>,
    blobs: Option<Arc<dyn BlobStore>>,
    clock: Arc<dyn Clock>,
    text_model: Option<Arc<dyn TextModel>>,
    image_model: Option<Arc<dyn ImageModel>>,
    clusterer: Arc<dyn Clusterer>,
    serp_clusterer: Arc<dyn Clusterer>,
    functions: FunctionRegistry,
    prompts: PromptRegistry,
    hooks: Vec<Arc<dyn Hook>>,
    pricing: CreditPricing,
    vocabularies: Vocabularies,
    retry: RetryPolicy,
    call_deadline: Duration,
    system_accounts: SystemAccounts,
    #[cfg(feature = "worker")]
    pub(super) nodes: super::nodes::NodeChoices,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("functions", &self.functions).finish_non_exhaustive()
    }
}

impl Builder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            blobs: None,
            clock: Arc::new(SystemClock),
            text_model: None,
            image_model: None,
            clusterer: Arc::new(ThreadedClusterer),
            serp_clusterer: Arc::new(SerpClusterer::default()),
            functions: FunctionRegistry::built_in(),
            prompts: PromptRegistry::default(),
            hooks: Vec::new(),
            pricing: CreditPricing::default(),
            vocabularies: Vocabularies::default(),
            retry: RetryPolicy::default(),
            call_deadline: Duration::from_secs(180),
            system_accounts: SystemAccounts::default(),
            #[cfg(feature = "worker")]
            nodes: super::nodes::NodeChoices::default(),
        }
    }

    /// The language model.
    #[must_use]
    pub fn text_model(mut self, model: impl TextModel) -> Self {
        self.text_model = Some(Arc::new(model));
        self
    }

    /// The image model; needs a place for files too.
    #[must_use]
    pub fn image_model(mut self, model: impl ImageModel) -> Self {
        self.image_model = Some(Arc::new(model));
        self
    }

    /// The place for files.
    #[must_use]
    pub fn blobs(mut self, blobs: impl BlobStore) -> Self {
        self.blobs = Some(Arc::new(blobs));
        self
    }

    /// How keywords are grouped where a sector says `lexical` or `model_refined`, instead of by their words.
    #[must_use]
    pub fn clusterer(mut self, clusterer: impl Clusterer) -> Self {
        self.clusterer = Arc::new(clusterer);
        self
    }

    /// How keywords are grouped where a sector says `serp`, such as a [`SerpClusterer`] that asks for more shared addresses.
    #[must_use]
    pub fn serp_clusterer(mut self, clusterer: impl Clusterer) -> Self {
        self.serp_clusterer = Arc::new(clusterer);
        self
    }

    /// A further AI function, or one in place of a built-in of the same name.
    #[must_use]
    pub fn function(mut self, function: impl AiFunction) -> Self {
        self.functions.add(function);
        self
    }

    /// A hook, after those there are.
    #[must_use]
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// A source of prompts, after those there are.
    #[must_use]
    pub fn prompt_source(mut self, source: impl PromptSource) -> Self {
        self.prompts.add(Arc::new(source));
        self
    }

    /// The clock for decisions of the calendar; leases run on the store's own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The price list in credits.
    #[must_use]
    pub fn pricing(mut self, pricing: CreditPricing) -> Self {
        self.pricing = pricing;
        self
    }

    /// How often and how far apart runs are tried.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// When a provider call is given up, the provider's own retries included; 180 s by default.
    #[must_use]
    pub fn call_deadline(mut self, deadline: Duration) -> Self {
        self.call_deadline = deadline;
        self
    }

    /// The accounts whose members may enter other tenants.
    #[must_use]
    pub fn system_accounts(mut self, accounts: SystemAccounts) -> Self {
        self.system_accounts = accounts;
        self
    }

    /// A content type of the host's own.
    #[must_use]
    pub fn content_type(mut self, word: impl Into<Cow<'static, str>>) -> Self {
        self.vocabularies.add_content_type(word);
        self
    }

    /// A content structure of the host's own.
    #[must_use]
    pub fn content_structure(mut self, word: impl Into<Cow<'static, str>>) -> Self {
        self.vocabularies.add_content_structure(word);
        self
    }

    /// A tone of the host's own.
    #[must_use]
    pub fn tone(mut self, word: impl Into<Cow<'static, str>>) -> Self {
        self.vocabularies.add_tone(word);
        self
    }

    /// The finished SDK.
    ///
    /// # Errors
    /// [`Error::Configuration`] when there is an image model and no place for files, runs may not be tried at all, or a
    /// provider is limited that no model is of.
    pub fn build(self) -> Result<Igny8> {
        if self.retry.max_attempts == 0 {
            return Err(Error::Configuration("`max_attempts` must be at least 1".to_owned()));
        }
        let blobs = match self.blobs {
            Some(blobs) => blobs,
            None if self.image_model.is_some() => {
                return Err(Error::Configuration(
                    "an image model needs a place for files: give the builder one with `.blobs(…)`"
                        .to_owned(),
                ));
            }
            None => Arc::new(NoBlobs),
        };
        #[cfg(feature = "worker")]
        let (nodes, signals) = {
            let text = self.text_model.as_ref().map(|model| model.info().provider);
            let image = self.image_model.as_ref().map(|model| model.info().provider);
            self.nodes.settled(&[text, image].into_iter().flatten().collect::<Vec<_>>())?
        };
        #[cfg(not(feature = "worker"))]
        let signals = Signals::default();
        Ok(Igny8 {
            services: Arc::new(Services {
                store: self.store,
                blobs,
                clock: self.clock,
                text_model: self.text_model,
                image_model: self.image_model,
                clusterer: self.clusterer,
                serp_clusterer: self.serp_clusterer,
                functions: self.functions,
                prompts: self.prompts,
                hooks: self.hooks,
                pricing: Arc::new(self.pricing),
                vocabularies: self.vocabularies,
                retry: self.retry,
                call_deadline: self.call_deadline,
                system_accounts: self.system_accounts,
                #[cfg(feature = "worker")]
                nodes,
                signals,
                catalogue_seeded: AtomicBool::new(false),
            }),
        })
    }
}

/// Stands where the host gave no place for files.
#[derive(Debug)]
struct NoBlobs;

impl NoBlobs {
    fn refuse<T>() -> Result<T> {
        Err(Error::Configuration("no place for files: give the builder one with `.blobs(…)`".to_owned()))
    }
}

#[async_trait::async_trait]
impl BlobStore for NoBlobs {
    async fn put(&self, _: &str, _: crate::ports::Blob) -> Result<()> {
        Self::refuse()
    }

    async fn get(&self, _: &str) -> Result<crate::ports::Blob> {
        Self::refuse()
    }

    async fn delete(&self, _: &str) -> Result<()> {
        Self::refuse()
    }

    /// There is nothing to delete where there is no place for files.
    async fn delete_all(&self, _: &str) -> Result<()> {
        Ok(())
    }
}
