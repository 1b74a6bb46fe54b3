//! What an account sets for itself.

use secrecy::SecretString;

use super::port;
use crate::error::Result;
use crate::ids::{AuthorProfileId, PromptId, StrategyId};
use crate::settings::{
    AiPrompt, AuthorProfile, AuthorProfileChange, IntegrationSettings, NewAuthorProfile, NewStrategy,
    PromptType, SavedIntegration, Strategy, StrategyChange,
};
use crate::tenancy::TenantScope;

port! {
    /// The account's own prompts, at most one a type.
    pub trait Prompts {
        /// Every one, by type.
        async fn list_prompts(&self, scope: &TenantScope) -> Result<Vec<AiPrompt>>;
        /// The one with this id. Errors: `NotFound`.
        async fn get_prompt(&self, scope: &TenantScope, id: PromptId) -> Result<AiPrompt>;
        /// The one for this type.
        async fn find_prompt(&self, scope: &TenantScope, prompt_type: PromptType) -> Result<Option<AiPrompt>>;
        /// Creates or replaces the one for this type.
        async fn save_prompt(&self, scope: &TenantScope, prompt_type: PromptType, value: &str, function: Option<&str>) -> Result<AiPrompt>;
        /// Deletes the one for this type; one that is not there is no error.
        async fn delete_prompt(&self, scope: &TenantScope, prompt_type: PromptType) -> Result<()>;
    }
}

port! {
    /// Settings of outside services. Secrets are encrypted at rest.
    pub trait Integrations {
        /// Every service's settings, secrets masked, by type.
        async fn list_integrations(&self, scope: &TenantScope) -> Result<Vec<IntegrationSettings>>;
        /// One service's settings, secrets masked. Errors: `NotFound`.
        async fn get_integration(&self, scope: &TenantScope, integration_type: &str) -> Result<IntegrationSettings>;
        /// Creates or replaces one service's settings. Errors: `Configuration` when secrets come and the store has no secrets key.
        async fn save_integration(&self, scope: &TenantScope, settings: SavedIntegration) -> Result<IntegrationSettings>;
        /// One stored secret, decrypted; for calling the service only.
        async fn integration_secret(&self, scope: &TenantScope, integration_type: &str, field: &str) -> Result<Option<SecretString>>;
        /// Seals every secret of the account (those of integrations and webhooks, and sites' WordPress passwords) anew with the key that seals now, where
        /// another one did; says how many. Errors: `Configuration` where there is a secret and the store has no key, or not that secret's.
        async fn reseal_secrets(&self, scope: &TenantScope) -> Result<u64>;
    }
}

port! {
    /// Author profiles.
    pub trait AuthorProfiles {
        /// Creates a profile. Errors: `Conflict` when the name is taken in the account.
        async fn create_author_profile(&self, scope: &TenantScope, profile: NewAuthorProfile) -> Result<AuthorProfile>;
        /// A profile. Errors: `NotFound`.
        async fn get_author_profile(&self, scope: &TenantScope, id: AuthorProfileId) -> Result<AuthorProfile>;
        /// Every profile, by name.
        async fn list_author_profiles(&self, scope: &TenantScope) -> Result<Vec<AuthorProfile>>;
        /// Changes a profile. Errors: `NotFound`; `Conflict` for a name that is taken.
        async fn update_author_profile(&self, scope: &TenantScope, id: AuthorProfileId, change: AuthorProfileChange) -> Result<AuthorProfile>;
        /// Deletes a profile; sites and sectors that used it name none then. Errors: `NotFound`.
        async fn delete_author_profile(&self, scope: &TenantScope, id: AuthorProfileId) -> Result<()>;
    }
}

port! {
    /// Strategies.
    pub trait Strategies {
        /// Creates a strategy. Errors: `NotFound` for the sector.
        async fn create_strategy(&self, scope: &TenantScope, strategy: NewStrategy) -> Result<Strategy>;
        /// A strategy. Errors: `NotFound`.
        async fn get_strategy(&self, scope: &TenantScope, id: StrategyId) -> Result<Strategy>;
        /// Every strategy, by name; those of sectors out of reach are left out.
        async fn list_strategies(&self, scope: &TenantScope) -> Result<Vec<Strategy>>;
        /// Changes a strategy. Errors: `NotFound`.
        async fn update_strategy(&self, scope: &TenantScope, id: StrategyId, change: StrategyChange) -> Result<Strategy>;
        /// Deletes a strategy; sites and sectors that used it name none then. Errors: `NotFound`.
        async fn delete_strategy(&self, scope: &TenantScope, id: StrategyId) -> Result<()>;
    }
}
