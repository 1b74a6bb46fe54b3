//! A finished article as one standalone HTML page that opens in any browser.
//! No scripts and nothing loaded but the article's own images, which the page's policy enforces.

use crate::article::markup::{self, Extent, Piece};
use crate::article::normalize::{normalize_content, sanitize};
use crate::article::outline::folded;
use crate::article::words::{escape, visible_text};

/// The only style the page's policy lets a browser apply, by its SHA-256.
const STYLE: &str = include_str!("page.css");
const STYLE_HASH: &str = "sha256-TNcDcKRafrDRdHCjGelNXD8CRB2kmgKVrr3vF3BDE1E=";
/// Languages written from right to left.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "arc", "ckb", "dv", "fa", "he", "ps", "ur", "yi"];

/// Everything a page shows. All texts are plain text except `html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticlePage<'a> {
    /// The heading of the page.
    pub title: &'a str,
    /// The title of the browser's tab; the heading when empty.
    pub meta_title: &'a str,
    /// The description for search results; left out when empty.
    pub meta_description: &'a str,
    /// A BCP 47 tag such as `en` or `pt-BR`; left out when it is none.
    pub language: &'a str,
    /// The body of the article; sanitised again here.
    pub html: &'a str,
    /// Address and alternative text of the image above the body; left out unless http, https or relative.
    pub featured_image: Option<(&'a str, &'a str)>,
    /// A line at the foot of the page.
    pub generator_note: Option<&'a str>,
}

/// The page as a complete HTML5 document. Total: any input gives a harmless page.
///
/// A body that repeats the title as its leading `<h1>` shows it once.
#[must_use]
pub fn render_page(page: &ArticlePage<'_>) -> String {
    let title = escape(&folded(page.title, " "));
    let tab = folded(page.meta_title, " ");
    let tab = if tab.is_empty() { title.clone() } else { escape(&tab) };
    let description = folded(page.meta_description, " ");
    let description = if description.is_empty() {
        String::new()
    } else {
        format!("<meta name=\"description\" content=\"{}\">\n", escape(&description))
    };
    let figure = page.featured_image.map(|(src, alt)| figure(src, alt)).unwrap_or_default();
    let note = page.generator_note.map(|note| folded(note, " ")).filter(|note| !note.is_empty());
    let note = note
        .map(|note| format!("<footer class=\"note\"><p>{}</p></footer>\n", escape(&note)))
        .unwrap_or_default();
    let heading =
        if title.is_empty() { String::new() } else { format!("<header><h1>{title}</h1></header>\n") };
    format!(
        "<!doctype html>\n<html{language}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' https: http:; \
         style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{tab}</title>\n{description}<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<article>\n\
         {heading}{figure}{body}\n</article>\n</main>\n{note}</body>\n</html>\n",
        language = language(page.language),
        body = without_title(&normalize_content(page.html), page.title),
    )
}

fn language(tag: &str) -> String {
    let tag = tag.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_tag = (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if !is_tag {
        return String::new();
    }
    let direction = if RIGHT_TO_LEFT.contains(&primary.as_str()) { " dir=\"rtl\"" } else { "" };
    format!(" lang=\"{tag}\"{direction}")
}

/// The sanitiser decides whether the address may be shown.
fn figure(src: &str, alt: &str) -> String {
    let image =
        sanitize(&format!("<img src=\"{}\" alt=\"{}\">", escape(src.trim()), escape(&folded(alt, " "))));
    if image.is_empty() { String::new() } else { format!("<figure class=\"featured\">{image}</figure>\n") }
}

fn without_title(html: &str, title: &str) -> String {
    let pieces = markup::pieces(html, Extent::Everything);
    let opens = matches!(pieces.first(), Some(Piece::Open { element, .. }) if element.name == "h1");
    let end = pieces.iter().position(|piece| matches!(piece, Piece::Close(element) if element.name == "h1"));
    let Some((heading, rest)) = end.filter(|_| opens).map(|end| pieces.split_at(end + 1)) else {
        return html.to_owned();
    };
    let repeats = visible_text(&markup::write(heading)).to_lowercase() == folded(title, " ").to_lowercase();
    if repeats { markup::write(rest).trim_start().to_owned() } else { html.to_owned() }
}
