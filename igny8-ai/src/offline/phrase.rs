//! What can be told of a search phrase by its words alone: whether it asks, and how it reads in a title or a sentence.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

/// How a search phrase is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A whole question: `how long do hot flashes last`.
    Question,
    /// The way to something: `how to stop hot flashes`.
    HowTo,
    /// Anything else.
    Topic,
}

const ASKING: [&str; 9] = ["how", "what", "when", "where", "which", "who", "whose", "whom", "why"];

/// Words that make a question of a phrase that begins with them or with an asking word.
const AUXILIARIES: [&str; 20] = [
    "am", "are", "can", "could", "did", "do", "does", "had", "has", "have", "is", "may", "might", "must",
    "shall", "should", "was", "were", "will", "would",
];

/// Verbs with which `what` asks about its own subject: `what causes hot flashes`.
const SUBJECT_VERBS: [&str; 14] = [
    "affects", "causes", "comes", "counts", "gets", "happens", "helps", "makes", "means", "prevents",
    "reduces", "starts", "stops", "triggers",
];

/// Words that stay small within a title.
const SMALL: [&str; 25] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "nor", "of", "off", "on", "or",
    "over", "per", "so", "the", "to", "via", "vs", "with", "without",
];

/// Abbreviations that are written in capitals although nobody types them so.
const CAPITALS: [&str; 28] = [
    "ai", "api", "cbd", "ceo", "crm", "diy", "dna", "eu", "faq", "fda", "hiv", "hpv", "hrt", "ivf", "led",
    "nhs", "pcos", "pdf", "pms", "roi", "seo", "ssri", "suv", "tv", "uk", "usa", "usb", "vpn",
];

/// The phrase without the punctuation and white space around and the white space folded within.
pub(super) fn clean(phrase: &str) -> String {
    let folded = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
    folded.trim_matches(|c: char| matches!(c, '?' | '!' | '.' | ',' | ';' | ':' | '"' | ' ')).to_owned()
}

/// How the phrase is put. English only; in other languages everything is a topic.
pub(super) fn form(phrase: &str) -> Form {
    let lower = phrase.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let [first, second, rest @ ..] = words.as_slice() else { return Form::Topic };
    // Exam questions and fill-in lines are searched for a lot, and nobody can answer them without their choices.
    if lower.contains("of the following") || lower.contains("__") {
        return Form::Topic;
    }
    if *first == "how" && *second == "to" {
        return if rest.is_empty() { Form::Topic } else { Form::HowTo };
    }
    let is_auxiliary = |word: &&str| AUXILIARIES.contains(word);
    if is_auxiliary(first) {
        // `may 2024 calendar` is no question.
        return if rest.is_empty() || *first == "may" { Form::Topic } else { Form::Question };
    }
    if !ASKING.contains(first) {
        return Form::Topic;
    }
    let auxiliary = words.iter().skip(1).take(5).position(is_auxiliary);
    let asks = match auxiliary {
        // Something must follow: `what age is` breaks off.
        Some(at) => at + 2 < words.len(),
        None => matches!(*first, "what" | "who") && SUBJECT_VERBS.contains(second) && !rest.is_empty(),
    };
    if asks { Form::Question } else { Form::Topic }
}

/// The phrase as a question with its mark, if it is one: `how to stop x` becomes `How do you stop x?`.
pub(super) fn question(phrase: &str) -> Option<String> {
    let phrase = clean(phrase);
    match form(&phrase) {
        Form::Question => Some(format!("{}?", sentence_case(&phrase))),
        Form::HowTo => {
            let goal: Vec<&str> = phrase.split_whitespace().skip(2).collect();
            Some(format!(
                "How do you {}?",
                goal.iter().map(|word| proper(word)).collect::<Vec<_>>().join(" ")
            ))
        }
        Form::Topic => None,
    }
}

/// The phrase with its first letter capital, as a heading or the start of a sentence.
pub(super) fn sentence_case(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(proper).collect();
    capitalised(&words.join(" "))
}

/// The phrase as a title: capitals on all but the small words.
pub(super) fn title_case(phrase: &str) -> String {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let last = words.len().saturating_sub(1);
    words
        .iter()
        .enumerate()
        .map(|(at, word)| {
            let proper = proper(word);
            let small = SMALL.contains(&word.to_lowercase().as_str());
            if small && at != 0 && at != last { proper.to_lowercase() } else { capitalised(&proper) }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn proper(word: &str) -> String {
    let lower = word.to_lowercase();
    if CAPITALS.contains(&lower.as_str()) || lower == "i" { word.to_uppercase() } else { word.to_owned() }
}

/// The text with its first letter capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Words as the core counts them: Unicode words, one for each ideograph.
pub(super) fn count_words(text: &str) -> usize {
    text.unicode_words().count()
}

/// The text in lower case as words with single spaces, for telling whether one stands in another.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase().unicode_words().collect::<Vec<_>>().join(" ")
}

/// The words of a phrase that carry its meaning, in lower case.
pub(super) fn content_words(phrase: &str) -> BTreeSet<String> {
    folded(phrase)
        .split(' ')
        .filter(|word| !word.is_empty() && !SMALL.contains(word))
        .map(str::to_owned)
        .collect()
}

/// 0 to 1: the meaning words two phrases share, of all they have.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (content_words(one), content_words(other));
    let shared = one.intersection(&other).count();
    let all = one.len() + other.len() - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}

/// The phrase within a sentence: as typed, with the capitals that belong to abbreviations.
pub(super) fn in_text(phrase: &str) -> String {
    clean(phrase).split_whitespace().map(proper).collect::<Vec<_>>().join(" ")
}

/// How often the words of the phrase stand in the text, in a row.
pub(super) fn occurrences(text: &str, phrase: &str) -> usize {
    let text = format!(" {} ", folded(text)).replace(' ', "  ");
    let phrase = folded(phrase);
    if phrase.is_empty() { 0 } else { text.matches(&format!(" {} ", phrase.replace(' ', "  "))).count() }
}

/// At most `most` characters, ending at a word, without a dangling small word or mark.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        length += word.chars().count() + usize::from(!kept.is_empty());
        if length > most {
            break;
        }
        kept.push(word);
    }
    if kept.is_empty() {
        return text.chars().take(most).collect();
    }
    while kept.len() > 1 && kept.last().is_some_and(|word| SMALL.contains(&word.to_lowercase().as_str())) {
        kept.pop();
    }
    kept.join(" ").trim_end_matches([',', ';', ':', '-', '–']).to_owned()
}

/// A list in words: `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The phrase in quotation marks, as something typed into a search box.
pub(super) fn quoted(phrase: &str) -> String {
    format!("“{phrase}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_from_topics() {
        for phrase in [
            "what age does menopause start",
            "how long do hot flashes last",
            "is it menopause",
            "what causes hot flashes",
            "why are my feet hot at night",
            "how many years do menopause symptoms last",
        ] {
            assert_eq!(form(phrase), Form::Question, "{phrase}");
        }
        for phrase in [
            "menopause",
            "when menopause starts",
            "how long hot flashes",
            "what age is",
            "which of the following is incorrect about estrogen",
            "may 2024 calendar",
            "how to",
            "will smith",
        ] {
            assert_eq!(form(phrase), Form::Topic, "{phrase}");
        }
        assert_eq!(question("how to stop  hot flashes ?").as_deref(), Some("How do you stop hot flashes?"));
        assert_eq!(question("can i take hrt").as_deref(), Some("Can I take HRT?"));
        assert_eq!(question("hot flashes"), None);
    }

    #[test]
    fn titles_and_limits() {
        assert_eq!(title_case("hrt for women over 50"), "HRT for Women over 50");
        assert_eq!(title_case("what is the change of life about"), "What Is the Change of Life About");
        assert_eq!(shortened("one two three and four", 17), "one two three");
        assert_eq!(shortened(&"x".repeat(80), 60).len(), 60);
        assert_eq!(occurrences("Hot flashes, hot flashes; shot flashes.", "hot flashes"), 2);
        assert_eq!(occurrences("menopause menopause", "menopause"), 2);
    }
}
