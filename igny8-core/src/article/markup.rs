//! The light view of markup that everything here walks: a flat list of balanced, bounded pieces.
//! Bounding depth and attributes first keeps the sanitiser's parser linear on hostile input.

use crate::article::elements::{Element, Kind};
use crate::article::tokens::{Attributes, Token, Tokens};

/// Elements open at once; deeper start tags are ignored, their content stays.
const MAX_DEPTH: usize = 100;
/// Inline elements open at once: a parser re-opens each of them in every new block.
const MAX_INLINE: usize = 12;
/// Longer attribute values, in bytes, are dropped with their attribute.
const MAX_VALUE: usize = 4096;
/// Text this long, in bytes, is written in parts: writing out a parsed text is quadratic in its ampersands.
const MAX_TEXT: usize = 4096;
/// Attributes kept on every element.
const EVERYWHERE: [&str; 2] = ["dir", "lang"];

/// A start tag, an end tag, an element without content, or text in source form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Open { element: Element, attributes: Vec<(&'static str, String)> },
    Close(Element),
    Void { element: Element, attributes: Vec<(&'static str, String)> },
    Text(String),
}

/// Which part of the source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Everything,
    /// Only what stands inside `<body>`, where there is one.
    Body,
}

struct Opened {
    element: Element,
    /// For a removed element: how many pieces there were before it.
    before: usize,
}

#[derive(Default)]
struct Balance {
    pieces: Vec<Piece>,
    open: Vec<Opened>,
}

/// Elements that articles do not contain but whose edges end a word.
const SEPARATORS: [&str; 13] = [
    "address", "center", "dialog", "dir", "fieldset", "form", "legend", "main", "menu", "nav", "optgroup",
    "option", "search",
];

impl Balance {
    /// The element of this name if it may stand here: parts of a table only within one.
    fn placed(&self, name: &str) -> Option<Element> {
        Element::named(name).filter(|element| {
            !element.is_table_part() || self.open.iter().any(|opened| opened.element.name == "table")
        })
    }

    /// Keeps the words on both sides of an ignored tag apart.
    fn separate(&mut self, name: &str) {
        let is_separator = SEPARATORS.iter().any(|separator| separator.eq_ignore_ascii_case(name));
        if is_separator || Element::named(name).is_some_and(Element::is_table_part) {
            self.text(" ");
        }
    }

    fn start(&mut self, element: Element, raw: &str) {
        let (ended, until) = element.ends();
        if !ended.is_empty() {
            let stops = |opened: Element| until.contains(&opened.name) || opened.kind == Kind::Removed;
            self.close_nearest(|opened| ended.contains(&opened.name), stops);
        }
        if element.kind == Kind::Block || element.name == "hr" {
            self.close_nearest(|opened| opened.name == "p", Element::is_barrier);
        }
        let attributes = kept_attributes(element, raw);
        let has =
            |wanted: &str| attributes.iter().any(|(name, value)| *name == wanted && !value.trim().is_empty());
        // Without its address an image shows nothing and a link leads nowhere.
        if (element.name == "img" && !has("src")) || (element.name == "a" && !has("href")) {
            return;
        }
        if element.kind == Kind::Void {
            self.pieces.push(Piece::Void { element, attributes });
            return;
        }
        let inline = self.open.iter().filter(|opened| opened.element.kind == Kind::Inline).count();
        if self.open.len() >= MAX_DEPTH || (element.kind == Kind::Inline && inline >= MAX_INLINE) {
            return;
        }
        self.open.push(Opened { element, before: self.pieces.len() });
        if element.kind != Kind::Removed {
            self.pieces.push(Piece::Open { element, attributes });
        }
    }

    fn end(&mut self, element: Element) {
        let matches = |opened: Element| {
            opened.name == element.name
                || (opened.heading_level().is_some() && element.heading_level().is_some())
        };
        let crosses = |opened: Element| {
            if matches!(element.name, "table" | "tr" | "tbody" | "thead" | "tfoot") {
                opened.kind == Kind::Removed || opened.name == "table"
            } else {
                opened.is_barrier()
            }
        };
        self.close_nearest(matches, crosses);
    }

    /// Closes the innermost open element that is `wanted`, unless one that `stops` the search is nearer.
    fn close_nearest(&mut self, wanted: impl Fn(Element) -> bool, stops: impl Fn(Element) -> bool) {
        for (at, opened) in self.open.iter().enumerate().rev() {
            if wanted(opened.element) {
                return self.close_to(at);
            }
            if stops(opened.element) {
                return;
            }
        }
    }

    fn close_to(&mut self, at: usize) {
        while self.open.len() > at
            && let Some(opened) = self.open.pop()
        {
            if opened.element.kind == Kind::Removed {
                self.pieces.truncate(opened.before);
            } else {
                self.pieces.push(Piece::Close(opened.element));
            }
        }
    }

    fn text(&mut self, raw: &str) {
        // Parsers drop the first line break of a `pre`; dropping all of them makes that happen once only.
        let raw = match self.pieces.last() {
            Some(Piece::Open { element, .. }) if element.name == "pre" => {
                raw.trim_start_matches(['\n', '\r'])
            }
            _ => raw,
        };
        if raw.is_empty() {
            return;
        }
        if !matches!(self.pieces.last(), Some(Piece::Text(_))) {
            self.pieces.push(Piece::Text(String::with_capacity(raw.len())));
        }
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            push_bare(text, raw);
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        while let Some(opened) = self.open.pop() {
            // A removed element that never ends would take the rest of the article with it: it is ignored instead.
            if opened.element.kind != Kind::Removed {
                self.pieces.push(Piece::Close(opened.element));
            }
        }
        self.pieces
    }
}

/// Reads any source into balanced pieces; text and attribute values stay in source form.
pub(super) fn pieces(source: &str, extent: Extent) -> Vec<Piece> {
    let mut balance = Balance::default();
    let mut in_body = false;
    for token in Tokens::of(source) {
        match token {
            Token::Text(text) => balance.text(text),
            Token::Start { name, .. } if name.eq_ignore_ascii_case("body") => {
                if let Some(head) = balance.open.iter().position(|opened| opened.element.name == "head") {
                    balance.close_to(head);
                }
                if extent == Extent::Body && !in_body {
                    balance = Balance::default();
                    in_body = true;
                }
            }
            Token::End { name }
                if in_body && (name.eq_ignore_ascii_case("body") || name.eq_ignore_ascii_case("html")) =>
            {
                break;
            }
            Token::Start { name, attributes } => match balance.placed(name) {
                Some(element) => balance.start(element, attributes),
                None => balance.separate(name),
            },
            Token::End { name } => match balance.placed(name) {
                Some(element) => balance.end(element),
                None => balance.separate(name),
            },
        }
    }
    balance.finish()
}

/// Writes pieces back as HTML source.
pub(super) fn write(pieces: &[Piece]) -> String {
    let mut html = String::new();
    for piece in pieces {
        match piece {
            Piece::Open { element, attributes } | Piece::Void { element, attributes } => {
                html.push('<');
                html.push_str(element.name);
                for (name, value) in attributes {
                    html.push(' ');
                    html.push_str(name);
                    html.push_str("=\"");
                    html.push_str(&value.replace('"', "&quot;"));
                    html.push('"');
                }
                html.push('>');
            }
            Piece::Close(element) => {
                html.push_str("</");
                html.push_str(element.name);
                html.push('>');
            }
            Piece::Text(text) => write_in_parts(&mut html, text),
        }
    }
    html
}

/// A comment parts texts for the parser, and is gone after sanitising; before an ampersand it cuts no reference in two.
fn write_in_parts(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().skip(MAX_TEXT).position(|byte| *byte == b'&') {
        let (part, after) = rest.split_at(MAX_TEXT + at);
        html.push_str(part);
        html.push_str("<!---->");
        rest = after;
    }
    html.push_str(rest);
}

/// The characters that sanitised source stands for.
pub(super) fn decode(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];
        let (reference, character) =
            known.into_iter().find(|(reference, _)| rest.starts_with(reference)).unwrap_or(("&", '&'));
        text.push(character);
        rest = &rest[reference.len()..];
    }
    text.push_str(rest);
    text
}

fn kept_attributes(element: Element, raw: &str) -> Vec<(&'static str, String)> {
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in Attributes::of(raw) {
        let wanted =
            element.attributes.iter().chain(&EVERYWHERE).find(|wanted| wanted.eq_ignore_ascii_case(name));
        if let Some(wanted) = wanted
            && value.len() <= MAX_VALUE
            && !kept.iter().any(|(name, _)| name == wanted)
        {
            let mut written = String::with_capacity(value.len());
            push_bare(&mut written, value);
            kept.push((wanted, written));
        }
    }
    kept
}

/// Keeps character references: source already escaped must not be escaped again.
fn push_bare(out: &mut String, raw: &str) {
    for character in raw.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' | '\n' | '\t' => out.push(if character == '\r' { '\n' } else { character }),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(source: &str) -> String {
        write(&pieces(source, Extent::Everything))
    }

    #[test]
    fn balances_what_is_open_and_closes_what_is_implied() {
        for (source, expected) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
            ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
            ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
            (
                "<table><tr><td>a<td>b<tr><td>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("<h2>a</h3><p>b", "<h2>a</h2><p>b</p>"),
            ("<svg><p>x</p></svg>y", "y"),
            ("<svg><p>x</p>y", "<p>x</p>y"),
            ("<font color=red>x</font>", "x"),
            ("<pre>\n\n x</pre>", "<pre> x</pre>"),
            ("<img alt=x><a name=y>z</a>", "z"),
        ] {
            assert_eq!(rewritten(source), expected, "{source}");
        }
    }

    #[test]
    fn a_body_leaves_out_what_surrounds_it() {
        let page =
            "Sure:<!doctype html><html><head><title>T</title><body class=x><p>a</p></body></html>Enjoy!";
        assert_eq!(write(&pieces(page, Extent::Body)), "<p>a</p>");
        assert_eq!(write(&pieces("<p>a</p>", Extent::Body)), "<p>a</p>");
    }

    #[test]
    fn depth_is_bounded_without_losing_text() {
        let deep = format!("{}x{}", "<div>".repeat(5_000), "</div>".repeat(5_000));
        let bounded = pieces(&deep, Extent::Everything);
        assert_eq!(bounded.len(), 2 * MAX_DEPTH + 1);
        assert!(bounded.contains(&Piece::Text("x".into())));
    }

    #[test]
    fn decodes_only_what_sanitised_source_contains() {
        assert_eq!(decode("a&amp;lt;&nbsp;&lt;b&gt; & &x"), "a&lt;\u{a0}<b> & &x");
    }
}
