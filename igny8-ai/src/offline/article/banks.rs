//! The texts that drafts are drawn from, read once from the files beside this one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static SENTENCES: LazyLock<Banks> = LazyLock::new(|| Banks::read(include_str!("sentences.txt")));
static OUTLINES: LazyLock<Banks> = LazyLock::new(|| Banks::read(include_str!("outlines.txt")));

/// Lines by the name in brackets above them.
struct Banks(BTreeMap<&'static str, Vec<&'static str>>);

impl Banks {
    fn read(text: &'static str) -> Self {
        let mut banks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut name = "";
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(begun) => name = begun,
                None => banks.entry(name).or_default().push(line),
            }
        }
        Self(banks)
    }

    fn get(&self, name: &str) -> &[&'static str] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The sentences of this bank; none when there is no such bank.
pub(super) fn sentences(bank: &str) -> &'static [&'static str] {
    SENTENCES.get(bank)
}

/// The lines of this outline; none when there is no such outline.
pub(super) fn outline(name: &str) -> &'static [&'static str] {
    OUTLINES.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_stands_in_a_bank_once_and_uses_known_places() {
        for banks in [&SENTENCES, &OUTLINES] {
            for (name, lines) in &banks.0 {
                assert!(!name.is_empty());
                for (at, line) in lines.iter().enumerate() {
                    assert!(!lines[..at].contains(line), "[{name}] repeats {line}");
                    let mut rest = *line;
                    while let Some((_, after)) = rest.split_once('{') {
                        let (place, after) = after.split_once('}').unwrap();
                        assert!(["p", "s", "S", "k", "a", "list"].contains(&place), "[{name}] {line}");
                        rest = after;
                    }
                }
            }
        }
    }
}
