//! What a keyword's text may be, and when two texts are the same keyword.
//! Used by the importer and by whatever else creates keywords.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The most characters (Unicode scalar values, after normalisation) a keyword may have.
pub const KEYWORD_CHARACTERS: usize = 255;

/// Why a text is no keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeywordFault {
    /// Nothing is left after trimming.
    #[error("the keyword is empty")]
    Empty,
    /// More than [`KEYWORD_CHARACTERS`] characters.
    #[error("the keyword has {characters} characters; at most {KEYWORD_CHARACTERS} are allowed")]
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// A control character that is not white space, such as NUL: no database or page can show it.
    #[error("the keyword holds the control character U+{code:04X}")]
    ControlCharacter {
        /// Its code point.
        code: u32,
    },
}

/// The keyword as it is shown, and the key that is unique within a sector.
///
/// The first is NFC, trimmed, with every run of white space (no-break and other Unicode spaces
/// included) folded to one space. The second is that in lower case, NFC again. Both are fixed
/// points: normalising either once more changes nothing. The key of some scripts is longer than
/// the keyword (`İ` becomes two characters), at most three times.
///
/// # Errors
/// [`KeywordFault`] when the text is empty, longer than 255 characters or holds control characters.
pub fn normalize_keyword(text: &str) -> Result<(String, String), KeywordFault> {
    let keyword = if text.is_ascii() { fold_ascii(text)? } else { fold_unicode(text)? };
    let key = key_of(&keyword);
    Ok((keyword, key))
}

fn fold_ascii(text: &str) -> Result<String, KeywordFault> {
    let mut keyword = String::with_capacity(text.len());
    let mut gap = false;
    for byte in text.bytes() {
        if is_ascii_space(byte) {
            gap = !keyword.is_empty();
        } else if byte.is_ascii_control() {
            return Err(KeywordFault::ControlCharacter { code: u32::from(byte) });
        } else {
            if gap {
                keyword.push(' ');
                gap = false;
            }
            keyword.push(char::from(byte));
        }
    }
    within_bounds(keyword.len())?;
    Ok(keyword)
}

/// [`char::is_whitespace`] for ASCII, which unlike `u8::is_ascii_whitespace` knows the vertical tab.
fn is_ascii_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

fn fold_unicode(text: &str) -> Result<String, KeywordFault> {
    let composed: Cow<'_, str> = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    };
    let mut keyword = String::with_capacity(composed.len());
    let mut characters = 0;
    for word in composed.split_whitespace() {
        if characters > 0 {
            keyword.push(' ');
            characters += 1;
        }
        for character in word.chars() {
            if character.is_control() {
                return Err(KeywordFault::ControlCharacter { code: u32::from(character) });
            }
            keyword.push(character);
            characters += 1;
        }
    }
    within_bounds(characters)?;
    Ok(keyword)
}

fn within_bounds(characters: usize) -> Result<(), KeywordFault> {
    match characters {
        0 => Err(KeywordFault::Empty),
        1..=KEYWORD_CHARACTERS => Ok(()),
        _ => Err(KeywordFault::TooLong { characters }),
    }
}

fn key_of(keyword: &str) -> String {
    if keyword.is_ascii() {
        return keyword.to_ascii_lowercase();
    }
    // Lower case can leave NFC (a capital may have no composed small form in its place).
    keyword.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> (String, String) {
        normalize_keyword(text).expect(text)
    }

    #[test]
    fn folds_space_case_and_unicode_form() {
        assert_eq!(normal("  Hot \t\u{b} Flashes\r\n"), ("Hot Flashes".into(), "hot flashes".into()));
        assert_eq!(normal("caf\u{e9}\u{a0}\u{2009}bar").0, "café bar");
        assert_eq!(normal("CAFE\u{301}").1, normal("café").1);
        assert_eq!(normal("更年期　症状").0, "更年期 症状");
    }

    #[test]
    fn refuses_what_is_no_keyword() {
        assert_eq!(normalize_keyword(" \u{a0} "), Err(KeywordFault::Empty));
        assert_eq!(normalize_keyword("a\0b"), Err(KeywordFault::ControlCharacter { code: 0 }));
        assert_eq!(normalize_keyword("é\u{1}"), Err(KeywordFault::ControlCharacter { code: 1 }));
        assert!(normalize_keyword(&"é".repeat(255)).is_ok());
        assert_eq!(normalize_keyword(&"é".repeat(256)), Err(KeywordFault::TooLong { characters: 256 }));
        assert!(normalize_keyword(&"a".repeat(256)).is_err());
    }

    proptest! {
        #[test]
        fn is_a_fixed_point(text in "\\PC{0,40}|[a-zA-Z \\t\u{300}-\u{310}\u{a0}İẞΣ]{0,20}") {
            if let Ok((keyword, key)) = normalize_keyword(&text) {
                prop_assert_eq!(normalize_keyword(&keyword), Ok((keyword, key.clone())));
                if let Ok((again, key_again)) = normalize_keyword(&key) {
                    prop_assert_eq!(&again, &key);
                    prop_assert_eq!(&key_again, &key);
                }
            }
        }
    }
}
