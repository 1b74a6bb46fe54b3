//! Names groups that the local clusterer made; moves no keyword from one to another.

use serde::{Deserialize, Serialize};

use super::phrase::{clean, listed, quoted, sentence_case};

/// Characters of a cluster's name.
const MOST_OF_NAME: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    groups: Vec<Vec<Entry>>,
}

/// Id, text, and how many further keywords it stands for.
#[derive(Debug, Deserialize)]
struct Entry(usize, String, #[serde(default)] u64);

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    clusters: Vec<Cluster>,
    unclustered: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct Cluster {
    name: String,
    description: String,
    keyword_ids: Vec<usize>,
}

/// A cluster for each group of two or more keywords; the others fit none.
pub(super) fn name(request: &Request) -> Answer {
    let is_alone = |group: &&Vec<Entry>| matches!(group.as_slice(), [] | [Entry(_, _, 0)]);
    let (alone, together): (Vec<&Vec<Entry>>, Vec<&Vec<Entry>>) = request.groups.iter().partition(is_alone);
    Answer {
        clusters: together.into_iter().map(|group| named(group)).collect(),
        unclustered: alone.into_iter().flatten().map(|entry| entry.0).collect(),
    }
}

/// Named after the entry that stands for most; of equals the first, since entries come most searched first.
fn named(group: &[Entry]) -> Cluster {
    let mut entries: Vec<&Entry> = group.iter().collect();
    entries.sort_by_key(|Entry(_, _, more)| std::cmp::Reverse(*more));
    let searches: Vec<String> =
        entries.iter().take(3).map(|Entry(_, text, _)| quoted(&clean(text))).collect();
    let name = entries.first().map_or_else(String::new, |Entry(_, text, _)| sentence_case(&clean(text)));
    Cluster {
        name: name.chars().take(MOST_OF_NAME).collect(),
        description: format!("Searches such as {}.", listed(&searches)),
        keyword_ids: group.iter().map(|entry| entry.0).collect(),
    }
}
