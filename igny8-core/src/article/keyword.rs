//! Finds keywords in text whatever their case, diacritics, number or word order.
//! Words are compared by the stem of their folded form; both sides go through the same steps.

use rust_stemmers::Stemmer;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::article::language::TextLanguage;
use crate::article::words::{is_ideograph, words};

/// Other words that may stand between the words of one occurrence.
const GAP: usize = 2;

/// Reads text and keywords of one article in its language.
pub(super) struct KeywordMatcher {
    pub(super) language: TextLanguage,
    stemmer: Stemmer,
}

/// A keyword ready to be looked for.
pub(super) struct Keyword {
    stems: Vec<String>,
    /// Ideographs are looked for in their order, words in any.
    ordered: bool,
}

impl KeywordMatcher {
    /// A matcher for the language `text` seems to be written in.
    pub(super) fn for_text(text: &str) -> Self {
        let folded: Vec<String> = words(text).into_iter().map(folded).collect();
        let language = TextLanguage::guess(&folded);
        Self { language, stemmer: Stemmer::create(language.stemming()) }
    }

    /// The stems of a text's words, in order.
    pub(super) fn stems(&self, text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| self.stemmer.stem(&folded(word)).into_owned()).collect()
    }

    /// None when the keyword has no word in it. Words such as `for` do not have to be found, unless there are no others.
    pub(super) fn keyword(&self, text: &str) -> Option<Keyword> {
        let ordered = text.chars().any(is_ideograph);
        let mut stems: Vec<String> = Vec::new();
        let all = self.stems(text);
        let telling =
            words(text).into_iter().zip(&all).filter(|(word, _)| !self.language.is_common(&folded(word)));
        for (_, stem) in telling {
            if ordered || !stems.contains(stem) {
                stems.push(stem.clone());
            }
        }
        let stems = if stems.is_empty() { all } else { stems };
        (!stems.is_empty()).then_some(Keyword { stems, ordered })
    }
}

impl Keyword {
    /// Whether a text holds all of it; in any order where order carries no meaning.
    pub(super) fn is_in(&self, text: &[String]) -> bool {
        if self.ordered {
            text.windows(self.stems.len()).any(|window| window == self.stems)
        } else {
            self.stems.iter().all(|stem| text.contains(stem))
        }
    }

    /// How often it occurs with its words close together, each word of the text counted once.
    pub(super) fn occurrences(&self, text: &[String]) -> usize {
        let reach =
            if self.ordered || self.stems.len() == 1 { self.stems.len() } else { self.stems.len() + GAP };
        let mut found = 0;
        let mut at = 0;
        while at < text.len() {
            let window = &text[at..text.len().min(at + reach)];
            match self.stems.contains(&text[at]).then(|| self.span(window)).flatten() {
                Some(length) => {
                    found += 1;
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// The number of words that have to be found.
    pub(super) const fn length(&self) -> usize {
        self.stems.len()
    }

    /// How many words of the window, from its start, the whole keyword takes.
    fn span(&self, window: &[String]) -> Option<usize> {
        if self.ordered {
            return (window == self.stems).then_some(self.stems.len());
        }
        let last = self
            .stems
            .iter()
            .map(|stem| window.iter().position(|word| word == stem))
            .collect::<Option<Vec<_>>>()?;
        last.into_iter().max().map(|at| at + 1)
    }
}

/// Lower case, straight apostrophes, and no diacritics on Latin and Greek letters (elsewhere they tell words apart).
pub(super) fn folded(word: &str) -> String {
    let mut base = '\0';
    word.nfkd()
        .filter(|character| {
            if is_combining_mark(*character) {
                return base >= '\u{400}';
            }
            base = *character;
            true
        })
        .nfc()
        .flat_map(char::to_lowercase)
        .fold(String::with_capacity(word.len()), |mut folded, character| {
            match character {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'ø' => folded.push('o'),
                'ł' => folded.push('l'),
                'ς' => folded.push('σ'),
                '’' | 'ʼ' => folded.push('\''),
                '\u{307}' => {} // what lowering a dotted capital I leaves behind
                _ => folded.push(character),
            }
            folded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrences(text: &str, keyword: &str) -> usize {
        let matcher = KeywordMatcher::for_text(text);
        matcher.keyword(keyword).map_or(0, |keyword| keyword.occurrences(&matcher.stems(text)))
    }

    #[test]
    fn tolerates_case_diacritics_number_and_order() {
        for (text, keyword, expected) in [
            ("The best raised garden beds of the year", "raised garden bed", 1),
            ("Beds that are raised: a garden", "raised garden beds", 0),
            ("Beds, raised in the garden", "raised garden beds", 1),
            ("Crème brûlée is easy to make", "creme brulee", 1),
            ("Creme Brulee is easy to make", "CRÈME BRÛLÉE", 1),
            ("The soil for your tomatoes, and a tomato soil", "best soil for tomatoes", 0),
            ("the best soil for the tomato", "best soil for tomatoes", 1),
            ("The gardener’s tools and the gardeners' tools", "gardener tool", 2),
            ("soil, soil and soil", "soil", 3),
            ("Die Häuser und das Haus sind auf der Straße", "Strasse", 1),
            ("学习机器学习的人", "机器学习", 1),
            ("学习机器", "机器学习", 0),
            ("anything", "", 0),
            ("anything", "?!", 0),
            ("to be or not to be", "to be", 2),
        ] {
            assert_eq!(occurrences(text, keyword), expected, "{keyword} in {text}");
        }
    }

    #[test]
    fn tells_languages_apart() {
        for (text, expected) in [
            ("How to choose the right soil for your tomatoes", TextLanguage::English),
            ("Wie man die richtige Erde für Tomaten findet und mischt", TextLanguage::German),
            ("Comment choisir la terre pour les tomates dans un potager", TextLanguage::French),
            ("Как выбрать землю для томатов и перцев", TextLanguage::Russian),
            ("机器学习", TextLanguage::Other),
            ("", TextLanguage::Other),
        ] {
            assert_eq!(KeywordMatcher::for_text(text).language, expected, "{text}");
        }
    }
}
