//! The reference's bracketed placeholders, turned into template expressions before rendering.
//! Rendering is one pass over the template only, so a placeholder within inserted data stays what it is.

use crate::error::FieldErrors;

/// Every placeholder and the path of the datum it stands for. Each is written `[IGNY8_NAME]` or `[NAME]`.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("KEYWORDS", "keywords"),
    ("CLUSTER", "cluster"),
    ("CLUSTERS", "groups"),
    ("CLUSTER_KEYWORDS", "cluster.keywords"),
    ("IDEA", "task"),
    ("AUTHOR", "author"),
    ("LANGUAGE", "language"),
    ("WORD_COUNT", "task.word_count"),
    ("SECTOR", "sector"),
    ("CONTENT", "content"),
    ("TITLE", "content.title"),
    ("MAX_IMAGES", "max_in_article"),
    ("IMAGE_PROMPT", "prompt"),
    ("IMAGE_TYPE", "image_type"),
];

/// The template with every placeholder as an expression. A placeholder whose datum the function does not have renders empty.
///
/// # Errors
/// A complaint on `prompt_value` for an `[IGNY8_…]` placeholder that does not exist.
pub(super) fn expand(template: &str) -> Result<String, FieldErrors> {
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
            None => (inner, false),
        };
        match PLACEHOLDERS.iter().find(|(known, _)| *known == name) {
            Some((_, path)) => {
                expanded.push_str("{{ datum(\"");
                expanded.push_str(path);
                expanded.push_str("\") }}");
                rest = bracket.get(close + 1..).unwrap_or_default();
            }
            None if is_ours => {
                let known: Vec<String> =
                    PLACEHOLDERS.iter().map(|(name, _)| format!("[IGNY8_{name}]")).collect();
                return Err(FieldErrors::one(
                    "prompt_value",
                    format!("[{inner}] is no placeholder; there are {}", known.join(", ")),
                ));
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
