//! Any text as what a model wrote: clean HTML that stays as it is when it is cleaned again.

#![no_main]

use igny8_core::article::{extract_body_content, normalize_content, sanitize, visible_text, word_count};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let html = normalize_content(text);
    let lower = html.to_lowercase();
    assert!(!lower.contains("<script") && !lower.contains("<iframe"), "{html}");
    assert_eq!(sanitize(&html), html);
    let _ = (word_count(&html), visible_text(&html), extract_body_content(text));
});
