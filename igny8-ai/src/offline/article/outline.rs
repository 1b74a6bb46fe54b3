//! What stands where in a draft: sections from the structure and the cluster's searches, questions, points, steps.

use super::super::chance::shuffled;
use super::super::expectation::Expectation;
use super::super::phrase::{content_words, likeness};
use super::prose::Prose;
use super::{Brief, banks, in_text, question, sentence_case};

/// Words a section has at the least, so that short articles have few sections.
const WORDS_A_SECTION: usize = 150;
const MOST_SECTIONS: usize = 24;
/// Words of an article for each question it answers at its end.
const WORDS_A_QUESTION: usize = 350;
const MOST_QUESTIONS: usize = 8;
/// Articles below this have no table and no list of points.
const WORDS_FOR_EXTRAS: usize = 700;
const TABLE_ROWS: (usize, usize) = (3, 6);
/// Words that everything but the sections takes, roughly, beside questions and extras.
const FRAME: usize = 170;
/// Searches whose words are this alike are one for a reader.
const NEAR: f64 = 0.66;
/// So are searches whose letters are this alike: spellings of each other.
const RESPELLED: f64 = 0.82;

/// Everything but the running text.
pub(super) struct Outline {
    pub(super) sections: Vec<Section>,
    pub(super) questions: Vec<Section>,
    /// Searches and what each asks for.
    pub(super) table: Vec<[String; 2]>,
    pub(super) checks: Vec<String>,
}

/// A heading and what the text below it is about.
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) about: About,
    /// Steps in order, where the section lists some.
    pub(super) steps: Vec<String>,
}

/// What a section is about.
pub(super) enum About {
    /// A search that is no question.
    Search(String),
    /// A search that asks.
    Question(String),
    /// A side of the subject.
    Aspect(String),
}

impl About {
    fn of_search(search: &str) -> Self {
        if question(search).is_some() {
            Self::Question(search.to_owned())
        } else {
            Self::Search(search.to_owned())
        }
    }
}

impl Section {
    fn of_search(search: &str) -> Self {
        let heading = question(search).unwrap_or_else(|| sentence_case(search));
        Self { heading, about: About::of_search(search), steps: vec![] }
    }

    fn of_line(line: &str, brief: &Brief) -> Self {
        let (heading, about) = line.split_once(" | ").unwrap_or((line, line));
        let heading = heading.trim_start_matches("* ").replace("{p}", &brief.primary_in_text());
        let steps = if about == "the steps themselves" { steps(brief) } else { vec![] };
        Self { heading, about: About::Aspect(about.to_owned()), steps }
    }
}

/// Whether two searches are one for a reader.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    content_words(one).is_empty() || likeness(one, other) >= NEAR || is_respelled(one, other)
}

/// Whether two searches differ in a few letters or spaces; a number is never a spelling of another.
fn is_respelled(one: &str, other: &str) -> bool {
    let letters =
        |search: &str| search.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let digits = |search: &str| search.chars().filter(char::is_ascii_digit).collect::<String>();
    digits(one) == digits(other)
        && strsim::normalized_levenshtein(&letters(one), &letters(other)) >= RESPELLED
}

impl Outline {
    pub(super) fn of(brief: &Brief) -> Self {
        let (asking, others): (Vec<&String>, Vec<&String>) =
            brief.searches.iter().partition(|search| question(search).is_some());
        let wanted_questions = (brief.words / WORDS_A_QUESTION).clamp(1, MOST_QUESTIONS);
        let questions = questions(brief, &asking, wanted_questions);
        let table = table(brief);
        let extras = if table.is_empty() { 0 } else { table.len() * 9 + 20 };
        let left = brief.words.saturating_sub(FRAME + extras + questions.len() * 45);
        let wanted = (left / WORDS_A_SECTION).clamp(2, MOST_SECTIONS);
        let unanswered = asking.into_iter().skip(wanted_questions);
        let sections = sections(brief, others.into_iter().chain(unanswered), wanted);
        let checks = banks::sentences("check");
        let most_checks = (brief.words / 300).clamp(2, 5);
        let order = shuffled(checks.len(), brief.seed() ^ 0xC4EC);
        let checks = order
            .into_iter()
            .take(most_checks)
            .filter_map(|at| checks.get(at).map(|line| (*line).to_owned()));
        Self { sections, questions, table, checks: checks.collect() }
    }

    /// What the page gives, in a few lines; nothing in short articles.
    pub(super) fn points(&self, brief: &Brief, prose: &mut Prose<'_>) -> Vec<String> {
        if brief.words < WORDS_FOR_EXTRAS {
            return vec![];
        }
        let of_searches = self.sections.iter().filter_map(|section| match &section.about {
            About::Search(search) => Some(sentence_case(search)),
            About::Question(_) | About::Aspect(_) => None,
        });
        let mut points: Vec<String> = Vec::new();
        for search in of_searches.take(2) {
            points.extend(prose.opening("point.search", &[("S", &search)]));
        }
        while points.len() < 4 {
            match prose.opening("point.plain", &[]) {
                Some(point) => points.push(point),
                None => break,
            }
        }
        points
    }
}

/// Required sections alone, where a strategy names some; else those of the structure, searches between them.
fn sections<'a>(brief: &Brief, searches: impl Iterator<Item = &'a String>, wanted: usize) -> Vec<Section> {
    let searches = searches.map(|search| Section::of_search(search));
    if !brief.sections.is_empty() {
        let required = brief.sections.iter().map(|heading| Section {
            heading: heading.clone(),
            about: About::Aspect(in_text(&heading.to_lowercase())),
            steps: vec![],
        });
        let room = wanted.saturating_sub(brief.sections.len());
        return required.chain(searches.take(room)).collect();
    }
    let lines = match banks::outline(&brief.structure) {
        [] => banks::outline("guide"),
        lines => lines,
    };
    let (first, later): (Vec<&str>, Vec<&str>) =
        lines.iter().copied().partition(|line| line.starts_with('*'));
    let more = banks::outline("more");
    let order = shuffled(more.len(), brief.seed());
    let more = order.into_iter().filter_map(|at| more.get(at).copied());
    let of_line = |line: &str| Section::of_line(line, brief);
    first
        .into_iter()
        .map(of_line)
        .chain(searches)
        .chain(later.into_iter().chain(more).map(of_line))
        .take(wanted)
        .collect()
}

/// The cluster's own questions, then questions made of its other searches.
fn questions(brief: &Brief, asking: &[&String], wanted: usize) -> Vec<Section> {
    let own = asking.iter().map(|search| Section::of_search(search));
    let mut others: Vec<String> = brief
        .searches
        .iter()
        .filter(|search| question(search).is_none())
        .map(|search| in_text(search))
        .collect();
    others.push(if question(&brief.primary).is_some() { "this".to_owned() } else { in_text(&brief.primary) });
    let patterns = banks::outline("faq.questions");
    let made = patterns.iter().zip(others.iter().cycle()).map(|(pattern, search)| {
        let heading = pattern.replace("{k}", search);
        Section { about: About::Question(heading.clone()), heading, steps: vec![] }
    });
    own.chain(made).take(wanted).collect()
}

fn table(brief: &Brief) -> Vec<[String; 2]> {
    let (least, most) = TABLE_ROWS;
    let searches = std::iter::once(&brief.primary).chain(&brief.searches);
    let rows: Vec<[String; 2]> = searches
        .take(most)
        .map(|search| [in_text(search), Expectation::of(search).answer().to_owned()])
        .collect();
    if brief.words < WORDS_FOR_EXTRAS || rows.len() < least { vec![] } else { rows }
}

fn steps(brief: &Brief) -> Vec<String> {
    let steps = banks::sentences("step");
    let wanted = (brief.words / 200).clamp(4, 8);
    // In the order of the file: the first steps come first.
    let mut chosen = shuffled(steps.len(), brief.seed() ^ 0x57E9);
    chosen.truncate(wanted);
    chosen.sort_unstable();
    chosen.into_iter().filter_map(|at| steps.get(at).map(|line| (*line).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn spellings_are_one_search_and_numbers_are_not() {
        assert!(is_near("peri menopausal", "perimenopause"));
        assert!(is_near("menopausal syptoms", "menopause symptoms"));
        assert!(is_near("symptoms of menopause", "menopause symptoms"));
        assert!(!is_near("menopause at 40", "menopause at 50"));
        assert!(!is_near("perimenopause", "menopause"));
        assert!(!is_near("green tea caffeine", "green tea benefits"));
    }
}
