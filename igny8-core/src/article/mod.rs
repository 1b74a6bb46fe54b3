//! Article text: cleaning, counting, outlining, scoring and rendering.
//! Everything here is pure: text in, text or values out, no input or output.

mod checks;
mod commonmark;
mod elements;
mod keyword;
mod language;
mod markup;
mod plain;
mod readability;
mod tokens;

pub mod document;
pub mod markdown;
pub mod normalize;
pub mod outline;
pub mod seo;
pub mod words;

pub use document::{ArticlePage, render_page};
pub use markdown::to_markdown;
pub use normalize::{extract_body_content, normalize_content, sanitize};
pub use outline::{Heading, Image, Link, LinkKind, Outline};
pub use seo::{SeoCheck, SeoCheckName, SeoInput, SeoReport, seo_report};
pub use words::{escape, visible_text, word_count};

#[cfg(test)]
mod tests;
