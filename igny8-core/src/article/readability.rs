//! How easily a text reads: Flesch for English, sentence length elsewhere, paragraph length everywhere.
//! Thresholds are those of prose on the web; CJK counts characters, so its limits are longer.

use unicode_segmentation::UnicodeSegmentation;

use crate::article::language::TextLanguage;
use crate::article::words::{count, is_ideograph, words};

/// A Flesch reading ease from here on is easy enough.
const EASY: f64 = 50.0;
/// A Flesch reading ease from here down earns nothing.
const HARD: f64 = 10.0;
/// Words a sentence may have on average; characters in CJK.
const SENTENCE: (f64, f64) = (22.0, 55.0);
/// Words a paragraph may have; characters in CJK.
const PARAGRAPH: (u32, u32) = (150, 350);

/// What can be said about a text's sentences and paragraphs.
pub(super) struct Readability {
    /// Flesch reading ease, for English.
    pub(super) flesch: Option<f64>,
    /// Words a sentence on average, characters in CJK.
    pub(super) sentence_length: f64,
    /// Paragraphs longer than they should be.
    pub(super) long_paragraphs: usize,
    /// 0–1: how near the sentences are to easy.
    pub(super) sentence_ease: f64,
    /// 0–1: the share of paragraphs that are short enough.
    pub(super) paragraph_ease: f64,
    /// The longest paragraph that is short enough, in words or CJK characters.
    pub(super) paragraph_limit: u32,
}

impl Readability {
    /// None when there is no sentence to judge.
    pub(super) fn of(paragraphs: &[String], language: TextLanguage) -> Option<Self> {
        let all: Vec<&str> = paragraphs.iter().flat_map(|paragraph| words(paragraph)).collect();
        if all.is_empty() {
            return None;
        }
        let ideographs = all.iter().filter(|word| word.starts_with(is_ideograph)).count();
        let is_cjk = ideographs * 2 > all.len();
        let sentences = paragraphs
            .iter()
            .flat_map(|paragraph| paragraph.unicode_sentences())
            .filter(|sentence| count(sentence) > 0)
            .count();
        let sentence_length = ratio(all.len(), sentences);
        let flesch = (language == TextLanguage::English).then(|| {
            let syllables: usize = all.iter().map(|word| syllables(word)).sum();
            84.6_f64.mul_add(-ratio(syllables, all.len()), 1.015_f64.mul_add(-sentence_length, 206.835))
        });
        let (sentence_limit, paragraph_limit) =
            if is_cjk { (SENTENCE.1, PARAGRAPH.1) } else { (SENTENCE.0, PARAGRAPH.0) };
        let long_paragraphs =
            paragraphs.iter().filter(|paragraph| count(paragraph) > paragraph_limit).count();
        Some(Self {
            flesch,
            sentence_length,
            long_paragraphs,
            sentence_ease: flesch
                .map_or_else(|| sentence_limit / sentence_length, |ease| (ease - HARD) / (EASY - HARD))
                .clamp(0.0, 1.0),
            paragraph_ease: ratio(paragraphs.len() - long_paragraphs, paragraphs.len()),
            paragraph_limit,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "articles have fewer words than 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// English syllables by their vowel groups, silent endings left out.
fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let is_vowel = |character: char| matches!(character, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut groups = 0;
    let mut in_group = false;
    for character in word.chars() {
        if is_vowel(character) && !in_group {
            groups += 1;
        }
        in_group = is_vowel(character);
    }
    let silent_e = word.ends_with('e') && !word.ends_with("le");
    let silent_ending = ["ed", "es"].iter().any(|end| word.ends_with(end))
        && !["ted", "ded", "ses", "zes", "ces", "ges", "shes", "ches", "xes"]
            .iter()
            .any(|end| word.ends_with(end));
    if silent_e || silent_ending {
        groups -= usize::from(groups > 1);
    }
    groups.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_syllables() {
        for (word, expected) in [
            ("garden", 2),
            ("table", 2),
            ("make", 1),
            ("planted", 2),
            ("used", 1),
            ("watering", 3),
            ("the", 1),
            ("2024", 1),
            ("international", 5),
        ] {
            assert_eq!(syllables(word), expected, "{word}");
        }
    }

    #[test]
    fn tells_easy_from_hard() {
        let of = |text: &str| {
            Readability::of(&[text.to_owned()], TextLanguage::English)
                .map(|found| found.flesch.unwrap_or_default())
        };
        assert!(of("The cat sat on the mat. It was warm.").is_some_and(|ease| ease > 90.0));
        assert!(
            of("Institutional considerations necessitate comprehensive organisational responsibilities.")
                .is_some_and(|ease| ease < 0.0)
        );
        assert_eq!(of("…"), None);
    }
}
