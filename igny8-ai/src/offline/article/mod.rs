//! The offline article: an outlined draft in English, made of the cluster's own searches and of sentences that say what
//! belongs where. It states no fact about its subject, since nobody here knows one, and says so at its end.

mod banks;
mod outline;
mod page;
mod prose;

use serde::{Deserialize, Serialize};

use super::chance::stable_hash;
use super::phrase::{
    clean, count_words, in_text, listed, occurrences, question, quoted, sentence_case, shortened,
};
use outline::{Outline, Section};
use page::Page;
use prose::Prose;

const META_TITLE: usize = 60;
const META_DESCRIPTION: (usize, usize) = (120, 160);
/// Secondary keywords an article names.
const MOST_SECONDARY: usize = 8;
const WARM_TONES: [&str; 3] = ["friendly", "conversational", "playful"];

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    task: Task,
    keywords: Vec<String>,
    cluster: Option<Cluster>,
    author: Option<Author>,
    language: String,
    sections: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Task {
    title: String,
    content_structure: String,
    word_count: usize,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    keywords: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Author {
    tone: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    title: String,
    html: String,
    meta_title: String,
    meta_description: String,
    primary_keyword: String,
    secondary_keywords: Vec<String>,
}

/// What an article is about, and how it is put.
struct Brief {
    title: String,
    /// The keyword as it stands in the data.
    primary: String,
    /// The other searches of the task and its cluster, those of the task first, without near repeats.
    searches: Vec<String>,
    structure: String,
    sections: Vec<String>,
    words: usize,
    is_warm: bool,
    /// The language that was asked for, where it is not English.
    foreign: Option<String>,
}

/// The draft of a task's article: within 5 % of the words asked for from 300 on, and no sentence twice.
pub(super) fn draft(request: &Request) -> Answer {
    let brief = Brief::of(request);
    let outline = Outline::of(&brief);
    let mut prose = Prose::new(&brief);
    let opening = opening(&brief, &outline, &mut prose);
    let ending = ending(&brief, &outline, &mut prose);
    let mut middle = Page::default();
    let spoken_for = opening.words() + ending.words();
    for (at, section) in outline.sections.iter().enumerate() {
        let left = brief.words.saturating_sub(spoken_for + middle.words());
        write_section(&mut middle, section, left / (outline.sections.len() - at), &mut prose);
    }
    let html = format!("{}{}{}", opening.into_html(), middle.into_html(), ending.into_html());
    let secondary_keywords = brief
        .searches
        .iter()
        .filter(|search| occurrences(&html, search) > 0)
        .take(MOST_SECONDARY)
        .cloned()
        .collect();
    Answer {
        meta_title: shortened(&brief.title, META_TITLE),
        meta_description: meta_description(&brief),
        title: brief.title,
        html,
        primary_keyword: brief.primary,
        secondary_keywords,
    }
}

impl Brief {
    fn of(request: &Request) -> Self {
        let primary =
            request.keywords.first().map_or_else(|| clean(&request.task.title), |first| clean(first));
        let of_cluster = request.cluster.iter().flat_map(|cluster| &cluster.keywords);
        let mut searches: Vec<String> = Vec::new();
        for search in request.keywords.iter().skip(1).chain(of_cluster).map(|search| clean(search)) {
            let is_new =
                std::iter::once(&primary).chain(&searches).all(|other| !outline::is_near(&search, other));
            if is_new && !search.is_empty() {
                searches.push(search);
            }
        }
        let language = request.language.trim();
        Self {
            title: request.task.title.trim().to_owned(),
            searches,
            structure: request.task.content_structure.clone(),
            sections: request.sections.clone(),
            words: request.task.word_count,
            is_warm: request.author.as_ref().is_some_and(|author| WARM_TONES.contains(&author.tone.as_str())),
            foreign: (!language.to_lowercase().starts_with("en")).then(|| language.to_owned()),
            primary,
        }
    }

    /// The primary keyword as it stands within a sentence.
    fn primary_in_text(&self) -> String {
        if question(&self.primary).is_some() { quoted(&self.primary) } else { in_text(&self.primary) }
    }

    /// What decides the choice of sentences, so that articles differ.
    fn seed(&self) -> u64 {
        stable_hash(&format!("{}\n{}", self.title, self.primary))
    }
}

fn opening(brief: &Brief, outline: &Outline, prose: &mut Prose<'_>) -> Page {
    let mut page = Page::default();
    let asks = question(&brief.primary).is_some();
    let first = match (asks, brief.is_warm) {
        (false, false) => "intro.topic",
        (false, true) => "intro.topic.warm",
        (true, false) => "intro.question",
        (true, true) => "intro.question.warm",
    };
    let mut sentences: Vec<String> = prose.opening(first, &[]).into_iter().collect();
    sentences.extend(prose.opening("intro.next", &[]));
    let related: Vec<String> = brief.searches.iter().take(3).map(|search| quoted(search)).collect();
    if related.len() > 1 {
        sentences.extend(prose.opening("intro.searches", &[("list", &listed(&related))]));
    }
    page.paragraph(&sentences);
    let points = outline.points(brief, prose);
    if !points.is_empty() {
        page.list(&points);
    }
    if !outline.table.is_empty() {
        page.heading(2, "What people search for");
        page.table(["Search", "What it asks for"], &outline.table);
    }
    page
}

fn write_section(page: &mut Page, section: &Section, budget: usize, prose: &mut Prose<'_>) {
    let before = page.words();
    page.heading(2, &section.heading);
    if !section.steps.is_empty() {
        page.steps(&section.steps);
    }
    let spent = page.words() - before;
    prose.section(page, section, budget.saturating_sub(spent));
}

fn ending(brief: &Brief, outline: &Outline, prose: &mut Prose<'_>) -> Page {
    let mut page = Page::default();
    if !outline.questions.is_empty() {
        page.heading(2, "Frequently asked questions");
        for asked in &outline.questions {
            page.heading(3, &asked.heading);
            page.paragraph(&prose.faq(asked));
        }
    }
    page.heading(2, &format!("What to remember about {}", brief.primary_in_text()));
    page.paragraph(&prose.summary());
    page.heading(2, "Before this goes out");
    page.list(&outline.checks);
    page.note(&note(brief));
    page
}

fn note(brief: &Brief) -> String {
    let mut note = String::from(
        "This outlined draft was put together offline by rules. No language model wrote it, and it states no facts: they \
         are for an editor to add.",
    );
    if let Some(language) = &brief.foreign {
        note.push_str(&format!(
            " It is in English, the one language the rules know, where “{language}” was asked for."
        ));
    }
    note
}

/// 120 to 160 characters that name the subject and what the page offers.
fn meta_description(brief: &Brief) -> String {
    let (least, most) = META_DESCRIPTION;
    let subject = question(&brief.primary).unwrap_or_else(|| format!("{}.", sentence_case(&brief.primary)));
    let topics = brief.searches.iter().filter(|search| question(search).is_none());
    let related: Vec<String> = topics.take(2).map(|search| in_text(search)).collect();
    let mut offers = vec!["A plain outline with short answers first".to_owned()];
    if !related.is_empty() {
        offers.push(format!(", from {}", related.join(" to ")));
    }
    offers.extend([
        ", common questions".to_owned(),
        ", points to check".to_owned(),
        " and a clear next step".to_owned(),
    ]);
    offers.push(" for readers who want to decide well and soon".to_owned());
    let mut text = shortened(&subject, most - 60);
    text.push(' ');
    for offer in &offers {
        let length = text.chars().count();
        if length >= least || length + offer.chars().count() + 1 > most {
            continue;
        }
        text.push_str(offer);
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(primary: &str, searches: &[&str]) -> Brief {
        Brief {
            title: primary.to_owned(),
            primary: primary.to_owned(),
            searches: searches.iter().map(|search| (*search).to_owned()).collect(),
            structure: "guide".to_owned(),
            sections: vec![],
            words: 1_000,
            is_warm: false,
            foreign: None,
        }
    }

    #[test]
    fn meta_descriptions_keep_their_length() {
        let long = "a very long search that goes on and on about everything there is to know of tea and more";
        for (primary, searches) in [
            ("tea", &[][..]),
            ("tea", &["green tea", "black tea"]),
            ("how long do hot flashes last", &["hot flashes at night"]),
            (long, &[long, "x"]),
        ] {
            let text = meta_description(&brief(primary, searches));
            let length = text.chars().count();
            assert!((META_DESCRIPTION.0..=META_DESCRIPTION.1).contains(&length), "{length}: {text}");
        }
    }

    #[test]
    fn words_are_counted_as_the_core_counts_them() {
        let mut page = Page::default();
        page.heading(2, "Tea & 更年期 <or> not");
        page.paragraph(&["It's 3.5 cups a day, isn't it?".to_owned()]);
        let words = page.words();
        assert_eq!(words, igny8_core::article::word_count(&page.into_html()) as usize);
        assert_eq!(
            words,
            count_words("Tea & 更年期 <or> not") + count_words("It's 3.5 cups a day, isn't it?")
        );
    }
}
