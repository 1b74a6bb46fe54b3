//! Guesses the language a keyword list is written in, from its function words,
//! and reduces words of that language to stems.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::stop_words::{self, StopWords};

/// Longest word that is stemmed, in characters; longer ones are codes or junk.
const MAX_STEMMED: usize = 40;

/// What a word contributes to a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Names what the keyword is about.
    Topic,
    /// Says what is asked about it: "how", "can", "my", "not".
    Framing,
    /// Holds the sentence together: "the", "of", "is".
    Grammar,
}

/// The language of a corpus, as far as stop words and stems need to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// English, also assumed of everything unknown.
    English,
    /// Spanish.
    Spanish,
    /// German.
    German,
    /// French.
    French,
}

impl Language {
    /// All of them; of equally likely ones the first is guessed.
    const ALL: [Self; 4] = [Self::English, Self::Spanish, Self::German, Self::French];

    /// The language whose function words and letters are commonest, given each
    /// distinct word with the number of texts it is in. English when nothing speaks for another.
    pub(super) fn guess<'a>(words: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let mut votes = [0_u64; Self::ALL.len()];
        for (word, texts) in words {
            for (language, vote) in Self::ALL.iter().zip(&mut votes) {
                if language.role(word) != Role::Topic {
                    *vote += 2 * u64::from(texts);
                } else if word.contains(language.own_letters()) {
                    *vote += u64::from(texts);
                }
            }
        }
        let mut best = (Self::English, votes[0]);
        for (language, vote) in Self::ALL.into_iter().zip(votes) {
            if vote > best.1 {
                best = (language, vote);
            }
        }
        best.0
    }

    /// What `word` (lower case) contributes in this language.
    pub(super) fn role(self, word: &str) -> Role {
        let StopWords { grammar, framing } = match self {
            Self::English => stop_words::ENGLISH,
            Self::Spanish => stop_words::SPANISH,
            Self::German => stop_words::GERMAN,
            Self::French => stop_words::FRENCH,
        };
        if grammar.contains(&word) {
            Role::Grammar
        } else if framing.contains(&word) {
            Role::Framing
        } else {
            Role::Topic
        }
    }

    /// Letters that few other languages use.
    const fn own_letters(self) -> &'static [char] {
        match self {
            Self::English => &[],
            Self::Spanish => &['ñ', 'í', 'ó', 'ú', 'á'],
            Self::German => &['ß', 'ä', 'ö', 'ü'],
            Self::French => &['è', 'ê', 'ç', 'à', 'œ', 'â', 'î', 'û'],
        }
    }

    /// The rules that reduce its words to stems.
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::English => Algorithm::English,
            Self::Spanish => Algorithm::Spanish,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
        }
    }
}

/// Reduces words to stems without accents, since searchers type both forms.
pub(super) struct Stems {
    /// Rules of the corpus's language.
    latin: Stemmer,
    /// Russian rules.
    cyrillic: Stemmer,
    /// Arabic rules.
    arabic: Stemmer,
}

impl Stems {
    /// Stems for a corpus in `language`; words in Cyrillic and Arabic script follow
    /// Russian and Arabic rules whatever the rest is written in.
    pub(super) fn of(language: Language) -> Self {
        Self {
            latin: Stemmer::create(language.algorithm()),
            cyrillic: Stemmer::create(Algorithm::Russian),
            arabic: Stemmer::create(Algorithm::Arabic),
        }
    }

    /// The stem of `word` (lower case); words with digits and symbols stay whole.
    pub(super) fn stem(&self, word: &str) -> String {
        let long = word.chars().nth(MAX_STEMMED).is_some();
        if long || !word.chars().all(char::is_alphabetic) {
            return word.to_owned();
        }
        match word.chars().next().map_or(0, u32::from) {
            0x0061..=0x024f => self.latin.stem(word).nfd().filter(|c| !is_combining_mark(*c)).collect(),
            0x0400..=0x04ff => self.cyrillic.stem(word).into_owned(),
            0x0600..=0x06ff => self.arabic.stem(word).into_owned(),
            _ => word.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(text: &str) -> Language {
        Language::guess(text.split(' ').map(|word| (word, 1)))
    }

    #[test]
    fn languages_are_told_by_function_words_and_letters() {
        assert_eq!(guess("how to get the best card"), Language::English);
        assert_eq!(guess("cómo aliviar los síntomas de la menopausia"), Language::Spanish);
        assert_eq!(guess("hausmittel gegen hitzewallungen in den wechseljahren"), Language::German);
        assert_eq!(guess("comment choisir une assurance pour les chiens"), Language::French);
        assert_eq!(guess("更年 年期"), Language::English);
    }

    #[test]
    fn stems_fold_plurals_and_accents() {
        let spanish = Stems::of(Language::Spanish);
        assert_eq!(spanish.stem("síntomas"), spanish.stem("sintoma"));
        let german = Stems::of(Language::German);
        assert_eq!(german.stem("äpfel"), german.stem("apfel"));
        assert_eq!(Stems::of(Language::English).stem("flashes"), "flash");
    }
}
