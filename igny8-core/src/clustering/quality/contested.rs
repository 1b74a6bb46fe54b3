//! Keywords whose neighbours stand in another cluster as much as in their own, and the pairs of clusters between which there
//! are many: two pages that would compete for the same searches.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClusterRef;
use super::subject::Subject;

/// Share of its neighbours' votes, 0 to 1, that another cluster must have to claim a keyword.
const LEAST_CLAIM: f32 = 0.35;
/// What that claim must be at least, as a share of its own cluster's.
const AS_GOOD: f32 = 0.9;
/// Fewest contested keywords that make two clusters rivals.
const FEWEST: usize = 2;
/// Share of the smaller cluster's keywords, 0 to 1, that must be contested between rivals.
const LEAST_CONTESTED: f64 = 0.25;
/// The most keywords shown of one pair.
const EXAMPLES: usize = 5;

/// A keyword that another cluster has as good a claim to as its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContestedKeyword {
    /// The keyword.
    pub keyword: String,
    /// Searches a month, if known.
    pub volume: Option<u64>,
    /// The cluster it is in.
    pub cluster: ClusterRef,
    /// The one that claims it too.
    pub other: ClusterRef,
    /// Share of its nearest keywords, by nearness, that stand in its own cluster, 0 to 1.
    pub own_share: f32,
    /// The same for the other.
    pub other_share: f32,
}

/// Two clusters whose pages would compete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rivals {
    /// The more searched one.
    pub first: ClusterRef,
    /// The other.
    pub second: ClusterRef,
    /// Keywords of either that the other claims.
    pub contested: u64,
    /// The same as a share of the smaller one's keywords; above 1 when they claim each other's.
    pub share: f32,
    /// Searches a month of the contested keywords.
    pub volume: u64,
    /// Some of them, the most searched first.
    pub examples: Vec<String>,
}

/// A claim on a keyword, by indexes.
pub(super) struct Claim {
    own: usize,
    other: usize,
    /// Which keyword of its own cluster.
    keyword: usize,
    own_share: f32,
    other_share: f32,
}

impl Claim {
    pub(super) fn told(self, subject: &Subject<'_>) -> ContestedKeyword {
        let keyword = subject.clusters[self.own].keywords[self.keyword];
        ContestedKeyword {
            keyword: keyword.text.to_owned(),
            volume: keyword.volume,
            cluster: subject.reference(self.own),
            other: subject.reference(self.other),
            own_share: self.own_share,
            other_share: self.other_share,
        }
    }
}

/// Every claim on a keyword of another cluster that the claiming one does not hold already.
pub(super) fn contested(subject: &Subject<'_>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = subject
        .texts
        .par_iter()
        .enumerate()
        .flat_map_iter(|(own, texts)| {
            texts.clone().enumerate().filter_map(move |(keyword, text)| claim(subject, own, keyword, text))
        })
        .collect();
    claims.sort_by_cached_key(|claim| {
        let keyword = subject.clusters[claim.own].keywords[claim.keyword];
        (Reverse(keyword.volume), keyword.text, subject.clusters[claim.own].id)
    });
    claims
}

/// The best claim of another cluster on one keyword, if it is good enough.
fn claim(subject: &Subject<'_>, own: usize, keyword: usize, text: usize) -> Option<Claim> {
    let row = subject.space.row_of[text];
    let votes = shares(subject, row);
    let share =
        |cluster: usize| votes.iter().find(|(voted, _)| *voted == cluster).map_or(0.0, |(_, share)| *share);
    let own_share = share(own);
    let held = &subject.homes[row as usize];
    let (other, other_share) = votes
        .iter()
        .copied()
        .filter(|(other, share)| {
            !held.contains(other) && *share >= LEAST_CLAIM && *share >= AS_GOOD * own_share
        })
        .max_by(|(a, x), (b, y)| {
            x.total_cmp(y).then_with(|| subject.clusters[*b].id.cmp(&subject.clusters[*a].id))
        })?;
    Some(Claim { own, other, keyword, own_share, other_share })
}

/// Each cluster's share of the votes: a keyword's nearest vote for the clusters they are in, by their nearness, and keywords
/// of the very same words for theirs.
fn shares(subject: &Subject<'_>, row: u32) -> Vec<(usize, f32)> {
    let mut votes: BTreeMap<usize, f32> = BTreeMap::new();
    let mut all = 0.0;
    for (neighbour, nearness) in subject.near[row as usize].iter().copied().chain([(row, 1.0)]) {
        let held = &subject.homes[neighbour as usize];
        if held.is_empty() || neighbour == row && held.len() < 2 {
            continue;
        }
        all += nearness;
        for cluster in held {
            *votes.entry(*cluster).or_default() += nearness;
        }
    }
    votes.into_iter().map(|(cluster, vote)| (cluster, vote / all)).collect()
}

/// The pairs of clusters that contest a good part of the smaller one's keywords, the most searched first.
pub(super) fn rivals(subject: &Subject<'_>, claims: &[Claim]) -> Vec<Rivals> {
    let mut pairs: HashMap<(usize, usize), Vec<&Claim>> = HashMap::new();
    for claim in claims {
        pairs.entry(subject.ordered(claim.own, claim.other)).or_default().push(claim);
    }
    let mut rivals: Vec<Rivals> = pairs
        .into_iter()
        .filter_map(|((first, second), claims)| {
            let size = |cluster: usize| subject.clusters[cluster].keywords.len();
            let share = claims.len() as f64 / size(first).min(size(second)).max(1) as f64;
            if claims.len() < FEWEST || share < LEAST_CONTESTED {
                return None;
            }
            let keywords = claims.iter().map(|claim| subject.clusters[claim.own].keywords[claim.keyword]);
            let volumes = keywords.clone().map(|keyword| keyword.volume.unwrap_or(0));
            Some(Rivals {
                first: subject.reference(first),
                second: subject.reference(second),
                contested: claims.len() as u64,
                share: share as f32,
                volume: volumes.fold(0, u64::saturating_add),
                examples: keywords.take(EXAMPLES).map(|keyword| keyword.text.to_owned()).collect(),
            })
        })
        .collect();
    rivals.sort_by_key(|pair| (Reverse(pair.volume), Reverse(pair.contested), pair.first.id, pair.second.id));
    rivals
}
