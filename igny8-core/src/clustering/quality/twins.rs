//! Clusters that are likely one: they say the same, or are called nearly the same, and their searchers do not want
//! different things.

use std::collections::HashMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClusterRef;
use super::subject::Subject;
use crate::clustering::matrix::dot;
use crate::vocabulary::vocabulary;

/// Cosine of two clusters' middles, 0 to 1, from which they say the same.
const SAME_WORDS: f32 = 0.75;
/// Cosine of two clusters' names, 0 to 1, from which they are called the same.
const NEAR_NAMES: f32 = 0.85;
/// How near the middles of clusters with near names must be.
const RELATED: f32 = 0.4;
/// Terms by which clusters are found that may be alike, a cluster's strongest.
const STRONGEST: usize = 12;

vocabulary! {
    /// In what two clusters are alike.
    pub enum Likeness as "likeness" {
        /// Their keywords share their words.
        Words = "words",
        /// Their names mean the same.
        Names = "names",
        /// Both.
        WordsAndNames = "words_and_names",
    }
}

/// Two clusters that are likely one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Twins {
    /// The more searched one.
    pub first: ClusterRef,
    /// The other.
    pub second: ClusterRef,
    /// In what they are alike.
    pub likeness: Likeness,
    /// Cosine of what each one's keywords have in common, 0 to 1.
    pub similarity: f32,
}

/// Every such pair, the most alike first.
pub(super) fn twins(subject: &Subject<'_>) -> Vec<Twins> {
    let strongest: Vec<Vec<u32>> =
        (0..subject.clusters.len()).map(|cluster| strongest(subject, cluster)).collect();
    let mut with_term: HashMap<u32, Vec<usize>> = HashMap::new();
    for (cluster, terms) in strongest.iter().enumerate() {
        for term in terms {
            with_term.entry(*term).or_default().push(cluster);
        }
    }
    let mut found: Vec<Twins> = strongest
        .par_iter()
        .enumerate()
        .flat_map_iter(|(cluster, terms)| {
            let mut others: Vec<usize> =
                terms.iter().filter_map(|term| with_term.get(term)).flatten().copied().collect();
            others.retain(|other| *other > cluster);
            others.sort_unstable();
            others.dedup();
            others.into_iter().filter_map(move |other| pair(subject, cluster, other))
        })
        .collect();
    found.sort_by(|a, b| {
        b.similarity.total_cmp(&a.similarity).then((a.first.id, a.second.id).cmp(&(b.first.id, b.second.id)))
    });
    found
}

/// The strongest terms of a cluster's keywords and all of its name.
fn strongest(subject: &Subject<'_>, cluster: usize) -> Vec<u32> {
    let mut terms = subject.centres[cluster].direction().to_vec();
    terms.sort_by(|(a, x), (b, y)| y.total_cmp(x).then(a.cmp(b)));
    let mut terms: Vec<u32> = terms.into_iter().take(STRONGEST).map(|(term, _)| term).collect();
    terms.extend(subject.name(cluster).iter().map(|(term, _)| term));
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn pair(subject: &Subject<'_>, a: usize, b: usize) -> Option<Twins> {
    if let (Some(of_a), Some(of_b)) = (subject.intent(a), subject.intent(b))
        && of_a != of_b
    {
        return None;
    }
    let similarity = dot(subject.centres[a].direction(), subject.centres[b].direction());
    let names = dot(subject.name(a), subject.name(b)) >= NEAR_NAMES && similarity >= RELATED;
    let likeness = match (similarity >= SAME_WORDS, names) {
        (true, true) => Likeness::WordsAndNames,
        (true, false) => Likeness::Words,
        (false, true) => Likeness::Names,
        (false, false) => return None,
    };
    let key = |cluster: usize| (std::cmp::Reverse(subject.volume(cluster)), subject.clusters[cluster].id);
    let (first, second) = if key(a) <= key(b) { (a, b) } else { (b, a) };
    Some(Twins { first: subject.reference(first), second: subject.reference(second), likeness, similarity })
}
