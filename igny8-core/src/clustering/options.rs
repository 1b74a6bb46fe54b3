//! What a caller may choose about a lexical clustering: how fine the topics are
//! and how many keywords make a cluster. Everything else is fixed for all data.

use super::splitting::Explained;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// How much one cluster covers, from one article to one section of a site.
    pub enum Granularity as "granularity" {
        /// Narrow clusters: about one article each.
        Fine = "fine",
        /// Clusters that hold one topic and its variants; fits exports and short questions alike. The default.
        Balanced = "balanced",
        /// Wide clusters: about one hub page with its sub-pages each.
        Broad = "broad",
    }
}

#[expect(clippy::derivable_impls, reason = "the vocabulary's macro derives for all vocabularies alike")]
impl Default for Granularity {
    fn default() -> Self {
        Self::Balanced
    }
}

impl Granularity {
    /// Factor on the community detection's resolution; higher makes more and smaller clusters.
    pub(super) const fn resolution_factor(self) -> f64 {
        match self {
            Self::Fine => 2.5,
            Self::Balanced => 1.0,
            Self::Broad => 0.35,
        }
    }

    /// What must be explained of a cluster for it not to be split further; higher splits more.
    pub(super) const fn explained(self) -> Explained {
        match self {
            Self::Fine => Explained { by_one: 0.6, by_two: 0.88 },
            Self::Balanced => Explained { by_one: 0.5, by_two: 0.8 },
            Self::Broad => Explained { by_one: 0.3, by_two: 0.5 },
        }
    }
}

vocabulary! {
    /// By what keywords are grouped.
    pub enum ClusteringMethod as "clustering" {
        /// Their words.
        Lexical = "lexical",
        /// The addresses that rank for them; keywords without are left unclustered.
        Serp = "serp",
        /// Their words roughly; then a language model names, splits, merges and drops.
        ModelRefined = "model_refined",
    }
}

/// Options of [`LexicalClusterer`](super::LexicalClusterer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LexicalOptions {
    /// How much one cluster covers.
    pub granularity: Granularity,
    /// Fewest keywords that make a cluster; smaller groups are reported as unclustered.
    /// 0 and 1 both mean that a keyword alone may be a cluster.
    pub min_size: usize,
}

impl Default for LexicalOptions {
    fn default() -> Self {
        Self { granularity: Granularity::Balanced, min_size: 2 }
    }
}
