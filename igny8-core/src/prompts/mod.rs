//! What models are told: built-in texts, plugins' texts, accounts' own texts, and how one is chosen and rendered.

mod placeholders;
mod registry;
mod supply;
mod template;

pub use registry::{EffectivePrompt, PromptOrigin, PromptRegistry, PromptSource};
pub use supply::Supply;
pub use template::{check_template, render};
