//! How text is written so that Markdown reads it back as the same text.
//! Characters are escaped only where they would mean something.

/// Keeps the white space of `text` outside of what replaces the rest.
pub(super) fn around(text: &str, written: &str) -> String {
    let before = if text.starts_with(char::is_whitespace) { " " } else { "" };
    let after = if text.ends_with(char::is_whitespace) { " " } else { "" };
    format!("{before}{written}{after}")
}

/// A code span that no backtick inside ends early.
pub(super) fn code(text: &str) -> String {
    let inside = text.trim();
    if inside.is_empty() {
        return text.to_owned();
    }
    let fence = "`".repeat(longest_run(inside) + 1);
    let space = if inside.starts_with('`') || inside.ends_with('`') { " " } else { "" };
    around(text, &format!("{fence}{space}{inside}{space}{fence}"))
}

/// The length of the longest run of backticks.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// Each line behind its prefix, as quotes and items want it.
pub(super) fn prefixed(text: &str, first: &str, others: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(at, line)| format!("{}{line}", if at == 0 { first } else { others }).trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// A link's address where spaces and brackets cannot end it early.
pub(super) fn address(url: &str) -> String {
    let mut written = String::with_capacity(url.len());
    for character in url.trim().chars() {
        match character {
            ' ' => written.push_str("%20"),
            '(' => written.push_str("%28"),
            ')' => written.push_str("%29"),
            '<' => written.push_str("%3C"),
            '>' => written.push_str("%3E"),
            '\\' => written.push_str("%5C"),
            '&' => written.push_str("&amp;"),
            _ if character.is_whitespace() || character.is_control() => {}
            _ => written.push(character),
        }
    }
    written
}

/// Appends text with everything escaped that could be markup within a line.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(character);
            }
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\u{85}' => out.push(' '),
            _ => out.push(character),
        }
    }
}

/// What would start a heading, quote, list, rule or table at the beginning of a line does not.
pub(super) fn escaped_start(line: &str) -> String {
    if line.starts_with(['#', '>', '+', '-', '=', '|', ':']) {
        return format!("\\{line}");
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
        _ => line.to_owned(),
    }
}
