//! What an account sets for itself: prompts, integrations, author profiles and strategies.

mod author;
mod integration;
mod prompt;
mod strategy;

pub use author::{AuthorProfile, AuthorProfileChange, NewAuthorProfile};
pub use integration::{IntegrationSettings, SavedIntegration, SecretField};
pub use prompt::{AiPrompt, PromptType};
pub use secrecy::{ExposeSecret, SecretString};
pub use strategy::{NewStrategy, Strategy, StrategyChange};
