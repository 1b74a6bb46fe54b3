//! Turns whatever a model or an editor hands over into clean article HTML.
//! Plain text and Markdown become HTML first; all of it is sanitised last.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Options, Parser, html};

use crate::article::elements::{ELEMENTS, Element, Kind};
use crate::article::markup::{self, Extent, Piece};
use crate::article::plain;
use crate::article::tokens::{Token, Tokens};

/// Rounds a hostile source gets to settle before only its text is kept.
const MAX_ROUNDS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Markdown,
    Plain,
}

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let allowed = || ELEMENTS.iter().filter(|element| element.kind != Kind::Removed);
    let attributes: HashMap<_, HashSet<_>> =
        allowed().map(|element| (element.name, element.attributes.iter().copied().collect())).collect();
    let mut builder = Builder::default();
    builder
        .tags(allowed().map(|element| element.name).collect())
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["lang", "dir"]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener"))
        .attribute_filter(filter_attribute);
    builder
});

/// Clean article HTML from HTML, Markdown or plain text.
///
/// HTML passes. In plain text a short line without a full stop, or a numbered one, becomes an `<h2>` (`<h3>` when numbered
/// `1.2`), and adjacent bullets or numbers become a list. Loose text at the top level ends up in paragraphs. The result is
/// sanitised as by [`sanitize`]. Total and idempotent: any input gives clean HTML, and clean HTML stays as it is.
///
/// ```
/// use igny8_core::article::normalize_content;
/// assert_eq!(normalize_content("Why mulch\n\nIt keeps water in."), "<h2>Why mulch</h2>\n<p>It keeps water in.</p>");
/// ```
#[must_use]
pub fn normalize_content(input: &str) -> String {
    let source = without_fence(input.trim_start_matches('\u{feff}').trim());
    match format_of(source) {
        Format::Html => extract_body_content(source),
        Format::Markdown => {
            let mut options = Options::ENABLE_STRIKETHROUGH;
            if plain::has_bounded_tables(source) {
                options |= Options::ENABLE_TABLES;
            }
            let mut rendered = String::with_capacity(source.len() * 2);
            html::push_html(&mut rendered, Parser::new_ext(source, options));
            settle(&rendered, |source| purify(&in_paragraphs(&markup::pieces(source, Extent::Everything))))
        }
        Format::Plain => sanitize(&plain::to_html(source)),
    }
}

/// The sanitised content of `<body>` in a whole HTML document; a fragment without one is taken whole.
///
/// Total and idempotent. Loose text at the top level ends up in paragraphs.
#[must_use]
pub fn extract_body_content(document: &str) -> String {
    settle(document, |source| purify(&in_paragraphs(&markup::pieces(source, Extent::Body))))
}

/// Article HTML with everything else removed: scripts, styles, event handlers, frames, forms, `data:` and other addresses
/// than http, https, mailto and relative ones. Links get `rel="noopener"`.
///
/// Total, idempotent, and linear in the input: nesting is cut at 100 levels, the text below it stays. What comes out reads
/// back as it is written, so no browser can see another structure in it than the sanitiser did.
#[must_use]
pub fn sanitize(html: &str) -> String {
    settle(html, |source| purify(&markup::write(&markup::pieces(source, Extent::Everything))))
}

/// Cleans until nothing changes any more: only then is the outcome the same however often it is read.
fn settle(source: &str, cleaned: impl Fn(&str) -> String) -> String {
    let mut html = cleaned(source);
    for _ in 0..MAX_ROUNDS {
        let again = cleaned(&html);
        if again == html {
            return html;
        }
        html = again;
    }
    let text: String = markup::pieces(&html, Extent::Everything)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            _ => " ".to_owned(),
        })
        .collect();
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!("<p>{text}</p>") }
}

/// Takes bounded markup only: the parser behind it is not linear on everything else.
fn purify(bounded: &str) -> String {
    SANITIZER.clean(bounded).to_string()
}

fn filter_attribute<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let number = || !value.is_empty() && value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    let keeps = match (element, attribute) {
        ("img", "src") => !value.trim_start().to_ascii_lowercase().starts_with("mailto:"),
        ("img", "width" | "height") | (_, "colspan" | "rowspan" | "span" | "start" | "value") => number(),
        ("img", "loading") => matches!(value, "lazy" | "eager"),
        ("th", "scope") => matches!(value, "col" | "row" | "colgroup" | "rowgroup"),
        (_, "dir") => matches!(value, "ltr" | "rtl" | "auto"),
        _ => true,
    };
    keeps.then_some(Cow::Borrowed(value))
}

/// The article inside a code fence that encloses all of the input, as models like to answer.
fn without_fence(source: &str) -> &str {
    let Some((language, rest)) = source.strip_prefix("```").and_then(|rest| rest.split_once('\n')) else {
        return source;
    };
    let Some(inner) = rest.strip_suffix("```").filter(|inner| !inner.contains("\n```")) else {
        return source;
    };
    match language.trim().to_ascii_lowercase().as_str() {
        "html" | "markdown" | "md" => inner.trim(),
        "" if starts_with_tag(inner.trim()) => inner.trim(),
        _ => source,
    }
}

fn format_of(source: &str) -> Format {
    if starts_with_tag(source) || contains_block(&without_code(source)) {
        Format::Html
    } else if plain::looks_like_markdown(source) || contains_inline(source) {
        Format::Markdown
    } else {
        Format::Plain
    }
}

fn starts_with_tag(source: &str) -> bool {
    let declares = source.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    declares
        || source.starts_with("<!--")
        || (source.starts_with('<')
            && matches!(Tokens::of(source).next(), Some(Token::Start { name, .. }) if is_html_name(name)))
}

fn is_html_name(name: &str) -> bool {
    const OTHERS: [&str; 22] = [
        "html", "body", "script", "style", "title", "meta", "link", "base", "iframe", "form", "input",
        "button", "textarea", "main", "nav", "span", "font", "center", "noscript", "embed", "label",
        "fieldset",
    ];
    Element::named(name).is_some() || OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// Inline tags alone do not make a text HTML: Markdown and plain text carry them too.
fn contains_block(source: &str) -> bool {
    Tokens::of(source).any(|token| match token {
        Token::Start { name, .. } => Element::named(name).map_or_else(
            || is_html_name(name) && !name.eq_ignore_ascii_case("span"),
            |element| element.kind == Kind::Block,
        ),
        _ => false,
    })
}

/// Markdown keeps both the inline tags and the paragraphs of a text. A lone start tag may just as well be a comparison.
fn contains_inline(source: &str) -> bool {
    Tokens::of(source).any(|token| match token {
        Token::End { name } => is_html_name(name),
        Token::Start { name, .. } => Element::named(name).is_some_and(|element| element.kind == Kind::Void),
        Token::Text(_) => false,
    })
}

/// Markdown without its code, where tags are an example and no markup.
fn without_code(source: &str) -> String {
    let mut fenced = false;
    let mut kept = String::with_capacity(source.len());
    for line in source.lines() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            let mut parts = line.split('`').step_by(2);
            kept.extend(parts.next());
            parts.for_each(|part| kept.push_str(part));
            kept.push('\n');
        }
    }
    kept
}

/// Puts loose text and inline elements at the top level into paragraphs, one block a line.
fn in_paragraphs(pieces: &[Piece]) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut loose: Vec<Piece> = Vec::new();
    let mut rest = pieces;
    while !rest.is_empty() {
        let (unit, after) = rest.split_at(unit_length(rest));
        rest = after;
        let has_block = unit.iter().any(is_block);
        if has_block {
            blocks.extend(paragraph(&std::mem::take(&mut loose)));
            blocks.push(markup::write(unit));
        } else {
            loose.extend_from_slice(unit);
        }
    }
    blocks.extend(paragraph(&loose));
    blocks.join("\n")
}

/// How many pieces the first whole element or text takes.
fn unit_length(pieces: &[Piece]) -> usize {
    let mut depth = 0_usize;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open { .. } => depth += 1,
            Piece::Close(_) => depth = depth.saturating_sub(1),
            Piece::Void { .. } | Piece::Text(_) => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    pieces.len()
}

fn is_block(piece: &Piece) -> bool {
    match piece {
        Piece::Open { element, .. } => element.kind == Kind::Block,
        Piece::Void { element, .. } => element.name == "hr",
        Piece::Close(_) | Piece::Text(_) => false,
    }
}

fn paragraph(loose: &[Piece]) -> Option<String> {
    let shows = loose.iter().any(|piece| match piece {
        Piece::Text(text) => !text.trim().is_empty(),
        Piece::Void { element, .. } => element.name == "img",
        Piece::Open { .. } | Piece::Close(_) => false,
    });
    shows.then(|| format!("<p>{}</p>", markup::write(loose).trim()))
}
