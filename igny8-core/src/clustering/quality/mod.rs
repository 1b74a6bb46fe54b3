//! How good a set of clusters is, whoever made them: sizes, cohesion, clusters that say the same, keywords that fit two, and
//! clusters whose pages would compete. As data, and as a page to read.

mod contested;
mod page;
mod picture;
mod sizes;
mod subject;
mod treemap;
mod twins;

use std::cmp::Reverse;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use contested::{ContestedKeyword, Rivals};
pub use sizes::{SizeBucket, Sizes};
pub use subject::{JudgedCluster, JudgedKeyword};
pub use twins::{Likeness, Twins};

use subject::Subject;

use crate::ids::ClusterId;
use crate::pipeline::Intent;

/// The most entries of each list of findings; its total tells how many there are.
const MOST_LISTED: usize = 500;
/// The most keywords named as the least fitting of a cluster.
const LEAST_FITTING: usize = 3;
/// Fewest keywords of a cluster whose least fitting ones are named.
const ENOUGH_TO_FIT: usize = 4;

/// What there is to say about the clusters of a sector. Nothing in it is a verdict: the findings are places to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityReport {
    /// Keywords in all; one in several clusters counts in each.
    pub keywords: u64,
    /// Those in no cluster.
    pub unclustered: u64,
    /// How large the clusters are.
    pub sizes: Sizes,
    /// Mean cohesion of the clusters, 0 to 1, each counted by its keywords.
    pub cohesion: f32,
    /// Every cluster, the most searched first.
    pub clusters: Vec<ClusterQuality>,
    /// Clusters that are likely one, the most alike first.
    pub likely_duplicates: Findings<Twins>,
    /// Keywords that another cluster has as good a claim to, the most searched first.
    pub contested: Findings<ContestedKeyword>,
    /// Clusters that contest many of each other's keywords, so that their pages would compete for the same searches.
    pub cannibalising: Findings<Rivals>,
}

/// Findings of one kind, cut to the first few hundred.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings<T> {
    /// How many there are.
    pub total: u64,
    /// The first of them.
    pub first: Vec<T>,
}

impl<T> Findings<T> {
    /// `tell` is asked of those that are kept only.
    fn of<F>(all: Vec<F>, tell: impl FnMut(F) -> T) -> Self {
        Self { total: all.len() as u64, first: all.into_iter().take(MOST_LISTED).map(tell).collect() }
    }
}

/// One cluster by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterRef {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
}

/// What there is to say about one cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterQuality {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// How many keywords it has.
    pub keywords: u64,
    /// Their searches a month.
    pub volume: u64,
    /// Mean cosine of its keywords' words to what they have in common, 0 to 1; 1 when all say the same.
    pub cohesion: f32,
    /// What most of its searchers want, where that is known.
    pub intent: Option<Intent>,
    /// The keywords that have least to do with the others, the least fitting first; of small clusters none.
    pub least_fitting: Vec<String>,
}

impl QualityReport {
    /// Looks at clusters and at the keywords that are in none. Seconds of CPU for tens of thousands of keywords, on all
    /// cores; equal inputs give equal reports.
    #[must_use]
    pub fn of(clusters: &[JudgedCluster<'_>], unclustered: &[JudgedKeyword<'_>]) -> Self {
        let subject = Subject::of(clusters, unclustered);
        let mut judged: Vec<ClusterQuality> =
            (0..clusters.len()).into_par_iter().map(|cluster| subject.judge(cluster)).collect();
        let in_clusters: u64 = judged.iter().map(|cluster| cluster.keywords).sum();
        let weighted: f64 =
            judged.iter().map(|cluster| f64::from(cluster.cohesion) * cluster.keywords as f64).sum();
        let contested = contested::contested(&subject);
        judged.sort_by_key(|cluster| (Reverse(cluster.volume), Reverse(cluster.keywords), cluster.id));
        Self {
            keywords: in_clusters + unclustered.len() as u64,
            unclustered: unclustered.len() as u64,
            sizes: Sizes::of(clusters.iter().map(|cluster| cluster.keywords.len() as u64).collect()),
            cohesion: if in_clusters == 0 { 0.0 } else { (weighted / in_clusters as f64) as f32 },
            clusters: judged,
            likely_duplicates: Findings::of(twins::twins(&subject), |pair| pair.told(&subject)),
            cannibalising: Findings::of(contested::rivals(&subject, &contested), |pair| pair),
            contested: Findings::of(contested, |claim| claim.told(&subject)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords<'a>(texts: &[&'a str]) -> Vec<JudgedKeyword<'a>> {
        texts.iter().map(|text| JudgedKeyword { text, volume: Some(10), intent: None }).collect()
    }

    fn cluster<'a>(number: u128, name: &'a str, texts: &[&'a str]) -> JudgedCluster<'a> {
        let id = ClusterId::from_uuid(uuid::Uuid::from_u128(number));
        JudgedCluster { id, name, keywords: keywords(texts) }
    }

    fn tea_and_bikes() -> Vec<JudgedCluster<'static>> {
        vec![
            cluster(
                1,
                "green tea",
                &["green tea", "green tea benefits", "benefits of green tea", "green tea caffeine"],
            ),
            cluster(2, "Green teas", &["green teas", "green tea benefit list", "is green tea caffeine free"]),
            cluster(3, "bike repair", &["bike repair", "bike chain repair", "bike repair stand", "oolong"]),
            cluster(4, "sourdough", &["sourdough starter", "sourdough bread", "sourdough bread recipe"]),
        ]
    }

    #[test]
    fn what_is_alike_is_found_and_what_is_not_is_left_alone() {
        let report = QualityReport::of(&tea_and_bikes(), &keywords(&["quantum"]));
        assert_eq!((report.keywords, report.unclustered), (15, 1));
        let names = |twins: &Twins| (twins.first.name.clone(), twins.second.name.clone());
        assert_eq!(
            report.likely_duplicates.first.iter().map(names).collect::<Vec<_>>(),
            [("green tea".to_owned(), "Green teas".to_owned())]
        );
        assert!(report.contested.total > 0);
        assert!(
            report.contested.first.iter().all(|found| found.cluster.name.to_lowercase().starts_with("green"))
        );
        assert_eq!(report.cannibalising.total, 1);
        let bikes = report.clusters.iter().find(|cluster| cluster.name == "bike repair").unwrap();
        assert_eq!(bikes.least_fitting.first().map(String::as_str), Some("oolong"));
    }

    #[test]
    fn other_intents_make_other_clusters() {
        let mut clusters = tea_and_bikes();
        clusters.iter_mut().take(2).zip([Intent::Informational, Intent::Transactional]).for_each(
            |(cluster, intent)| {
                cluster.keywords.iter_mut().for_each(|keyword| keyword.intent = Some(intent));
            },
        );
        assert_eq!(QualityReport::of(&clusters, &[]).likely_duplicates.total, 0);
    }

    #[test]
    fn a_keyword_in_two_clusters_is_contested_by_none_of_them() {
        let clusters = [
            cluster(1, "hrt patch", &["hrt patch", "hrt patch cost", "hrt patch dose"]),
            cluster(2, "hrt cost", &["hrt patch cost", "hrt cost", "cost of hrt"]),
        ];
        let report = QualityReport::of(&clusters, &[]);
        assert!(report.contested.first.iter().all(|found| found.keyword != "hrt patch cost"), "{report:#?}");
    }

    #[test]
    fn nothing_is_a_report_too() {
        let report = QualityReport::of(&[], &[]);
        assert_eq!((report.keywords, report.cohesion, report.sizes.clusters), (0, 0.0, 0));
        assert!(report.to_html("Empty").contains("no clusters"));
        let hollow = QualityReport::of(&[cluster(1, "", &[]), cluster(2, "…", &["", "…"])], &keywords(&[""]));
        assert_eq!((hollow.keywords, hollow.sizes.clusters), (3, 2));
    }

    #[test]
    fn the_order_of_clusters_changes_nothing() {
        let mut clusters = tea_and_bikes();
        let report = QualityReport::of(&clusters, &[]);
        clusters.reverse();
        let mirrored = QualityReport::of(&clusters, &[]);
        assert_eq!(mirrored.clusters, report.clusters);
        assert_eq!(mirrored.likely_duplicates, report.likely_duplicates);
        assert_eq!(mirrored.cannibalising, report.cannibalising);
    }
}
