//! Content ideas from a cluster's own searches: its head, its questions, its comparisons and choices.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::expectation::Expectation;
use super::phrase::{Form, clean, content_words, form, likeness, question, shortened, title_case};

/// Characters of a title that search results show in full.
const MOST_OF_TITLE: usize = 70;
/// Titles this alike say the same.
const SAME_TITLE: f64 = 0.8;
/// Keywords an idea aims at.
const MOST_TARGETS: usize = 8;
/// A cluster with this many keywords is worth a hub page.
const HUB_KEYWORDS: usize = 40;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    cluster: Cluster,
    keywords: Vec<Keyword>,
    existing_titles: Vec<String>,
    ideas_wanted: Wanted,
    content_types: Vec<String>,
    content_structures: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Keyword {
    id: usize,
    keyword: String,
    volume: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    min: usize,
    max: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    ideas: Vec<Idea>,
}

#[derive(Debug, Serialize)]
struct Idea {
    title: String,
    description: String,
    content_type: String,
    content_structure: String,
    target_keyword_ids: Vec<usize>,
    estimated_word_count: u32,
}

/// An angle on a search: how the title reads and what shape the article has.
struct Angle {
    title: String,
    structure: &'static str,
    words: u32,
}

/// Between the least and the most ideas wanted, unless the site has said it all before.
pub(super) fn propose(request: &Request) -> Answer {
    let mut keywords: Vec<&Keyword> = request.keywords.iter().collect();
    keywords.sort_by_key(|keyword| (std::cmp::Reverse(keyword.volume), keyword.keyword.len(), keyword.id));
    let mut taken: Vec<String> = request.existing_titles.clone();
    let mut ideas = Vec::new();
    for (at, (keyword, angle)) in angles(&request.cluster.name, &keywords).into_iter().enumerate() {
        let is_enough = ideas.len() >= request.ideas_wanted.max;
        let is_plain = at > 0 && keyword.is_none();
        if is_enough || (is_plain && ideas.len() >= request.ideas_wanted.min) {
            break;
        }
        let title = shortened(&angle.title, MOST_OF_TITLE);
        if taken.iter().any(|other| likeness(&title, other) >= SAME_TITLE) {
            continue;
        }
        taken.push(title.clone());
        ideas.push(idea(request, &keywords, keyword, title, &angle));
    }
    Answer { ideas }
}

fn idea(
    request: &Request,
    keywords: &[&Keyword],
    about: Option<&Keyword>,
    title: String,
    angle: &Angle,
) -> Idea {
    let targets = targets(keywords, about);
    let searches: Vec<String> =
        targets.iter().take(3).map(|keyword| format!("“{}”", clean(&keyword.keyword))).collect();
    let hub = angle.structure == "guide" && about.is_none() && keywords.len() >= HUB_KEYWORDS;
    Idea {
        title,
        description: format!(
            "Answers {} of the cluster “{}”, first of all {}.",
            if targets.len() == 1 { "one search".to_owned() } else { format!("{} searches", targets.len()) },
            request.cluster.name,
            super::phrase::listed(&searches),
        ),
        content_type: allowed(&request.content_types, if hub { "hub_page" } else { "blog" }),
        content_structure: allowed(&request.content_structures, angle.structure),
        target_keyword_ids: targets.iter().map(|keyword| keyword.id).collect(),
        estimated_word_count: if hub { 2_000 } else { angle.words },
    }
}

/// What a host's vocabulary has of this word; its own first word where it lacks it.
fn allowed(words: &[String], wanted: &str) -> String {
    let known = words.iter().any(|word| word == wanted);
    if known { wanted.to_owned() } else { words.first().cloned().unwrap_or_else(|| wanted.to_owned()) }
}

/// Angles in the order in which they are taken: the head, then searches that ask for an article of their own, then
/// further angles on the head for clusters that have none. `None` stands for the head.
fn angles<'a>(cluster: &str, keywords: &[&'a Keyword]) -> Vec<(Option<&'a Keyword>, Angle)> {
    let head = keywords.first().map_or(cluster, |keyword| keyword.keyword.as_str());
    let head = clean(head);
    let title = title_case(&head);
    let angle = |title: String, structure, words| Angle { title, structure, words };
    let mut angles = vec![match question(&head) {
        Some(asked) => (None, angle(title_case(&asked), "guide", 1_500)),
        None => (None, angle(format!("{title}: A Practical Guide"), "guide", 1_500)),
    }];
    angles.extend(
        keywords.iter().skip(1).filter_map(|keyword| Some((Some(*keyword), own_angle(&keyword.keyword)?))),
    );
    if form(&head) == Form::Topic {
        angles.extend([
            (None, angle(format!("{title}: Common Questions Answered"), "faq", 1_000)),
            (None, angle(format!("What to Know First About {title}"), "guide", 1_200)),
            (None, angle(format!("{title} Mistakes and How to Avoid Them"), "listicle", 1_200)),
        ]);
    } else {
        angles.extend([
            (None, angle(format!("A Plain Answer: {title}"), "faq", 1_000)),
            (None, angle(format!("{title}: The Short Version"), "faq", 800)),
            (None, angle(format!("{title}: Mistakes to Avoid"), "listicle", 1_200)),
        ]);
    }
    angles
}

/// The article that this search asks for on its own, if it asks for one.
fn own_angle(keyword: &str) -> Option<Angle> {
    let phrase = clean(keyword);
    let title = title_case(&phrase);
    let angle = |title, structure, words| Some(Angle { title, structure, words });
    match form(&phrase) {
        Form::HowTo => return angle(title, "how_to", 1_200),
        Form::Question => return angle(format!("{title}?"), "faq", 1_000),
        Form::Topic => {}
    }
    match Expectation::of(&phrase) {
        Expectation::Comparison => angle(format!("{title}: The Differences"), "comparison", 1_200),
        Expectation::Choice => angle(format!("{title}: How to Choose"), "listicle", 1_200),
        Expectation::Remedy => angle(format!("{title}: The Options Compared"), "listicle", 1_200),
        Expectation::Examples => angle(format!("{title} Worth Knowing"), "listicle", 1_200),
        Expectation::Test => angle(format!("{title}: How to Read the Result"), "guide", 1_000),
        _ => None,
    }
}

/// The search itself and those of its cluster that are closest to it, the most searched first; for the head simply the
/// most searched ones.
fn targets<'a>(keywords: &[&'a Keyword], about: Option<&'a Keyword>) -> Vec<&'a Keyword> {
    let Some(about) = about else {
        return keywords.iter().take(MOST_TARGETS).copied().collect();
    };
    let own: BTreeSet<String> = content_words(&about.keyword);
    let shares = |keyword: &Keyword| content_words(&keyword.keyword).intersection(&own).count();
    let mut near: Vec<(usize, &Keyword)> = keywords
        .iter()
        .filter(|keyword| keyword.id != about.id)
        .map(|keyword| (shares(keyword), *keyword))
        .filter(|(shared, _)| shared * 2 >= own.len().max(1))
        .collect();
    near.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    let near = near.into_iter().map(|(_, keyword)| keyword);
    std::iter::once(about).chain(near).take(MOST_TARGETS).collect()
}
