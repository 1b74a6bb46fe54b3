//! What is judged: clusters with their keywords, in terms.

use std::cmp::Reverse;
use std::ops::Range;

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
        Self { clusters, centres: texts.iter().map(centre).collect(), texts, first_name, space }
    }

    /// A cluster's name in terms.
    pub(super) fn name(&self, cluster: usize) -> &[(u32, f32)] {
        self.space.row(self.first_name + cluster)
    }

    pub(super) fn reference(&self, cluster: usize) -> ClusterRef {
        let cluster = &self.clusters[cluster];
        ClusterRef { id: cluster.id, name: cluster.name.to_owned() }
    }

    pub(super) fn volume(&self, cluster: usize) -> u64 {
        let volumes = self.clusters[cluster].keywords.iter().map(|keyword| keyword.volume.unwrap_or(0));
        volumes.fold(0, u64::saturating_add)
    }

    /// What most of a cluster's keywords with a known intent are searched for; of equals the first of the vocabulary.
    pub(super) fn intent(&self, cluster: usize) -> Option<Intent> {
        let intents = || self.clusters[cluster].keywords.iter().filter_map(|keyword| keyword.intent);
        let count = |intent: Intent| intents().filter(|other| *other == intent).count();
        intents().min_by_key(|intent| (Reverse(count(*intent)), intent.as_str()))
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
            volume: self.volume(cluster),
            cohesion: centre.cohesion(rows()),
            intent: self.intent(cluster),
            least_fitting: fits.into_iter().take(shown).map(|(_, text)| text.to_owned()).collect(),
        }
    }
}
