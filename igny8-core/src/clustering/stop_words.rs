//! Words that carry no topic of their own, for the languages whose corpora are
//! recognised: grammar, and words that only shape a question or a search.

/// The words of one language that carry no topic, in lower case.
#[derive(Debug)]
pub(super) struct StopWords {
    /// Articles, prepositions, conjunctions, "to be": say nothing about what is meant.
    pub(super) grammar: &'static [&'static str],
    /// Question words, auxiliaries, pronouns, negation, "best": say what a searcher
    /// wants to know, which matters in a sentence but is no topic.
    pub(super) framing: &'static [&'static str],
}

/// English.
pub(super) const ENGLISH: StopWords = StopWords {
    grammar: &[
        "a", "about", "after", "also", "am", "an", "and", "are", "as", "at", "be", "because", "been",
        "before", "being", "but", "by", "during", "else", "for", "from", "hello", "hi", "if", "in", "into",
        "is", "it", "its", "just", "of", "on", "or", "please", "since", "so", "than", "that", "the", "then",
        "there", "these", "this", "those", "to", "too", "until", "very", "was", "were", "while", "with",
    ],
    framing: &[
        "again", "all", "any", "best", "better", "can", "cannot", "could", "did", "didn", "do", "does",
        "doesn", "doing", "don", "down", "get", "getting", "go", "going", "good", "got", "had", "has",
        "have", "having", "he", "help", "her", "here", "his", "how", "i", "isn", "know", "like", "ll", "m",
        "may", "me", "might", "mine", "more", "most", "must", "my", "need", "no", "not", "off", "our", "out",
        "over", "re", "s", "shall", "she", "should", "some", "still", "t", "tell", "their", "them", "they",
        "top", "under", "up", "us", "ve", "want", "wasn", "we", "what", "when", "where", "which", "who",
        "whom", "whose", "why", "will", "without", "won", "would", "you", "your", "yours",
    ],
};

/// Spanish, with and without accents, as searchers type them.
pub(super) const SPANISH: StopWords = StopWords {
    grammar: &[
        "a", "al", "ante", "antes", "con", "contra", "de", "del", "desde", "durante", "e", "el", "en",
        "entre", "era", "es", "esa", "ese", "eso", "esta", "está", "estan", "están", "este", "esto", "fue",
        "hacia", "hasta", "la", "las", "lo", "los", "ni", "o", "para", "pero", "por", "se", "según", "ser",
        "si", "sobre", "son", "también", "u", "un", "una", "unas", "unos", "y", "ya",
    ],
    framing: &[
        "algo", "como", "cómo", "cual", "cuál", "cuales", "cuáles", "cuando", "cuándo", "cuanta", "cuánta",
        "cuanto", "cuánto", "cuantos", "cuántos", "donde", "dónde", "él", "ella", "ellos", "estoy", "ha",
        "hace", "hacer", "han", "hay", "he", "le", "les", "mas", "más", "me", "mejor", "mejores", "mi",
        "mis", "muy", "no", "nos", "porque", "porqué", "puede", "pueden", "puedo", "que", "qué", "quien",
        "quién", "sí", "sin", "su", "sus", "te", "tener", "tengo", "ti", "tiene", "tienen", "tu", "tus",
        "yo",
    ],
};

/// German.
pub(super) const GERMAN: StopWords = StopWords {
    grammar: &[
        "ab", "aber", "als", "also", "am", "an", "auch", "auf", "aus", "bei", "beim", "bin", "bis", "bist",
        "da", "damit", "das", "dass", "dem", "den", "denn", "der", "des", "die", "dies", "diese", "dieser",
        "dieses", "doch", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "es", "für", "im",
        "in", "ins", "ist", "ja", "mit", "nach", "noch", "nur", "ob", "oder", "seit", "sich", "sind", "so",
        "über", "um", "und", "unter", "vom", "von", "vor", "war", "werden", "wird", "wurde", "zu", "zum",
        "zur", "zwischen",
    ],
    framing: &[
        "beste", "besten", "bester", "bestes", "dein", "deine", "du", "er", "gegen", "gibt", "gut", "gute",
        "hab", "habe", "haben", "hat", "hatte", "ich", "ihr", "ihre", "kann", "kannst", "kein", "keine",
        "können", "man", "mein", "meine", "meinem", "meinen", "meiner", "mich", "mir", "muss", "nicht",
        "ohne", "sein", "seine", "sie", "soll", "uns", "unser", "wann", "warum", "was", "welche", "welcher",
        "welches", "wenn", "wer", "wie", "wieso", "wieviel", "will", "wir", "wo",
    ],
};

/// French. Elided forms are already split off by the tokeniser.
pub(super) const FRENCH: StopWords = StopWords {
    grammar: &[
        "a", "à", "au", "aux", "avec", "c", "ce", "ces", "cet", "cette", "d", "dans", "de", "des", "donc",
        "du", "en", "est", "et", "être", "il", "ils", "j", "l", "la", "le", "les", "leur", "leurs", "lui",
        "m", "mais", "n", "ou", "par", "pour", "qu", "s", "se", "si", "sont", "sous", "sur", "t", "un",
        "une", "vers", "y",
    ],
    framing: &[
        "ai",
        "avoir",
        "comment",
        "elle",
        "elles",
        "eu",
        "faire",
        "fait",
        "faut",
        "je",
        "ma",
        "me",
        "meilleur",
        "meilleure",
        "meilleures",
        "meilleurs",
        "mes",
        "moi",
        "mon",
        "ne",
        "nos",
        "notre",
        "nous",
        "on",
        "ont",
        "où",
        "pas",
        "peut",
        "plus",
        "pourquoi",
        "quand",
        "que",
        "quel",
        "quelle",
        "quelles",
        "quels",
        "qui",
        "quoi",
        "sa",
        "sans",
        "ses",
        "son",
        "ta",
        "te",
        "tes",
        "toi",
        "ton",
        "tu",
        "vos",
        "votre",
        "vous",
    ],
};
