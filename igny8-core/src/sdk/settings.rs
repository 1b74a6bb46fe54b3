//! The rooms for what an account sets for itself: prompts, integrations, author profiles, strategies.

use std::collections::BTreeMap;

use super::tenants::room;
use crate::error::{Error, Result};
use crate::ids::{AuthorProfileId, PromptId, StrategyId};
use crate::prompts::{EffectivePrompt, check_template};
use crate::sdk::Igny8;
use crate::settings::{
    AiPrompt, AuthorProfile, AuthorProfileChange, IntegrationSettings, NewAuthorProfile, NewStrategy,
    PromptType, SavedIntegration, Strategy, StrategyChange,
};
use crate::tenancy::{Action, TenantScope};

room! {
    /// Prompts: what is in force, and the account's own.
    PromptsRoom
}
room! {
    /// Settings of outside services.
    IntegrationsRoom
}
room! {
    /// Author profiles.
    AuthorProfilesRoom
}
room! {
    /// Strategies.
    StrategiesRoom
}

impl Igny8 {
    /// Prompts.
    #[must_use]
    pub fn prompts(&self, scope: &TenantScope) -> PromptsRoom {
        PromptsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Settings of outside services.
    #[must_use]
    pub fn integrations(&self, scope: &TenantScope) -> IntegrationsRoom {
        IntegrationsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Author profiles.
    #[must_use]
    pub fn author_profiles(&self, scope: &TenantScope) -> AuthorProfilesRoom {
        AuthorProfilesRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Strategies.
    #[must_use]
    pub fn strategies(&self, scope: &TenantScope) -> StrategiesRoom {
        StrategiesRoom { services: self.services.clone(), scope: scope.clone() }
    }
}

impl PromptsRoom {
    /// The prompt in force for every type, and where each is from.
    ///
    /// # Errors
    /// The store's.
    pub async fn effective(&self) -> Result<Vec<EffectivePrompt>> {
        let own = self.services.store.list_prompts(&self.scope).await?;
        Ok(PromptType::ALL
            .iter()
            .map(|prompt_type| match own.iter().find(|prompt| prompt.prompt_type == *prompt_type) {
                Some(prompt) => EffectivePrompt::own(prompt.clone()),
                None => self.services.prompts.default_for(*prompt_type),
            })
            .collect())
    }

    /// The account's own prompts.
    ///
    /// # Errors
    /// The store's.
    pub async fn own(&self) -> Result<Vec<AiPrompt>> {
        self.services.store.list_prompts(&self.scope).await
    }

    /// One of the account's own prompts.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: PromptId) -> Result<AiPrompt> {
        self.services.store.get_prompt(&self.scope, id).await
    }

    /// Sets the account's own prompt for a type, for every AI function that uses the type or for one. Its template is checked
    /// first.
    ///
    /// # Errors
    /// `Invalid` on `prompt_value`, also for what [prompts of this type](crate::prompts::Supply::of) cannot be filled with;
    /// `NotFound` for the function; `Forbidden`.
    pub async fn save(
        &self,
        prompt_type: PromptType,
        value: &str,
        function: Option<&str>,
    ) -> Result<AiPrompt> {
        self.scope.require(Action::ManageSettings)?;
        check_template(prompt_type, value, function)?;
        if let Some(function) = function {
            self.services.functions.get(function)?;
        }
        self.services.store.save_prompt(&self.scope, prompt_type, value, function).await
    }

    /// Returns to the default by deleting the account's own prompt.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn reset_to_default(&self, prompt_type: PromptType) -> Result<EffectivePrompt> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.delete_prompt(&self.scope, prompt_type).await?;
        Ok(self.services.prompts.default_for(prompt_type))
    }
}

impl IntegrationsRoom {
    /// Every service's settings, secrets masked.
    ///
    /// # Errors
    /// `Forbidden` for editors and viewers.
    pub async fn list(&self) -> Result<Vec<IntegrationSettings>> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.list_integrations(&self.scope).await
    }

    /// One service's settings, secrets masked.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn get(&self, integration_type: &str) -> Result<IntegrationSettings> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.get_integration(&self.scope, integration_type).await
    }

    /// Saves one service's settings; a masked secret that is sent back means unchanged.
    ///
    /// # Errors
    /// `Invalid` for the type; `Configuration` when the store has no secrets key; `Forbidden`.
    pub async fn save(&self, settings: SavedIntegration) -> Result<IntegrationSettings> {
        self.scope.require(Action::ManageSettings)?;
        let slug = &settings.integration_type;
        let is_slug = (1..=60).contains(&slug.len())
            && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_slug {
            return Err(Error::invalid("integration_type", "must be lowercase letters, digits and `_`"));
        }
        self.services.store.save_integration(&self.scope, settings).await
    }
}

impl AuthorProfilesRoom {
    /// Creates a profile.
    ///
    /// # Errors
    /// `Conflict` for a name that is taken; `Invalid`; `Forbidden`.
    pub async fn create(&self, profile: NewAuthorProfile) -> Result<AuthorProfile> {
        self.scope.require(Action::ManageSettings)?;
        let profile = profile.checked(&self.services.vocabularies)?;
        self.services.store.create_author_profile(&self.scope, profile).await
    }

    /// A profile.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: AuthorProfileId) -> Result<AuthorProfile> {
        self.services.store.get_author_profile(&self.scope, id).await
    }

    /// Every profile, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<AuthorProfile>> {
        self.services.store.list_author_profiles(&self.scope).await
    }

    /// Changes a profile.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: AuthorProfileId, change: AuthorProfileChange) -> Result<AuthorProfile> {
        self.scope.require(Action::ManageSettings)?;
        let change = change.checked(&self.services.vocabularies)?;
        self.services.store.update_author_profile(&self.scope, id, change).await
    }

    /// Deletes a profile.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn delete(&self, id: AuthorProfileId) -> Result<()> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.delete_author_profile(&self.scope, id).await
    }
}

impl StrategiesRoom {
    /// Creates a strategy; its prompts' templates are checked first.
    ///
    /// # Errors
    /// `NotFound` for the sector; `Invalid`; `Forbidden`.
    pub async fn create(&self, strategy: NewStrategy) -> Result<Strategy> {
        self.scope.require(Action::ManageSettings)?;
        let strategy = strategy.checked()?;
        check_templates(&strategy.prompt_types)?;
        self.services.store.create_strategy(&self.scope, strategy).await
    }

    /// A strategy.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: StrategyId) -> Result<Strategy> {
        self.services.store.get_strategy(&self.scope, id).await
    }

    /// Every strategy within reach, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<Strategy>> {
        self.services.store.list_strategies(&self.scope).await
    }

    /// Changes a strategy.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: StrategyId, change: StrategyChange) -> Result<Strategy> {
        self.scope.require(Action::ManageSettings)?;
        let change = change.checked()?;
        if let Some(prompts) = &change.prompt_types {
            check_templates(prompts)?;
        }
        self.services.store.update_strategy(&self.scope, id, change).await
    }

    /// Deletes a strategy.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn delete(&self, id: StrategyId) -> Result<()> {
        self.scope.require(Action::ManageSettings)?;
        self.services.store.delete_strategy(&self.scope, id).await
    }
}

fn check_templates(prompts: &BTreeMap<PromptType, String>) -> Result<()> {
    for (prompt_type, template) in prompts {
        check_template(*prompt_type, template, None)?;
    }
    Ok(())
}
