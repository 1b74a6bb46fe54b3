//! Guesses the language of a text from its commonest words.
//! Only as exactly as word stems and reading formulas need it.

use rust_stemmers::Algorithm;

/// Words that must be common ones before a guess counts, in percent.
const LEAST_SHARE: usize = 12;

/// The languages told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextLanguage {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Russian,
    Other,
}

/// Common words without diacritics, as they are after folding.
const COMMON: [(TextLanguage, &[&str]); 8] = [
    (
        TextLanguage::English,
        &[
            "the", "and", "of", "to", "a", "an", "in", "is", "it", "for", "that", "with", "on", "you",
            "your", "are", "be", "or", "as", "this", "from", "by", "how", "what", "at", "can", "do", "does",
            "which", "when", "have", "not", "but", "they", "will", "has", "if", "we", "its", "vs", "into",
            "than", "more",
        ],
    ),
    (
        TextLanguage::German,
        &[
            "der", "die", "das", "und", "ist", "in", "den", "von", "zu", "mit", "fur", "auf", "ein", "eine",
            "nicht", "sich", "im", "dem", "des", "auch", "wie", "sie", "es", "oder", "einen", "einer", "bei",
            "aus", "werden", "sind", "als", "man",
        ],
    ),
    (
        TextLanguage::French,
        &[
            "le", "la", "les", "de", "des", "et", "un", "une", "du", "est", "pour", "que", "dans", "en",
            "au", "aux", "qui", "par", "sur", "avec", "ce", "ne", "pas", "vous", "votre", "il", "sont", "ou",
            "plus", "comment",
        ],
    ),
    (
        TextLanguage::Spanish,
        &[
            "el", "la", "los", "las", "de", "del", "y", "en", "un", "una", "que", "es", "para", "por", "con",
            "se", "su", "al", "lo", "como", "no", "sus", "son", "mas", "o", "tu",
        ],
    ),
    (
        TextLanguage::Italian,
        &[
            "il", "lo", "la", "i", "gli", "le", "di", "del", "della", "e", "che", "un", "una", "per", "con",
            "in", "non", "si", "da", "dei", "al", "alla", "sono", "come", "piu", "nel", "o", "delle",
        ],
    ),
    (
        TextLanguage::Portuguese,
        &[
            "o", "a", "os", "as", "de", "do", "da", "dos", "das", "e", "um", "uma", "que", "em", "para",
            "com", "nao", "no", "na", "por", "se", "mais", "como", "ao", "seu", "sua", "ou", "voce",
        ],
    ),
    (
        TextLanguage::Dutch,
        &[
            "de", "het", "een", "en", "van", "in", "is", "dat", "op", "te", "voor", "met", "niet", "zijn",
            "je", "aan", "er", "om", "ook", "als", "bij", "of", "naar", "maar", "die", "kan", "wordt", "uit",
        ],
    ),
    (
        TextLanguage::Russian,
        &[
            "и", "в", "не", "на", "что", "с", "по", "как", "это", "для", "к", "из", "от", "а", "у", "о",
            "за", "или", "они", "его", "при", "так", "то", "вы",
        ],
    ),
];

impl TextLanguage {
    /// The language with the largest share of common words among folded words.
    pub(super) fn guess(words: &[String]) -> Self {
        let (language, found) = COMMON
            .iter()
            .map(|(language, common)| {
                (*language, words.iter().filter(|word| common.contains(&word.as_str())).count())
            })
            .fold((Self::Other, 0), |best, next| if next.1 > best.1 { next } else { best });
        if found * 100 >= words.len() * LEAST_SHARE { language } else { Self::Other }
    }

    /// Whether a folded word carries grammar rather than meaning in this language.
    pub(super) fn is_common(self, word: &str) -> bool {
        COMMON.iter().any(|(language, common)| *language == self && common.contains(&word))
    }

    /// English rules also take the plural off an unknown language's Latin words, and leave other scripts alone.
    pub(super) const fn stemming(self) -> Algorithm {
        match self {
            Self::English | Self::Other => Algorithm::English,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
            Self::Italian => Algorithm::Italian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Dutch => Algorithm::Dutch,
            Self::Russian => Algorithm::Russian,
        }
    }
}
