//! The body of an article as it grows, with its visible words counted.

use std::fmt::Write as _;

use igny8_core::article::escape;

use super::count_words;

/// HTML and the words a reader sees in it.
#[derive(Debug, Default)]
pub(super) struct Page {
    html: String,
    words: usize,
}

impl Page {
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    pub(super) fn into_html(self) -> String {
        self.html
    }

    pub(super) fn heading(&mut self, level: u8, text: &str) {
        self.element(&format!("h{level}"), text);
    }

    /// Nothing when there are no sentences.
    pub(super) fn paragraph(&mut self, sentences: &[String]) {
        if !sentences.is_empty() {
            self.element("p", &sentences.join(" "));
        }
    }

    pub(super) fn list(&mut self, items: &[String]) {
        self.items("ul", items);
    }

    pub(super) fn steps(&mut self, items: &[String]) {
        self.items("ol", items);
    }

    pub(super) fn table(&mut self, head: [&str; 2], rows: &[[String; 2]]) {
        let line = |cell: &str, texts: [&str; 2]| {
            let cells = texts.map(|text| format!("<{cell}>{}</{cell}>", escape(text)));
            format!("<tr>{}</tr>", cells.concat())
        };
        let body: String =
            rows.iter().map(|[search, wants]| line("td", [search.as_str(), wants.as_str()])).collect();
        let _ =
            writeln!(self.html, "<table><thead>{}</thead><tbody>{body}</tbody></table>", line("th", head));
        let texts = head.into_iter().chain(rows.iter().flatten().map(String::as_str));
        self.words += texts.map(count_words).sum::<usize>();
    }

    /// A paragraph set off from the text.
    pub(super) fn note(&mut self, text: &str) {
        self.words += count_words(text);
        let _ = writeln!(self.html, "<p><em>{}</em></p>", escape(text));
    }

    fn element(&mut self, name: &str, text: &str) {
        self.words += count_words(text);
        let _ = writeln!(self.html, "<{name}>{}</{name}>", escape(text));
    }

    fn items(&mut self, name: &str, items: &[String]) {
        self.words += items.iter().map(|item| count_words(item)).sum::<usize>();
        let items: String = items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect();
        let _ = writeln!(self.html, "<{name}>{items}</{name}>");
    }
}
