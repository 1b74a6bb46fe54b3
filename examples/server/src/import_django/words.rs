//! The words of the source's vocabularies in ours, and the way from one status to another.
//! A word that nobody knows becomes the nearest harmless one, and the report says so.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;

use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{Intent, TaskStatus};
use igny8_core::vocabulary::{ContentStructure, ContentType, Tone};

use super::report::TableReport;
use super::row::Row;

/// The status a row has, in our vocabulary; `fallback` when it has none, and with a note when ours has no such word.
pub(super) fn word<S: FromStr + Copy + std::fmt::Display>(
    row: &Row,
    column: &str,
    fallback: S,
    table: &mut TableReport,
) -> S {
    let Some(text) = row.text(&[column]) else { return fallback };
    let word = text.trim().to_lowercase().replace([' ', '-'], "_");
    word.parse().unwrap_or_else(|_| {
        table.note(row.id(), format!("the {column} `{word}` is not known here: `{fallback}` instead"));
        fallback
    })
}

/// A row's status, where releases of the source had words of their own for what ours begins with.
pub(super) fn word_of_old<S: FromStr + Copy + std::fmt::Display>(
    row: &Row,
    old: &[&str],
    first: S,
    table: &mut TableReport,
) -> S {
    match row.text(&["status"]) {
        Some(text) if old.contains(&text.trim().to_lowercase().as_str()) => first,
        _ => word(row, "status", first, table),
    }
}

/// A task's status. What a Celery worker had under way is pending here: no run stands behind it.
pub(super) fn task_status(row: &Row, table: &mut TableReport) -> TaskStatus {
    if row.text(&["status"]).is_some_and(|word| word.trim().eq_ignore_ascii_case("completed")) {
        return TaskStatus::Generated;
    }
    match word(row, "status", TaskStatus::Pending, table) {
        under_way @ (TaskStatus::Queued | TaskStatus::InProgress) => {
            table.note(row.id(), format!("was `{under_way}`: `pending` here, since no run works on it"));
            TaskStatus::Pending
        }
        status => status,
    }
}

/// The statuses on the way, the last one included; `None` when there is no way.
pub(super) fn way<S: Moves + Ord>(from: S, to: S) -> Option<Vec<S>> {
    let mut came_from: BTreeMap<S, S> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == to {
            let mut steps = Vec::new();
            let mut step = to;
            while step != from {
                steps.push(step);
                step = *came_from.get(&step)?;
            }
            steps.reverse();
            return Some(steps);
        }
        for (_, next) in S::TABLE.iter().filter(|(before, _)| *before == at) {
            if *next != from && !came_from.contains_key(next) {
                came_from.insert(*next, at);
                open.push_back(*next);
            }
        }
    }
    None
}

/// A keyword's intents: one, or several with commas between.
pub(super) fn intents(row: &Row, table: &mut TableReport) -> Vec<Intent> {
    let mut intents = Vec::new();
    for word in row.list(&["intent"]) {
        match Intent::from_str(&word.to_lowercase()) {
            Ok(intent) if !intents.contains(&intent) => intents.push(intent),
            Ok(_) => {}
            Err(_) => table.note(row.id(), format!("the intent `{word}` is not known here: left out")),
        }
    }
    intents
}

/// What kind of page it is, by our words and by those of the source's earlier releases.
pub(super) fn content_type(row: &Row, table: &mut TableReport) -> ContentType {
    let Some(word) = row.text(&["content_type"]) else { return ContentType::BLOG };
    let known = match word.as_str() {
        "blog_post" | "article" | "post" => Some("blog"),
        "page" => Some("sub_page"),
        "product" => Some("product_page"),
        "service" => Some("service_page"),
        "hub" | "cluster_hub" => Some("hub_page"),
        "taxonomy" => Some("attribute_page"),
        _ => ContentType::BUILT_IN.iter().copied().find(|known| *known == word),
    };
    match known {
        Some(known) => ContentType::new(known),
        None => {
            table.note(row.id(), format!("the content_type `{word}` is not known here: `blog` instead"));
            ContentType::BLOG
        }
    }
}

/// How a page is built up, by our words and by those of the source's earlier releases.
pub(super) fn content_structure(row: &Row, table: &mut TableReport) -> ContentStructure {
    let Some(word) = row.text(&["content_structure"]) else { return ContentStructure::GUIDE };
    let known = match word.as_str() {
        "landing_page" => Some("landing"),
        "guide_tutorial" => Some("guide"),
        "list" => Some("listicle"),
        _ => ContentStructure::BUILT_IN.iter().copied().find(|known| *known == word),
    };
    match known {
        Some(known) => ContentStructure::new(known),
        None => {
            table
                .note(row.id(), format!("the content_structure `{word}` is not known here: `guide` instead"));
            ContentStructure::GUIDE
        }
    }
}

/// An author's voice.
pub(super) fn tone(row: &Row, table: &mut TableReport) -> Tone {
    let Some(word) = row.text(&["tone"]) else { return Tone::FRIENDLY };
    let lower = word.trim().to_lowercase();
    match Tone::BUILT_IN.iter().copied().find(|known| *known == lower) {
        Some(known) => Tone::new(known),
        None => {
            table.note(row.id(), format!("the tone `{word}` is not known here: `friendly` instead"));
            Tone::FRIENDLY
        }
    }
}

/// A language as a tag: the source also has names.
pub(super) fn language(row: &Row) -> String {
    let text = row.text(&["language"]).unwrap_or_else(|| "en".to_owned());
    let tag = match text.trim().to_lowercase().as_str() {
        "english" => "en",
        "german" | "deutsch" => "de",
        "french" => "fr",
        "spanish" => "es",
        "italian" => "it",
        "portuguese" => "pt",
        "dutch" => "nl",
        "urdu" => "ur",
        "arabic" => "ar",
        "hindi" => "hi",
        _ => return text.trim().replace('_', "-"),
    };
    tag.to_owned()
}

/// A number within what is allowed.
pub(super) fn within(
    row: &Row,
    column: &str,
    least: i64,
    most: i64,
    default: u32,
    table: &mut TableReport,
) -> u32 {
    let Some(number) = row.int(&[column]) else { return default };
    let kept = number.clamp(least, most);
    if kept != number {
        table.note(row.id(), format!("the {column} was not within {least} to {most}: the nearest instead"));
    }
    u32::try_from(kept).unwrap_or(default)
}

/// A text of at most so many characters.
pub(super) fn at_most(
    text: Option<String>,
    most: usize,
    id: i64,
    column: &str,
    table: &mut TableReport,
) -> Option<String> {
    let text = text?;
    if text.chars().count() <= most {
        return Some(text);
    }
    table.note(id, format!("the {column} was longer than {most} characters: cut"));
    Some(text.chars().take(most).collect::<String>().trim_end().to_owned())
}
