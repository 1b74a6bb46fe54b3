//! The reference's bracketed placeholders, turned into template expressions before rendering.
//! Rendering is one pass over the template only, so a placeholder within inserted data stays what it is.

use super::supply::{Supply, is_placeholder};
use crate::error::FieldErrors;
use crate::settings::PromptType;

/// The template with every placeholder as an expression.
///
/// # Errors
/// A complaint on `prompt_value` for a placeholder that this prompt type cannot fill, or that does not exist: it lists
/// those there are.
pub(super) fn expand(prompt_type: PromptType, template: &str) -> Result<String, FieldErrors> {
    let supply = Supply::of(prompt_type);
    let mut expanded = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let (before, bracket) = rest.split_at(open);
        expanded.push_str(before);
        let Some(close) = bracket.find(']') else {
            rest = bracket;
            break;
        };
        let inner = bracket.get(1..close).unwrap_or_default();
        let (name, is_ours) = match inner.strip_prefix("IGNY8_") {
            Some(name) => (name, true),
            None => (inner, is_placeholder(inner)),
        };
        match supply.path(name) {
            Some(path) => {
                expanded.push_str("{{ datum(\"");
                expanded.push_str(path);
                expanded.push_str("\") }}");
                rest = bracket.get(close + 1..).unwrap_or_default();
            }
            None if is_ours => {
                let known = supply.written();
                let why = format!(
                    "[{inner}] is nothing a {prompt_type} prompt can be filled with; there are {known}"
                );
                return Err(FieldErrors::one("prompt_value", why));
            }
            None => {
                expanded.push('[');
                rest = bracket.get(1..).unwrap_or_default();
            }
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}
