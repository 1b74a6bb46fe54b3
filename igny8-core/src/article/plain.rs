//! Plain text to HTML: headings, lists and paragraphs guessed from the shape of the lines.
//! A guess must never lose text, and every character of it is escaped.

use crate::article::words::escape;

/// A heading is at most this long, in characters.
const HEADING_CHARS: usize = 80;
/// A heading is at most this long, in words separated by spaces.
const HEADING_WORDS: usize = 12;
/// Cells that the tables of one text may have, counting those a short row leaves out.
const TABLE_CELLS: usize = 100_000;
/// This many short lines in a row are verse or an address, not headings.
const SHORT_LINES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Blank,
    Bullet(&'a str),
    /// `1.` has depth 1, `1.2` depth 2; `text` is what follows, `whole` the line.
    Numbered {
        depth: usize,
        text: &'a str,
        whole: &'a str,
    },
    Short(&'a str),
    Running(&'a str),
}

/// Whether a text uses Markdown rather than only looking tidy.
pub(super) fn looks_like_markdown(source: &str) -> bool {
    let mut bullets = 0;
    source.lines().any(|line| {
        let line = line.trim();
        let heading = line.trim_start_matches('#');
        let hashes = line.len() - heading.len();
        if line.starts_with(['-', '*', '+']) && line[1..].starts_with(' ') {
            bullets += 1;
        }
        (1..=6).contains(&hashes) && heading.starts_with(' ')
            || line.starts_with("```")
            || line.starts_with("~~~")
            || line.starts_with("> ")
            || is_table_rule(line)
            || bullets >= 2
            || holds_pair(line, "**")
            || holds_pair(line, "__")
            || holds_pair(line, "`")
            || line.find("](").is_some_and(|at| line[..at].contains('[') && line[at..].contains(')'))
    })
}

/// Whether its tables stay in proportion to the text: every row is filled up to the width of its header.
pub(super) fn has_bounded_tables(source: &str) -> bool {
    let widest = source.lines().map(|line| line.matches('|').count()).max();
    widest.unwrap_or_default().saturating_mul(source.lines().count()) <= TABLE_CELLS
}

/// HTML for a text without any markup.
pub(super) fn to_html(source: &str) -> String {
    let lines: Vec<Line<'_>> = source.lines().map(|line| line_of(line.trim())).collect();
    let mut blocks: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = &lines[at..];
        let (taken, block) = match *line {
            Line::Blank => (1, None),
            Line::Bullet(_) => list(rest, "ul"),
            Line::Numbered { depth, whole, .. } => match list(rest, "ol") {
                (items, list) if items > 1 => (items, list),
                _ if is_short(whole) => (1, Some(heading(if depth > 1 { 3 } else { 2 }, whole))),
                _ => paragraph(rest),
            },
            Line::Short(text) if leads_in(text, &rest[1..]) => paragraph(&rest[..1]),
            Line::Short(text)
                if rest.iter().take_while(|line| matches!(line, Line::Short(_))).count() < SHORT_LINES =>
            {
                (1, Some(heading(2, text)))
            }
            Line::Short(_) | Line::Running(_) => paragraph(rest),
        };
        blocks.extend(block);
        at += taken;
    }
    blocks.join("\n")
}

/// Whether a line only announces the list that follows it.
fn leads_in(text: &str, after: &[Line<'_>]) -> bool {
    let next = after.iter().find(|line| **line != Line::Blank);
    text.ends_with([':', '：']) && matches!(next, Some(Line::Bullet(_) | Line::Numbered { .. }))
}

fn line_of(line: &str) -> Line<'_> {
    if line.is_empty() {
        return Line::Blank;
    }
    if let Some(text) = ["- ", "* ", "+ ", "• ", "– ", "· "].iter().find_map(|mark| line.strip_prefix(mark))
    {
        return Line::Bullet(text.trim());
    }
    if let Some((depth, text)) = numbered(line) {
        return Line::Numbered { depth, text, whole: line };
    }
    let ends_open = line.ends_with(['.', ';', ',', '。', '．', '；', '，', '、', '।']);
    if is_short(line) && !ends_open { Line::Short(line) } else { Line::Running(line) }
}

/// `1. x`, `1) x`, `1.2 x`, `1.2.3. x`: how deep it is numbered, and `x`.
fn numbered(line: &str) -> Option<(usize, &str)> {
    let (number, text) = line.split_once(' ')?;
    let marked = number.strip_suffix(['.', ')']);
    let parts: Vec<&str> = marked.unwrap_or(number).split('.').collect();
    let are_numbers = parts
        .iter()
        .all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    (are_numbers && (marked.is_some() || parts.len() > 1) && !text.trim().is_empty())
        .then(|| (parts.len(), text.trim()))
}

fn is_short(line: &str) -> bool {
    line.chars().nth(HEADING_CHARS).is_none() && line.split_whitespace().count() <= HEADING_WORDS
}

fn heading(level: u8, text: &str) -> String {
    format!("<h{level}>{}</h{level}>", escape(text))
}

fn list(lines: &[Line<'_>], tag: &str) -> (usize, Option<String>) {
    let items: Vec<&str> = lines
        .iter()
        .map_while(|line| match *line {
            Line::Bullet(text) if tag == "ul" => Some(text),
            Line::Numbered { depth: 1, text, .. } if tag == "ol" => Some(text),
            _ => None,
        })
        .collect();
    let written: Vec<String> = items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect();
    (items.len(), Some(format!("<{tag}>{}</{tag}>", written.concat())))
}

fn paragraph(lines: &[Line<'_>]) -> (usize, Option<String>) {
    let texts: Vec<&str> = lines
        .iter()
        .enumerate()
        .map_while(|(at, line)| match *line {
            Line::Short(text) | Line::Running(text) => Some(text),
            Line::Numbered { whole, .. } if at == 0 => Some(whole),
            _ => None,
        })
        .collect();
    let verse = texts.iter().all(|text| is_short(text));
    let written: Vec<String> = texts.iter().map(|text| escape(text)).collect();
    (texts.len(), Some(format!("<p>{}</p>", written.join(if verse { "<br>" } else { " " }))))
}

fn is_table_rule(line: &str) -> bool {
    line.contains('-')
        && line.contains('|')
        && line.chars().all(|character| matches!(character, '|' | '-' | ':' | ' '))
}

fn holds_pair(line: &str, mark: &str) -> bool {
    let Some((_, rest)) = line.split_once(mark) else {
        return false;
    };
    rest.split_once(mark).is_some_and(|(inside, _)| !inside.trim().is_empty())
}
