//! Clusters that are likely one: they say the same, or are called nearly the same, and their searchers do not want
//! different things.

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

/// A pair by indexes.
pub(super) struct Pair {
    first: usize,
    second: usize,
    likeness: Likeness,
    similarity: f32,
}

impl Pair {
    pub(super) fn told(self, subject: &Subject<'_>) -> Twins {
        Twins {
            first: subject.reference(self.first),
            second: subject.reference(self.second),
            likeness: self.likeness,
            similarity: self.similarity,
        }
    }
}

/// Every such pair, the most alike first. Clusters are compared when a keyword of one is near to a keyword of the other.
pub(super) fn twins(subject: &Subject<'_>) -> Vec<Pair> {
    let mut beside: Vec<(usize, usize)> = (0..subject.near.len())
        .into_par_iter()
        .flat_map_iter(|row| {
            let others = subject.near[row].iter().flat_map(|(other, _)| &subject.homes[*other as usize]);
            let own = &subject.homes[row];
            // Keywords of the very same words in two clusters are near as well.
            others
                .chain(own)
                .flat_map(move |other| own.iter().map(move |own| (*own.min(other), *own.max(other))))
        })
        .filter(|(a, b)| a != b)
        .collect();
    beside.par_sort_unstable();
    beside.dedup();
    let mut found: Vec<Pair> = beside.into_par_iter().filter_map(|(a, b)| pair(subject, a, b)).collect();
    let id = |cluster: usize| subject.clusters[cluster].id;
    found.sort_by(|a, b| {
        let ids = |pair: &Pair| (id(pair.first), id(pair.second));
        b.similarity.total_cmp(&a.similarity).then_with(|| ids(a).cmp(&ids(b)))
    });
    found
}

fn pair(subject: &Subject<'_>, a: usize, b: usize) -> Option<Pair> {
    if let (Some(of_a), Some(of_b)) = (subject.intents[a], subject.intents[b])
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
    let (first, second) = subject.ordered(a, b);
    Some(Pair { first, second, likeness, similarity })
}
