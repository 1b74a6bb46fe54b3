//! Which prompt is in force: the strategy's, else the account's, else a plugin's, else the built-in one.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Result;
use crate::ports::Store;
use crate::settings::{AiPrompt, PromptType, Strategy};
use crate::tenancy::TenantScope;

/// A source of prompts outside the core, such as a plugin. Asked in the order they were added.
pub trait PromptSource: Send + Sync + 'static {
    /// The source's name, shown where a prompt comes from.
    fn name(&self) -> &str;
    /// Its text for this type, if it has one.
    fn prompt(&self, prompt_type: PromptType) -> Option<String>;
}

/// Where the prompt in force comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "origin", content = "name")]
pub enum PromptOrigin {
    /// The strategy of this name.
    Strategy(String),
    /// The account's own.
    Account,
    /// The plugin or other source of this name.
    Plugin(String),
    /// The one that ships.
    BuiltIn,
}

/// A prompt in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EffectivePrompt {
    /// What it is for.
    pub prompt_type: PromptType,
    /// Its text: a template.
    pub prompt_value: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: PromptOrigin,
    /// The AI function it is for, when only one; others use what comes after it.
    pub function_name: Option<String>,
}

impl EffectivePrompt {
    /// The account's own.
    pub(crate) fn own(prompt: AiPrompt) -> Self {
        Self {
            prompt_type: prompt.prompt_type,
            prompt_value: prompt.prompt_value,
            origin: PromptOrigin::Account,
            function_name: prompt.function_name,
        }
    }
}

/// The sources of prompts, in order.
#[derive(Clone, Default)]
pub struct PromptRegistry {
    sources: Vec<Arc<dyn PromptSource>>,
}

impl std::fmt::Debug for PromptRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.sources.iter().map(|source| source.name())).finish()
    }
}

impl PromptRegistry {
    /// Adds a source after those there are.
    pub fn add(&mut self, source: Arc<dyn PromptSource>) {
        self.sources.push(source);
    }

    /// The text that ships for this type.
    #[must_use]
    pub const fn built_in(prompt_type: PromptType) -> &'static str {
        match prompt_type {
            PromptType::Clustering => include_str!("defaults/clustering.txt"),
            PromptType::Ideas => include_str!("defaults/ideas.txt"),
            PromptType::ContentGeneration => include_str!("defaults/content_generation.txt"),
            PromptType::ImagePromptExtraction => {
                include_str!("defaults/image_prompt_extraction.txt")
            }
            PromptType::ImagePromptTemplate => include_str!("defaults/image_prompt_template.txt"),
            PromptType::NegativePrompt => include_str!("defaults/negative_prompt.txt"),
        }
    }

    /// What is in force when the account has no text of its own.
    #[must_use]
    pub fn default_for(&self, prompt_type: PromptType) -> EffectivePrompt {
        let from_source = self.sources.iter().find_map(|source| {
            source.prompt(prompt_type).map(|text| (text, PromptOrigin::Plugin(source.name().to_owned())))
        });
        let (prompt_value, origin) = from_source
            .unwrap_or_else(|| (Self::built_in(prompt_type).trim_end().to_owned(), PromptOrigin::BuiltIn));
        EffectivePrompt { prompt_type, prompt_value, origin, function_name: None }
    }

    /// What is in force for the account, one of its AI functions and, when given, the strategy.
    ///
    /// # Errors
    /// The store's.
    pub async fn effective(
        &self,
        store: &dyn Store,
        scope: &TenantScope,
        function: &str,
        prompt_type: PromptType,
        strategy: Option<&Strategy>,
    ) -> Result<EffectivePrompt> {
        if let Some((strategy, text)) =
            strategy.and_then(|strategy| Some((strategy, strategy.prompt_types.get(&prompt_type)?)))
        {
            let origin = PromptOrigin::Strategy(strategy.name.clone());
            let prompt_value = text.clone();
            return Ok(EffectivePrompt { prompt_type, prompt_value, origin, function_name: None });
        }
        let own = store.find_prompt(scope, prompt_type).await?;
        Ok(match own.filter(|own| own.function_name.as_deref().is_none_or(|only| only == function)) {
            Some(own) => EffectivePrompt::own(own),
            None => self.default_for(prompt_type),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompts::check_template;

    #[test]
    fn every_built_in_prompt_is_a_sound_template() {
        for prompt_type in PromptType::ALL {
            let text = PromptRegistry::built_in(*prompt_type);
            assert_eq!(check_template(*prompt_type, text, None), Ok(()), "{prompt_type}");
        }
    }
}
