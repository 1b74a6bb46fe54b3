//! What is judged: clusters with their keywords, in terms.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::{ClusterQuality, ClusterRef, ENOUGH_TO_FIT, LEAST_FITTING};
use crate::clustering::centre::Centre;
use crate::clustering::space::Space;
use crate::ids::ClusterId;
use crate::pipeline::Intent;

/// One keyword that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedKeyword<'a> {
    /// The keyword.
    pub text: &'a str,
    /// Searches a month, if known.
    pub volume: Option<u64>,
    /// What its searchers want above all, if known.
    pub intent: Option<Intent>,
}

/// One cluster that is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedCluster<'a> {
    /// Which; the report refers to it by this.
    pub id: ClusterId,
    /// Its name.
    pub name: &'a str,
    /// Its keywords; one may be in several clusters.
    pub keywords: Vec<JudgedKeyword<'a>>,
}

/// All of it in terms. The texts of the space are the keywords by cluster, then those in none, then the clusters' names.
pub(super) struct Subject<'a> {
    pub(super) clusters: &'a [JudgedCluster<'a>],
    pub(super) space: Space,
    /// By cluster the middle of its keywords.
    pub(super) centres: Vec<Centre>,
    /// By cluster which texts its keywords are.
    pub(super) texts: Vec<Range<usize>>,
    /// By cluster its searches a month.
    pub(super) volumes: Vec<u64>,
    /// By cluster what most of its searchers want.
    pub(super) intents: Vec<Option<Intent>>,
    /// By row of the space the clusters that hold it, ascending.
    pub(super) homes: Vec<Vec<usize>>,
    /// By row that a cluster holds its nearest rows with their nearness.
    pub(super) near: Vec<Vec<(u32, f32)>>,
    first_name: usize,
}

impl<'a> Subject<'a> {
    pub(super) fn of(clusters: &'a [JudgedCluster<'a>], unclustered: &[JudgedKeyword<'_>]) -> Self {
        let mut all: Vec<&str> = Vec::new();
        let mut texts = Vec::with_capacity(clusters.len());
        for cluster in clusters {
            let first = all.len();
            all.extend(cluster.keywords.iter().map(|keyword| keyword.text));
            texts.push(first..all.len());
        }
        all.extend(unclustered.iter().map(|keyword| keyword.text));
        let first_name = all.len();
        all.extend(clusters.iter().map(|cluster| cluster.name));
        let space = Space::of(&all);
        let centre = |texts: &Range<usize>| Centre::of(texts.clone().map(|text| space.row(text)));
        let homes = homes(&space, &texts);
        let held: Vec<u32> =
            (0_u32..).zip(&homes).filter(|(_, homes)| !homes.is_empty()).map(|(row, _)| row).collect();
        let mut near = vec![Vec::new(); homes.len()];
        for (row, nearest) in held.iter().zip(space.nearest(&held)) {
            near[*row as usize] = nearest;
        }
        Self {
            clusters,
            centres: texts.par_iter().map(centre).collect(),
            volumes: clusters.iter().map(volume).collect(),
            intents: clusters.iter().map(intent).collect(),
            homes,
            near,
            texts,
            first_name,
            space,
        }
    }

    /// What clusters are ordered by: the most searched first.
    pub(super) fn rank(&self, cluster: usize) -> (Reverse<u64>, ClusterId) {
        (Reverse(self.volumes[cluster]), self.clusters[cluster].id)
    }

    /// Two clusters, the more searched one first.
    pub(super) fn ordered(&self, a: usize, b: usize) -> (usize, usize) {
        if self.rank(a) <= self.rank(b) { (a, b) } else { (b, a) }
    }

    /// A cluster's name in terms.
    pub(super) fn name(&self, cluster: usize) -> &[(u32, f32)] {
        self.space.row(self.first_name + cluster)
    }

    pub(super) fn reference(&self, cluster: usize) -> ClusterRef {
        let cluster = &self.clusters[cluster];
        ClusterRef { id: cluster.id, name: cluster.name.to_owned() }
    }

    pub(super) fn judge(&self, cluster: usize) -> ClusterQuality {
        let judged = &self.clusters[cluster];
        let centre = &self.centres[cluster];
        let rows = || self.texts[cluster].clone().map(|text| self.space.row(text));
        let mut fits: Vec<(f32, &str)> = rows()
            .zip(&judged.keywords)
            .map(|(row, keyword)| (centre.nearness_to_others(row), keyword.text))
            .collect();
        fits.sort_by(|(a, text_a), (b, text_b)| a.total_cmp(b).then_with(|| text_a.cmp(text_b)));
        let shown = if fits.len() < ENOUGH_TO_FIT { 0 } else { LEAST_FITTING };
        ClusterQuality {
            id: judged.id,
            name: judged.name.to_owned(),
            keywords: judged.keywords.len() as u64,
            volume: self.volumes[cluster],
            cohesion: centre.cohesion(rows()),
            intent: self.intents[cluster],
            least_fitting: fits.into_iter().take(shown).map(|(_, text)| text.to_owned()).collect(),
        }
    }
}

/// By row of the space that says something, the clusters that hold it.
fn homes(space: &Space, texts: &[Range<usize>]) -> Vec<Vec<usize>> {
    let mut homes: Vec<Vec<usize>> = vec![Vec::new(); space.rows.len()];
    for (cluster, texts) in texts.iter().enumerate() {
        for text in texts.clone().filter(|text| !space.row(*text).is_empty()) {
            let held = &mut homes[space.row_of[text] as usize];
            if held.last() != Some(&cluster) {
                held.push(cluster);
            }
        }
    }
    homes
}

fn volume(cluster: &JudgedCluster<'_>) -> u64 {
    cluster.keywords.iter().map(|keyword| keyword.volume.unwrap_or(0)).fold(0, u64::saturating_add)
}

/// What most of a cluster's keywords with a known intent are searched for; of equals the first of the vocabulary.
fn intent(cluster: &JudgedCluster<'_>) -> Option<Intent> {
    let mut counts: BTreeMap<Intent, usize> = BTreeMap::new();
    for intent in cluster.keywords.iter().filter_map(|keyword| keyword.intent) {
        *counts.entry(intent).or_default() += 1;
    }
    counts.into_iter().min_by_key(|(intent, count)| (Reverse(*count), *intent)).map(|(intent, _)| intent)
}
