//! Names groups that the local clusterer made; moves no keyword from one to another.

use serde::{Deserialize, Serialize};

use super::phrase::{clean, listed, quoted, sentence_case};

/// Characters of a cluster's name.
const MOST_OF_NAME: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    keywords: Vec<Member>,
}

/// Index, text, searches a month.
#[derive(Debug, Deserialize)]
struct Member(usize, String, Option<u64>);

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

/// A cluster for each group of two or more; the others fit none.
pub(super) fn name(request: &Request) -> Answer {
    let (together, alone): (Vec<&Group>, Vec<&Group>) =
        request.groups.iter().partition(|group| group.keywords.len() > 1);
    Answer {
        clusters: together.into_iter().map(named).collect(),
        unclustered: alone.into_iter().flat_map(|group| &group.keywords).map(|member| member.0).collect(),
    }
}

fn named(group: &Group) -> Cluster {
    let mut members: Vec<&Member> = group.keywords.iter().collect();
    members.sort_by_key(|Member(index, text, volume)| (std::cmp::Reverse(*volume), text.len(), *index));
    let searches: Vec<String> =
        members.iter().take(3).map(|Member(_, text, _)| quoted(&clean(text))).collect();
    let name = members.first().map_or_else(String::new, |Member(_, text, _)| sentence_case(&clean(text)));
    Cluster {
        name: name.chars().take(MOST_OF_NAME).collect(),
        description: format!("Searches such as {}.", listed(&searches)),
        keyword_ids: group.keywords.iter().map(|member| member.0).collect(),
    }
}
