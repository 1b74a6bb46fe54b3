//! What an article consists of, read in one pass over its sanitised HTML.
//! Scores, counts and link suggestions look at this instead of the markup.

use crate::article::elements::{Element, Kind};
use crate::article::markup::{self, Extent, Piece};
use crate::article::normalize::sanitize;

/// A heading and its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1–6.
    pub level: u8,
    /// Its visible text.
    pub text: String,
}

/// An image of the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its address, absolute or relative.
    pub src: String,
    /// Its alternative text; empty when missing or empty.
    pub alt: String,
}

/// Where a link leads, told from its address alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// A relative address or a fragment: the same site.
    Internal,
    /// An absolute address, with a scheme or a host.
    External,
    /// A `mailto:` address.
    Mail,
}

/// A link of the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address as written.
    pub href: String,
    /// The visible text it covers.
    pub text: String,
    /// Where it leads.
    pub kind: LinkKind,
}

/// The parts of one article, each in document order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// All headings.
    pub headings: Vec<Heading>,
    /// Running text: paragraphs and other blocks of prose, without headings, lists, tables, captions and code.
    pub paragraphs: Vec<String>,
    /// The items of lists and definitions.
    pub list_items: Vec<String>,
    /// All images.
    pub images: Vec<Image>,
    /// All links.
    pub links: Vec<Link>,
    /// All visible text, blocks separated by `\n`.
    pub text: String,
}

#[derive(Default)]
struct Reading {
    outline: Outline,
    open: Vec<Element>,
    block: String,
    link: Option<Link>,
}

impl Outline {
    /// Reads any HTML; what [`sanitize`] removes is not part of the outline.
    #[must_use]
    pub fn parse(html: &str) -> Self {
        let mut reading = Reading::default();
        for piece in markup::pieces(&sanitize(html), Extent::Everything) {
            reading.take(piece);
        }
        reading.end_block();
        reading.outline
    }

    /// The first block of running text; none if there is none.
    #[must_use]
    pub fn first_paragraph(&self) -> Option<&str> {
        self.paragraphs.first().map(String::as_str)
    }
}

impl LinkKind {
    fn of(href: &str) -> Self {
        let scheme = href.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("mailto") => Self::Mail,
            Some("http" | "https") => Self::External,
            _ if href.starts_with("//") => Self::External,
            _ => Self::Internal,
        }
    }
}

impl Reading {
    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => {
                let text = markup::decode(&text).replace('\n', " ");
                self.block.push_str(&text);
                if let Some(link) = &mut self.link {
                    link.text.push_str(&text);
                }
            }
            Piece::Void { element, attributes } => match element.name {
                "img" => self
                    .outline
                    .images
                    .push(Image { src: attribute(&attributes, "src"), alt: attribute(&attributes, "alt") }),
                "br" => self.block.push('\n'),
                "hr" => self.end_block(),
                _ => {}
            },
            Piece::Open { element, attributes } => {
                if element.kind == Kind::Block {
                    self.end_block();
                }
                if element.name == "a" {
                    let href = attribute(&attributes, "href");
                    self.link = Some(Link { kind: LinkKind::of(&href), href, text: String::new() });
                }
                self.open.push(element);
            }
            Piece::Close(element) => {
                if element.kind == Kind::Block {
                    self.end_block();
                }
                if element.name == "a"
                    && let Some(link) = self.link.take()
                {
                    self.outline.links.push(Link { text: folded(&link.text, " "), ..link });
                }
                self.open.pop();
            }
        }
    }

    fn end_block(&mut self) {
        let lines: Vec<String> =
            self.block.split('\n').map(|line| folded(line, " ")).filter(|line| !line.is_empty()).collect();
        self.block.clear();
        if lines.is_empty() {
            return;
        }
        if !self.outline.text.is_empty() {
            self.outline.text.push('\n');
        }
        self.outline.text.push_str(&lines.join("\n"));
        let text = lines.join(" ");
        let inside = |names: &[&str]| self.open.iter().any(|element| names.contains(&element.name));
        if let Some(level) = self.open.iter().rev().find_map(|element| element.heading_level()) {
            self.outline.headings.push(Heading { level, text });
        } else if inside(&["table", "figcaption", "pre"]) {
            // Neither prose nor a list.
        } else if inside(&["li", "dt", "dd"]) {
            self.outline.list_items.push(text);
        } else {
            self.outline.paragraphs.push(text);
        }
    }
}

/// Text with every stretch of white space made one separator.
pub(super) fn folded(text: &str, separator: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(separator)
}

fn attribute(attributes: &[(&'static str, String)], wanted: &str) -> String {
    attributes
        .iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| markup::decode(value))
        .unwrap_or_default()
}
