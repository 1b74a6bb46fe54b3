//! Article HTML to Markdown with tables and strikethrough.
//! Text is escaped so that it reads back as the same text, never as markup or HTML.

use crate::article::commonmark::{address, around, code, escaped_start, longest_run, prefixed, push_escaped};
use crate::article::elements::{Element, Kind};
use crate::article::markup::{self, Extent, Piece};
use crate::article::normalize::sanitize;
use crate::article::outline::folded;

/// An element being written: its finished blocks and the line being filled.
struct Frame {
    element: Option<Element>,
    attributes: Vec<(&'static str, String)>,
    blocks: Vec<Block>,
    line: String,
    /// Table cells of a row, items of a list.
    parts: Vec<String>,
}

struct Block {
    markdown: String,
    /// A list close under the text of its item.
    is_close: bool,
}

/// How text has to be written where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Prose,
    Code,
    Block,
}

/// Markdown for any HTML; what sanitising removes is gone, elements Markdown lacks leave their text.
///
/// Total. Headings, paragraphs, lists, links, emphasis, images, quotes, code and simple tables are kept; other attributes,
/// merged cells and column widths are not. Ends without a line break.
#[must_use]
pub fn to_markdown(html: &str) -> String {
    let pieces = markup::pieces(&sanitize(html), Extent::Everything);
    let mut frames = vec![Frame::of(None, Vec::new())];
    let holds_block = blocks_inside(&pieces);
    let mut deep_in_code = 0_usize;
    for (piece, holds_block) in pieces.into_iter().zip(holds_block) {
        let in_code = frames.last().is_some_and(|frame| frame.name() == "pre");
        match piece {
            // A code block has lines and nothing else.
            Piece::Open { element, .. } if in_code => {
                deep_in_code += 1;
                break_line(&mut frames, element);
            }
            Piece::Close(element) if deep_in_code > 0 => {
                deep_in_code -= 1;
                break_line(&mut frames, element);
            }
            Piece::Void { element, .. } if in_code => break_line(&mut frames, element),
            Piece::Text(text) => {
                let writing = writing(&frames);
                push_text(&mut frames, &markup::decode(&text), writing);
            }
            Piece::Void { element, attributes } => void(&mut frames, element, &attributes),
            Piece::Open { element, attributes } => {
                if element.kind == Kind::Block || holds_block {
                    end_line(&mut frames);
                }
                // Emphasis or a link around whole blocks has no form in Markdown: only its content stays.
                frames.push(Frame::of(
                    (element.kind == Kind::Block || !holds_block).then_some(element),
                    attributes,
                ));
            }
            Piece::Close(_) => close(&mut frames),
        }
    }
    end_line(&mut frames);
    frames.pop().map(|frame| joined(&frame.blocks)).unwrap_or_default()
}

impl Frame {
    const fn of(element: Option<Element>, attributes: Vec<(&'static str, String)>) -> Self {
        Self { element, attributes, blocks: Vec::new(), line: String::new(), parts: Vec::new() }
    }

    fn attribute(&self, wanted: &str) -> String {
        self.attributes
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| markup::decode(value))
            .unwrap_or_default()
    }

    fn name(&self) -> &'static str {
        self.element.map_or("", |element| element.name)
    }
}

/// For each piece that opens an element: whether a block stands anywhere inside it.
fn blocks_inside(pieces: &[Piece]) -> Vec<bool> {
    let mut inside = vec![false; pieces.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_block = match piece {
            Piece::Open { element, .. } => element.kind == Kind::Block,
            Piece::Void { element, .. } => element.name == "hr",
            Piece::Close(_) | Piece::Text(_) => false,
        };
        if is_block {
            for around in &open {
                inside[*around] = true;
            }
        }
        match piece {
            Piece::Open { .. } => open.push(at),
            Piece::Close(_) => {
                open.pop();
            }
            Piece::Void { .. } | Piece::Text(_) => {}
        }
    }
    inside
}

fn writing(frames: &[Frame]) -> Writing {
    let inside = |names: &[&str]| frames.iter().any(|frame| names.contains(&frame.name()));
    if inside(&["pre"]) {
        Writing::Block
    } else if inside(&["code", "kbd", "samp"]) {
        Writing::Code
    } else {
        Writing::Prose
    }
}

fn break_line(frames: &mut [Frame], element: Element) {
    let Some(frame) = frames.last_mut() else {
        return;
    };
    let is_edge = element.kind == Kind::Block || element.name == "hr";
    if element.name == "br" || (is_edge && !frame.line.ends_with('\n')) {
        frame.line.push('\n');
    }
}

fn push_text(frames: &mut [Frame], text: &str, writing: Writing) {
    let Some(frame) = frames.last_mut() else {
        return;
    };
    match writing {
        Writing::Block => frame.line.push_str(text),
        Writing::Code => frame.line.push_str(&text.replace('\n', " ")),
        Writing::Prose => push_escaped(&mut frame.line, text),
    }
}

fn void(frames: &mut [Frame], element: Element, attributes: &[(&'static str, String)]) {
    let writing = writing(frames);
    if element.name == "hr" {
        end_line(frames);
    }
    let Some(frame) = frames.last_mut() else {
        return;
    };
    match (element.name, writing) {
        ("br", Writing::Code) => frame.line.push(' '),
        ("br", Writing::Prose) => frame.line.push('\u{85}'),
        ("hr", _) => frame.blocks.push(Block { markdown: "---".to_owned(), is_close: false }),
        ("img", Writing::Prose) => {
            let value = |wanted: &str| {
                attributes
                    .iter()
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, value)| markup::decode(value))
                    .unwrap_or_default()
            };
            let mut alt = String::new();
            push_escaped(&mut alt, &folded(&value("alt"), " "));
            for part in ["![", &alt, "](", &address(&value("src")), ")"] {
                frame.line.push_str(part);
            }
        }
        _ => {}
    }
}

/// Ends the paragraph being filled; line breaks in it were kept as U+0085.
fn end_line(frames: &mut [Frame]) {
    let Some(frame) = frames.last_mut() else {
        return;
    };
    let line = std::mem::take(&mut frame.line);
    if frame.name() == "pre" {
        frame.line = line;
        return;
    }
    let lines: Vec<String> = line
        .split('\u{85}')
        .map(|line| folded(line, " "))
        .filter(|line| !line.is_empty())
        .map(|line| escaped_start(&line))
        .collect();
    if !lines.is_empty() {
        frame.blocks.push(Block { markdown: lines.join("\\\n"), is_close: false });
    }
}

fn close(frames: &mut Vec<Frame>) {
    let is_inline =
        frames.last().is_some_and(|frame| frame.element.is_some_and(|element| element.kind == Kind::Inline));
    if !is_inline {
        end_line(frames);
    }
    let outer = frames.len().checked_sub(2).map(|at| writing(&frames[..=at]));
    let (Some(frame), Some(outer)) = (frames.pop(), outer) else {
        return;
    };
    let in_one_line = frames.iter().any(|frame| {
        let element = frame.element.filter(|element| element.heading_level().is_some());
        element.is_some() || matches!(frame.name(), "td" | "th" | "dt" | "summary")
    });
    let Some(parent) = frames.last_mut() else {
        return;
    };
    if is_inline {
        push_inline(&mut parent.line, &inline(&frame, outer), outer);
        return;
    }
    match frame.name() {
        "li" if !matches!(parent.name(), "ul" | "ol") => {
            let markdown = prefixed(&joined(&frame.blocks), "- ", "  ");
            parent.blocks.push(Block { markdown, is_close: false });
        }
        "li" => parent.parts.push(joined(&frame.blocks)),
        "td" | "th" => parent.parts.push(one_line(&frame.blocks).replace('|', "\\|")),
        "tr" => parent.parts.push(format!("| {} |", frame.parts.join(" | "))),
        "thead" | "tbody" | "tfoot" => {
            parent.parts.extend(frame.parts);
            parent.blocks.extend(frame.blocks);
        }
        _ => {
            if matches!(frame.name(), "table" | "ul" | "ol") {
                parent.blocks.extend(leftover(&frame));
            }
            let markdown = if in_one_line { flat(&frame) } else { block(&frame) };
            if !markdown.is_empty() {
                // Other lists would be read as more of the text above them.
                let is_close =
                    parent.name() == "li" && ["- ", "1. "].iter().any(|start| markdown.starts_with(start));
                parent.blocks.push(Block { markdown, is_close });
            }
        }
    }
}

/// Puts an inline element on the line so that it does not run into what stands there.
fn push_inline(line: &mut String, inline: &str, outer: Writing) {
    if outer == Writing::Prose {
        if inline.starts_with('[') && line.ends_with('!') {
            line.pop();
            line.push_str("\\!");
        } else if inline.starts_with('`') && line.ends_with('`') {
            line.push(' ');
        }
    }
    line.push_str(inline);
}

/// Blocks that stand where only items or rows belong.
fn leftover(frame: &Frame) -> Option<Block> {
    let markdown = joined(&frame.blocks);
    (!markdown.is_empty()).then_some(Block { markdown, is_close: false })
}

fn inline(frame: &Frame, outer: Writing) -> String {
    let text = &frame.line;
    if outer != Writing::Prose {
        return text.clone();
    }
    let mark = match frame.name() {
        "strong" | "b" => "**",
        "em" | "i" | "cite" | "var" | "dfn" => "*",
        "del" | "s" => "~~",
        "code" | "kbd" | "samp" => return code(text),
        "a" => {
            let label = text.trim();
            let label = if label.is_empty() {
                return text.clone();
            } else {
                label.replace('\u{85}', " ")
            };
            return around(text, &format!("[{label}]({})", address(&frame.attribute("href"))));
        }
        _ => return text.clone(),
    };
    let marked = text.trim();
    if marked.is_empty() || marked.contains('\u{85}') || marked.starts_with(mark) || marked.ends_with(mark) {
        return text.clone();
    }
    around(text, &format!("{mark}{marked}{mark}"))
}

/// A block where only one line of text can stand.
fn flat(frame: &Frame) -> String {
    match frame.name() {
        "pre" => code(&frame.line.replace('\n', " ")),
        "ul" | "ol" => frame.parts.join(", "),
        "table" => frame.parts.join(" "),
        _ => one_line(&frame.blocks),
    }
}

fn block(frame: &Frame) -> String {
    match frame.element.map(|element| (element.name, element.heading_level())) {
        Some((_, Some(level))) => {
            let text = one_line(&frame.blocks);
            let text = text.strip_suffix('#').map(|rest| format!("{rest}\\#")).unwrap_or(text);
            if text.is_empty() { text } else { format!("{} {text}", "#".repeat(usize::from(level))) }
        }
        Some(("blockquote", _)) => prefixed(&joined(&frame.blocks), "> ", "> "),
        Some(("ul", _)) => list(frame, |_| "- ".to_owned()),
        Some(("ol", _)) => {
            let first: usize = frame.attribute("start").parse().unwrap_or(1);
            list(frame, |at| format!("{}. ", first + at))
        }
        Some(("table", _)) => table(&frame.parts),
        Some(("pre", _)) => fenced(frame),
        Some(("dt" | "summary", _)) => {
            let text = one_line(&frame.blocks);
            if text.is_empty() || text.contains("**") { text } else { format!("**{text}**") }
        }
        _ => joined(&frame.blocks),
    }
}

fn list(frame: &Frame, marker: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = frame
        .parts
        .iter()
        .filter(|item| !item.is_empty())
        .enumerate()
        .map(|(at, item)| {
            let marker = marker(at);
            prefixed(item, &marker, &" ".repeat(marker.len()))
        })
        .collect();
    items.join("\n")
}

/// As wide as the widest row: cells beyond the first row's would be lost.
fn table(rows: &[String]) -> String {
    let cells = |row: &String| row.replace("\\|", "").matches('|').count().saturating_sub(1);
    let columns = rows.iter().map(cells).max().unwrap_or(0);
    let mut lines: Vec<String> =
        rows.iter().map(|row| format!("{row}{}", "  |".repeat(columns - cells(row)))).collect();
    if !lines.is_empty() {
        lines.insert(1, format!("|{}", " --- |".repeat(columns)));
    }
    lines.join("\n")
}

fn fenced(frame: &Frame) -> String {
    let text = frame.line.trim_end().trim_start_matches('\n');
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

fn joined(blocks: &[Block]) -> String {
    let mut written = String::new();
    for block in blocks {
        if !written.is_empty() {
            written.push_str(if block.is_close { "\n" } else { "\n\n" });
        }
        written.push_str(&block.markdown);
    }
    written
}

fn one_line(blocks: &[Block]) -> String {
    let lines: Vec<String> =
        blocks.iter().map(|block| block.markdown.replace("\\\n", " ").replace('\n', " ")).collect();
    lines.join(" ")
}
