//! An account's own prompts, which win over plugins' and built-in ones.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ids::PromptId;
use crate::tenancy::TenantKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a prompt is for.
    pub enum PromptType as "prompt_type" {
        /// Keywords into clusters.
        Clustering = "clustering",
        /// A cluster into ideas.
        Ideas = "ideas",
        /// A task into an article.
        ContentGeneration = "content_generation",
        /// An article into image prompts.
        ImagePromptExtraction = "image_prompt_extraction",
        /// Wrapped around every image prompt.
        ImagePromptTemplate = "image_prompt_template",
        /// What images must not show.
        NegativePrompt = "negative_prompt",
    }
}

/// A prompt of the account's own. Table `igny8_ai_prompts`, one row a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AiPrompt {
    /// Identifier.
    pub id: PromptId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// What it is for.
    pub prompt_type: PromptType,
    /// Its text: a template.
    pub prompt_value: String,
    /// The AI function it is for, when only one: others use the default, or what a plugin brings.
    pub function_name: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
