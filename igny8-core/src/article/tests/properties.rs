//! Properties that hold for every input, tried on arbitrary text and on soups of markup.
//! The soups mix whole tags with broken ones, since that is where parsers differ.

use proptest::prelude::*;
use pulldown_cmark::{Options, Parser, html::push_html};

use super::hostile::{PAYLOADS, assert_harmless};
use crate::article::{
    ArticlePage, Outline, SeoInput, escape, extract_body_content, normalize_content, render_page, sanitize,
    seo_report, to_markdown, visible_text, word_count,
};

const TAGS: [&str; 44] = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "a",
    "b",
    "i",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "caption",
    "col",
    "colgroup",
    "pre",
    "code",
    "br",
    "hr",
    "img",
    "blockquote",
    "figure",
    "figcaption",
    "svg",
    "math",
    "style",
    "script",
    "title",
    "select",
    "template",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "ruby",
    "rt",
];
const ATTRIBUTES: [&str; 10] = [
    " href=/a",
    " href='javascript:alert(1)'",
    " src=x",
    " src=\"data:x\"",
    " onerror=alert(1)",
    " style=x",
    " colspan=2",
    " dir=rtl",
    " alt='<b>'",
    " / ",
];
const TEXTS: [&str; 22] = [
    "word ",
    "two words",
    " ",
    "\n",
    "\n\n",
    "<",
    ">",
    "&",
    "&amp;",
    "&lt;script&gt;",
    "<!--",
    "-->",
    "\"",
    "'",
    "# ",
    "- ",
    "1. ",
    "**",
    "`",
    "|",
    "字",
    "\u{a0}",
];

fn soup() -> impl Strategy<Value = String> {
    let attributes = || proptest::collection::vec(proptest::sample::select(&ATTRIBUTES[..]), 0..3);
    let piece = prop_oneof![
        4 => (proptest::sample::select(&TAGS[..]), attributes()).prop_map(|(tag, attributes)| format!("<{tag}{}>", attributes.concat())),
        3 => proptest::sample::select(&TAGS[..]).prop_map(|tag| format!("</{tag}>")),
        4 => proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        1 => proptest::sample::select(PAYLOADS).prop_flat_map(|(_, payloads)| proptest::sample::select(payloads)).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn input() -> impl Strategy<Value = String> {
    prop_oneof![3 => soup(), 1 => any::<String>(), 1 => "[ -~\\n]{0,200}"]
}

/// Sorted, since a table's caption may move before it.
fn visible_letters(html: &str) -> Vec<char> {
    let text = visible_text(html);
    let mut letters: Vec<char> = text.chars().filter(|character| character.is_alphanumeric()).collect();
    letters.sort_unstable();
    letters
}

/// How many inputs each property is tried on; `PROPTEST_CASES` asks for more.
fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(2_000)) })]

    #[test]
    fn sanitising_is_harmless_and_settles(source in input()) {
        let html = sanitize(&source);
        assert_harmless(&html, &source);
        prop_assert_eq!(sanitize(&html), html);
    }

    #[test]
    fn normalising_is_harmless_and_settles(source in input()) {
        let html = normalize_content(&source);
        assert_harmless(&html, &source);
        prop_assert_eq!(normalize_content(&html), html.clone());
        prop_assert_eq!(sanitize(&html), html);
    }

    #[test]
    fn extracting_is_harmless_and_settles(source in input()) {
        let html = extract_body_content(&source);
        assert_harmless(&html, &source);
        prop_assert_eq!(extract_body_content(&html), html.clone());
        prop_assert_eq!(normalize_content(&html), html);
    }

    #[test]
    fn words_survive_sanitising_and_escaping(source in input()) {
        prop_assert_eq!(word_count(&sanitize(&source)), word_count(&source));
        let text = visible_text(&source);
        prop_assert_eq!(visible_letters(&escape(&text)), visible_letters(&source));
    }

    #[test]
    fn plain_text_loses_no_words(words in proptest::collection::vec("[a-zA-Zäé]{1,12}[.,:?]?", 0..60), breaks in proptest::collection::vec(0_usize..4, 60)) {
        let source: String = words.iter().zip(breaks).map(|(word, at)| format!("{word}{}", [" ", " ", "\n", "\n\n"][at])).collect();
        let text = visible_text(&normalize_content(&source));
        prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), source.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn markdown_reads_back_harmless(source in input()) {
        let markdown = to_markdown(&source);
        assert_harmless(&normalize_content(&markdown), &source);
        let mut html = String::new();
        push_html(&mut html, Parser::new_ext(&markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH));
        prop_assert_eq!(visible_letters(&html), visible_letters(&source), "{}", markdown);
    }

    #[test]
    fn every_article_has_an_outline_a_score_and_a_page(source in input(), title in any::<String>(), keyword in any::<String>()) {
        let _ = Outline::parse(&source);
        let secondary = [title.clone()];
        let report = seo_report(&SeoInput {
            title: &title, html: &source, meta_title: &title, meta_description: &keyword, primary_keyword: &keyword,
            secondary_keywords: &secondary, target_words: Some(u32::MAX),
        });
        prop_assert!(report.score <= 100);
        prop_assert!(report.checks.iter().all(|check| check.passed == (check.points == check.weight) && !check.advice.is_empty()));
        let page = render_page(&ArticlePage {
            title: &title, meta_title: &keyword, meta_description: &source, language: &keyword, html: &source,
            featured_image: Some((&source, &title)), generator_note: Some(&source),
        });
        prop_assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    }
}
