//! What kind of answer a search expects, told by its words: a range, a reason, steps, a comparison.
//! It decides which advice a section carries and what the table says of a search.

use super::phrase::folded;

/// What kind of answer a search expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    Definition,
    Duration,
    Timing,
    Cause,
    YesNo,
    Steps,
    Price,
    Choice,
    Place,
    Person,
    Signs,
    Remedy,
    Comparison,
    Test,
    Examples,
    Overview,
}

/// Beginnings and words by which a search shows what it expects; the first line that fits decides.
const SHOWN_BY: [(Expectation, &[&str], &[&str]); 15] = [
    (
        Expectation::Comparison,
        &[],
        &["vs", "versus", "difference", "differences", "compared", "alternative", "alternatives"],
    ),
    (
        Expectation::Duration,
        &["how long", "how many years", "how many days", "how many months"],
        &["duration"],
    ),
    (
        Expectation::Price,
        &["how much"],
        &["price", "prices", "cost", "costs", "cheap", "pricing", "expensive", "buy", "deals"],
    ),
    (
        Expectation::Steps,
        &["how to", "how do", "how can", "how does one"],
        &["tutorial", "steps", "plan", "recipe", "routine"],
    ),
    (
        Expectation::Timing,
        &["when", "what age", "at what age", "how old", "how soon"],
        &["age", "stage", "stages", "timeline", "early", "late"],
    ),
    (
        Expectation::Cause,
        &["why", "what causes", "what makes", "what triggers"],
        &["cause", "causes", "reason", "reasons", "causing"],
    ),
    (
        Expectation::Definition,
        &["what is", "what are", "what does", "whats"],
        &["definition", "meaning", "define", "explained"],
    ),
    (
        Expectation::Place,
        &["where"],
        &[
            "near",
            "clinic",
            "doctor",
            "doctors",
            "specialist",
            "store",
            "shop",
            "service",
            "services",
            "hospital",
        ],
    ),
    (Expectation::Person, &["who", "whose"], &[]),
    (
        Expectation::Choice,
        &["which"],
        &["best", "top", "review", "reviews", "brands", "rated", "recommended"],
    ),
    (
        Expectation::Test,
        &[],
        &[
            "test",
            "tests",
            "testing",
            "kit",
            "calculator",
            "quiz",
            "checker",
            "app",
            "tool",
            "software",
            "template",
        ],
    ),
    (
        Expectation::YesNo,
        &["is", "are", "can", "could", "do", "does", "did", "should", "will", "would", "has", "have"],
        &[],
    ),
    (
        Expectation::Signs,
        &[],
        &["symptom", "symptoms", "sign", "signs", "effects", "feeling", "pain", "bleeding", "problems"],
    ),
    (
        Expectation::Remedy,
        &[],
        &[
            "treatment",
            "treatments",
            "remedy",
            "remedies",
            "relief",
            "supplement",
            "supplements",
            "medication",
            "therapy",
            "cure",
            "vitamins",
            "herbs",
            "help",
            "fix",
            "diet",
            "foods",
            "tips",
        ],
    ),
    (
        Expectation::Examples,
        &[],
        &["ideas", "examples", "list", "types", "kinds", "ways", "quotes", "pictures", "benefits"],
    ),
];

impl Expectation {
    /// What this search expects.
    pub(super) fn of(phrase: &str) -> Self {
        let phrase = folded(phrase);
        let words: Vec<&str> = phrase.split(' ').collect();
        let begins = |start: &&str| phrase == **start || phrase.starts_with(&format!("{start} "));
        SHOWN_BY
            .iter()
            .find(|(_, starts, shows)| {
                starts.iter().any(begins) || shows.iter().any(|show| words.contains(show))
            })
            .map_or(Self::Overview, |(expectation, _, _)| *expectation)
    }

    /// The bank of sentences that say how to meet it.
    pub(super) const fn bank(self) -> &'static str {
        match self {
            Self::Definition => "expect.definition",
            Self::Duration => "expect.duration",
            Self::Timing => "expect.timing",
            Self::Cause => "expect.cause",
            Self::YesNo => "expect.yes_no",
            Self::Steps => "expect.steps",
            Self::Price => "expect.price",
            Self::Choice => "expect.choice",
            Self::Place => "expect.place",
            Self::Person => "expect.person",
            Self::Signs => "expect.signs",
            Self::Remedy => "expect.remedy",
            Self::Comparison => "expect.comparison",
            Self::Test => "expect.test",
            Self::Examples => "expect.examples",
            Self::Overview => "expect.overview",
        }
    }

    /// The answer it wants, in a table's cell.
    pub(super) const fn answer(self) -> &'static str {
        match self {
            Self::Definition => "A definition in one sentence",
            Self::Duration => "A range, and what changes it",
            Self::Timing => "A usual time, and the exceptions",
            Self::Cause => "The main reason, then the rarer ones",
            Self::YesNo => "Yes, no, or the condition it depends on",
            Self::Steps => "Steps in order",
            Self::Price => "A price range with its date",
            Self::Choice => "Criteria first, then a short list",
            Self::Place => "Where to go, and what to ask there",
            Self::Person => "Who is meant, and who is not",
            Self::Signs => "A list, from common to rare",
            Self::Remedy => "Options, from simple to involved",
            Self::Comparison => "The differences, side by side",
            Self::Test => "What it measures, and how to read it",
            Self::Examples => "A few good examples, with reasons",
            Self::Overview => "An outline, then the details",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_show_what_is_expected() {
        for (phrase, expected) in [
            ("how long do hot flashes last", Expectation::Duration),
            ("what age does menopause start", Expectation::Timing),
            ("perimenopause vs menopause", Expectation::Comparison),
            ("best menopause supplements", Expectation::Choice),
            ("menopause supplements", Expectation::Remedy),
            ("what is perimenopause", Expectation::Definition),
            ("is bleeding after menopause always cancer", Expectation::YesNo),
            ("menopause specialist near me", Expectation::Place),
            ("menopause", Expectation::Overview),
        ] {
            assert_eq!(Expectation::of(phrase), expected, "{phrase}");
        }
    }
}
