//! The elements an article may contain, what they keep and how they nest.
//! The sanitiser's allow-list is made from this table, so there is one list only.

/// What an element does to the structure around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Block,
    Inline,
    Void,
    /// Removed together with its content.
    Removed,
}

/// An element an article may contain, and the attributes it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) attributes: &'static [&'static str],
}

/// Every element an article may contain.
pub(super) static ELEMENTS: [Element; 77] = {
    use Kind::{Block, Inline, Removed, Void};
    const fn of(name: &'static str, kind: Kind, attributes: &'static [&'static str]) -> Element {
        Element { name, kind, attributes }
    }
    [
        of("a", Inline, &["href", "title", "hreflang"]),
        of("abbr", Inline, &["title"]),
        of("article", Block, &[]),
        of("aside", Block, &[]),
        of("audio", Removed, &[]),
        of("b", Inline, &[]),
        of("bdi", Inline, &[]),
        of("bdo", Inline, &[]),
        of("blockquote", Block, &[]),
        of("br", Void, &[]),
        of("canvas", Removed, &[]),
        of("caption", Block, &[]),
        of("cite", Inline, &[]),
        of("code", Inline, &[]),
        of("col", Void, &["span"]),
        of("colgroup", Block, &["span"]),
        of("datalist", Removed, &[]),
        of("dd", Block, &[]),
        of("del", Inline, &[]),
        of("details", Block, &["open"]),
        of("dfn", Inline, &[]),
        of("div", Block, &[]),
        of("dl", Block, &[]),
        of("dt", Block, &[]),
        of("em", Inline, &[]),
        of("figcaption", Block, &[]),
        of("figure", Block, &[]),
        of("footer", Block, &[]),
        of("h1", Block, &[]),
        of("h2", Block, &[]),
        of("h3", Block, &[]),
        of("h4", Block, &[]),
        of("h5", Block, &[]),
        of("h6", Block, &[]),
        of("head", Removed, &[]),
        of("header", Block, &[]),
        of("hgroup", Block, &[]),
        of("hr", Void, &[]),
        of("i", Inline, &[]),
        of("img", Void, &["src", "alt", "width", "height", "loading"]),
        of("ins", Inline, &[]),
        of("kbd", Inline, &[]),
        of("li", Block, &["value"]),
        of("mark", Inline, &[]),
        of("math", Removed, &[]),
        of("object", Removed, &[]),
        of("ol", Block, &["start", "reversed"]),
        of("p", Block, &[]),
        of("pre", Block, &[]),
        of("q", Inline, &[]),
        of("rp", Inline, &[]),
        of("rt", Inline, &[]),
        of("ruby", Inline, &[]),
        of("s", Inline, &[]),
        of("samp", Inline, &[]),
        of("section", Block, &[]),
        of("select", Removed, &[]),
        of("small", Inline, &[]),
        of("strong", Inline, &[]),
        of("sub", Inline, &[]),
        of("summary", Block, &[]),
        of("sup", Inline, &[]),
        of("svg", Removed, &[]),
        of("table", Block, &[]),
        of("tbody", Block, &[]),
        of("td", Block, &["colspan", "rowspan"]),
        of("template", Removed, &[]),
        of("tfoot", Block, &[]),
        of("th", Block, &["colspan", "rowspan", "scope"]),
        of("thead", Block, &[]),
        of("time", Inline, &["datetime"]),
        of("tr", Block, &[]),
        of("u", Inline, &[]),
        of("ul", Block, &[]),
        of("var", Inline, &[]),
        of("video", Removed, &[]),
        of("wbr", Void, &[]),
    ]
};

impl Element {
    /// The element of this name, in any case; none if articles do not contain it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let found = ELEMENTS.iter().find(|element| element.name.eq_ignore_ascii_case(name));
        found.copied()
    }

    /// 1–6 for a heading.
    pub(super) fn heading_level(self) -> Option<u8> {
        match self.name.as_bytes() {
            [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
            _ => None,
        }
    }

    pub(super) fn is_table_part(self) -> bool {
        matches!(self.name, "caption" | "col" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr")
    }

    /// Whether tags inside it leave the elements around it alone.
    pub(super) fn is_barrier(self) -> bool {
        self.kind == Kind::Removed || matches!(self.name, "table" | "td" | "th" | "caption")
    }

    /// The open elements this start tag ends, and the ones past which it ends none.
    pub(super) fn ends(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self.name {
            "li" => (&["li"], &["ul", "ol"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th", "caption"], &["table", "tr"]),
            "thead" | "tbody" | "tfoot" | "colgroup" => {
                (&["thead", "tbody", "tfoot", "colgroup", "caption"], &["table"])
            }
            "a" => (&["a"], &["td", "th", "caption", "table"]),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                (&["h1", "h2", "h3", "h4", "h5", "h6"], &["td", "th", "caption", "table"])
            }
            _ => (&[], &[]),
        }
    }
}
