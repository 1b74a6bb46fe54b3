//! Reads the intent column of a file into a set of [`Intent`]s, and writes one back.
//! Knows the words, the one-letter forms and Semrush's numeric codes.

use super::number::is_null;
use crate::pipeline::Intent;

/// Every spelling seen in exports. Digits are the Semrush API's codes.
const WORDS: [(&str, Intent); 14] = [
    ("informational", Intent::Informational),
    ("navigational", Intent::Navigational),
    ("commercial", Intent::Commercial),
    ("transactional", Intent::Transactional),
    ("commercial investigation", Intent::Commercial),
    ("info", Intent::Informational),
    ("i", Intent::Informational),
    ("n", Intent::Navigational),
    ("c", Intent::Commercial),
    ("t", Intent::Transactional),
    ("0", Intent::Commercial),
    ("1", Intent::Informational),
    ("2", Intent::Navigational),
    ("3", Intent::Transactional),
];

/// Ahrefs puts these beside the intents; they say nothing about intent.
const IGNORED: [&str; 6] = ["branded", "non-branded", "nonbranded", "local", "non-local", "nonlocal"];

/// Why a cell with this fault was refused; fit for a rejection's reason.
pub(super) const UNKNOWN_INTENT: &str =
    "an intent is one or more of informational, navigational, commercial, transactional";

/// Why a true/false cell was refused.
pub(super) const NOT_A_FLAG: &str = "true or false is expected";

/// The set of intents a cell names, in the cell's order; `None` for an unknown word.
pub(super) fn intents(cell: &str) -> Option<Vec<Intent>> {
    let mut set = Vec::new();
    if is_null(cell) {
        return Some(set);
    }
    for word in cell.split([',', ';', '|', '/', '\n']) {
        let word = word.trim();
        if word.is_empty() || IGNORED.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            continue;
        }
        let (_, intent) = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word))?;
        add(&mut set, *intent);
    }
    Some(set)
}

/// Whether a true/false column says yes; `None` when it says something else.
pub(super) fn flag(cell: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
    if is(&["true", "yes", "1"]) {
        Some(true)
    } else if is_null(cell) || is(&["false", "no", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// Puts an intent at the end of a set that lacks it.
pub(super) fn add(set: &mut Vec<Intent>, intent: Intent) {
    if !set.contains(&intent) {
        set.push(intent);
    }
}

/// The word the own format writes for an intent.
pub(super) fn word(intent: Intent) -> &'static str {
    match intent {
        Intent::Informational => "informational",
        Intent::Navigational => "navigational",
        Intent::Commercial => "commercial",
        Intent::Transactional => "transactional",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_words_codes_and_letters_in_order() {
        use Intent::{Commercial, Informational, Navigational, Transactional};
        assert_eq!(intents("Informational, Commercial"), Some(vec![Informational, Commercial]));
        assert_eq!(intents("1,0"), Some(vec![Informational, Commercial]));
        assert_eq!(intents("3;2"), Some(vec![Transactional, Navigational]));
        assert_eq!(intents("C, I, C"), Some(vec![Commercial, Informational]));
        assert_eq!(intents("Informational,Non-branded,Non-local"), Some(vec![Informational]));
        for empty in ["", "-", "—", "N/A", "Branded,Local"] {
            assert_eq!(intents(empty), Some(vec![]), "{empty}");
        }
        assert_eq!(intents("curious"), None);
        assert_eq!(intents("4"), None);
    }

    #[test]
    fn reads_flags() {
        assert_eq!(flag("TRUE"), Some(true));
        assert_eq!(flag("false"), Some(false));
        assert_eq!(flag(""), Some(false));
        assert_eq!(flag("maybe"), None);
    }
}
