//! What a function may use while it works: the store through one scope, prices, vocabularies, models' facts.

use std::time::Duration;

use crate::clustering::ClusteringMethod;
use crate::credits::CreditPricing;
use crate::error::{Error, Result};
use crate::ids::{AuthorProfileId, SectorId, StrategyId};
use crate::ports::{BlobStore, ClusterRequest, Groups, ImageModel, ModelInfo, Store, TextModel};
use crate::prompts::EffectivePrompt;
use crate::sdk::Services;
use crate::settings::{AuthorProfile, PromptType, Strategy};
use crate::tenancy::TenantScope;
use crate::vocabulary::Vocabularies;

/// One tenant's view of the services, for the length of a step.
#[derive(Clone, Copy)]
pub struct FunctionContext<'a> {
    services: &'a Services,
    scope: &'a TenantScope,
}

impl std::fmt::Debug for FunctionContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionContext").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl<'a> FunctionContext<'a> {
    pub(crate) fn new(services: &'a Services, scope: &'a TenantScope) -> Self {
        Self { services, scope }
    }

    /// The tenant.
    #[must_use]
    pub fn scope(&self) -> &'a TenantScope {
        self.scope
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &'a dyn Store {
        self.services.store.as_ref()
    }

    /// Files.
    #[must_use]
    pub fn blobs(&self) -> &'a dyn BlobStore {
        self.services.blobs.as_ref()
    }

    /// The price list.
    #[must_use]
    pub fn pricing(&self) -> &'a CreditPricing {
        &self.services.pricing
    }

    /// The open vocabularies.
    #[must_use]
    pub fn vocabularies(&self) -> &'a Vocabularies {
        &self.services.vocabularies
    }

    /// The language model's facts.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the host gave none.
    pub fn text_model(&self) -> Result<ModelInfo> {
        self.services.text_model().map(TextModel::info)
    }

    /// The image model's facts.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the host gave none.
    pub fn image_model(&self) -> Result<ModelInfo> {
        self.services.image_model().map(ImageModel::info)
    }

    /// When a provider call is given up.
    #[must_use]
    pub fn call_deadline(&self) -> Duration {
        self.services.call_deadline
    }

    /// Groups keywords with the host's clusterer for a method; no language model is asked.
    ///
    /// # Errors
    /// The clusterer's; `UnusableAnswer` when it does not put every keyword into exactly one place.
    pub async fn cluster(&self, method: ClusteringMethod, request: ClusterRequest) -> Result<Groups> {
        let clusterer = match method {
            ClusteringMethod::Lexical | ClusteringMethod::ModelRefined => &self.services.clusterer,
            ClusteringMethod::Serp => &self.services.serp_clusterer,
        };
        let (texts, settled) = (request.texts.len(), request.settled.len());
        let groups = clusterer.cluster(request).await?;
        groups.check(texts, settled)?;
        Ok(groups)
    }

    /// The prompt in force for an AI function.
    ///
    /// # Errors
    /// The store's.
    pub async fn prompt(
        &self,
        function: &str,
        prompt_type: PromptType,
        strategy: Option<&Strategy>,
    ) -> Result<EffectivePrompt> {
        self.services.prompts.effective(self.store(), self.scope, function, prompt_type, strategy).await
    }

    /// The sector's name, for prompts.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn sector_name(&self, sector: SectorId) -> Result<String> {
        Ok(self.store().get_sector(self.scope, sector).await?.name)
    }

    /// The author profile in force: the run's own choice, else the sector's, the site's, the account's default.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a choice that is not there.
    pub async fn author_profile(
        &self,
        chosen: Option<AuthorProfileId>,
        sector: SectorId,
    ) -> Result<Option<AuthorProfile>> {
        let id = match chosen {
            Some(id) => Some(id),
            None => {
                let sector = self.store().get_sector(self.scope, sector).await?;
                match sector.author_profile {
                    Some(id) => Some(id),
                    None => self.store().get_site(self.scope, sector.site).await?.author_profile,
                }
            }
        };
        match id {
            Some(id) => self.store().get_author_profile(self.scope, id).await.map(Some),
            None => {
                let profiles = self.store().list_author_profiles(self.scope).await?;
                Ok(profiles.into_iter().find(|profile| profile.is_default))
            }
        }
    }

    /// Checks the choices of a run before it is started.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a choice that is not there; [`Error::Invalid`] for a strategy that is switched off.
    pub(crate) async fn check_choices(
        &self,
        author_profile: Option<AuthorProfileId>,
        strategy: Option<StrategyId>,
    ) -> Result<()> {
        if let Some(id) = author_profile {
            self.store().get_author_profile(self.scope, id).await?;
        }
        if let Some(id) = strategy {
            self.chosen_strategy(id).await?;
        }
        Ok(())
    }

    async fn chosen_strategy(&self, id: StrategyId) -> Result<Strategy> {
        let strategy = self.store().get_strategy(self.scope, id).await?;
        if strategy.is_active { Ok(strategy) } else { Err(Error::invalid("strategy", "is switched off")) }
    }

    /// The active strategy in force: the run's own choice, else the sector's, the site's, the account's own for all sectors.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a choice that is not there; [`Error::Invalid`] for one that is switched off.
    pub async fn strategy(&self, chosen: Option<StrategyId>, sector: SectorId) -> Result<Option<Strategy>> {
        if let Some(id) = chosen {
            return self.chosen_strategy(id).await.map(Some);
        }
        let row = self.store().get_sector(self.scope, sector).await?;
        let site = self.store().get_site(self.scope, row.site).await?;
        let active: Vec<Strategy> = self
            .store()
            .list_strategies(self.scope)
            .await?
            .into_iter()
            .filter(|strategy| strategy.is_active)
            .collect();
        let named = |id: Option<StrategyId>| active.iter().find(|strategy| Some(strategy.id) == id);
        Ok(named(row.strategy)
            .or_else(|| active.iter().find(|strategy| strategy.sector == Some(sector)))
            .or_else(|| named(site.strategy))
            .or_else(|| active.iter().find(|strategy| strategy.sector.is_none()))
            .cloned())
    }
}
