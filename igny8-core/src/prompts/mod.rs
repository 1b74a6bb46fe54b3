//! What models are told: built-in texts, plugins' texts, accounts' own texts, and how one is chosen and rendered.

mod placeholders;
mod registry;
mod template;

pub use placeholders::PLACEHOLDERS;
pub use registry::{EffectivePrompt, PromptOrigin, PromptRegistry, PromptSource};
pub use template::{check_template, render};
