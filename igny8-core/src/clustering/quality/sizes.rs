//! How large clusters are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first size of each bucket but the first, which begins at 0.
const BOUNDS: [u64; 7] = [2, 3, 6, 11, 21, 51, 101];

/// How many keywords clusters have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sizes {
    /// How many clusters there are.
    pub clusters: u64,
    /// Keywords of the smallest.
    pub smallest: u64,
    /// Keywords of the one in the middle.
    pub median: u64,
    /// Keywords of one on average.
    pub mean: f64,
    /// Nine in ten have at most so many.
    pub p90: u64,
    /// Keywords of the largest.
    pub largest: u64,
    /// Clusters by size, small ones first; empty buckets too.
    pub buckets: Vec<SizeBucket>,
}

/// Clusters of about one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SizeBucket {
    /// Fewest keywords of one.
    pub from: u64,
    /// Most keywords of one; the last bucket has no end.
    pub to: Option<u64>,
    /// How many clusters.
    pub clusters: u64,
    /// Their keywords.
    pub keywords: u64,
}

impl Sizes {
    pub(super) fn of(mut sizes: Vec<u64>) -> Self {
        sizes.sort_unstable();
        let at = |share: f64| {
            let place = (share * sizes.len().saturating_sub(1) as f64).round() as usize;
            sizes.get(place).copied().unwrap_or_default()
        };
        let starts = std::iter::once(0).chain(BOUNDS);
        let ends = BOUNDS.into_iter().map(Some).chain([None]);
        let buckets = starts
            .zip(ends)
            .map(|(from, end)| {
                let within = sizes.iter().filter(|size| **size >= from && end.is_none_or(|end| **size < end));
                SizeBucket {
                    from,
                    to: end.map(|end| end - 1),
                    clusters: within.clone().count() as u64,
                    keywords: within.sum(),
                }
            })
            .collect();
        Self {
            clusters: sizes.len() as u64,
            smallest: at(0.0),
            median: at(0.5),
            mean: sizes.iter().sum::<u64>() as f64 / sizes.len().max(1) as f64,
            p90: at(0.9),
            largest: at(1.0),
            buckets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_in_one_bucket() {
        let sizes = Sizes::of((0..=200).rev().collect());
        assert_eq!((sizes.smallest, sizes.median, sizes.p90, sizes.largest), (0, 100, 180, 200));
        assert_eq!(sizes.buckets.iter().map(|bucket| bucket.clusters).sum::<u64>(), 201);
        assert_eq!(
            sizes.buckets.iter().map(|bucket| bucket.keywords).sum::<u64>(),
            (0..=200_u64).sum::<u64>()
        );
        assert_eq!((sizes.buckets[0].from, sizes.buckets[0].to), (0, Some(1)));
        assert_eq!((sizes.buckets[7].from, sizes.buckets[7].to, sizes.buckets[7].clusters), (101, None, 100));
    }

    #[test]
    fn no_cluster_has_no_size() {
        let sizes = Sizes::of(Vec::new());
        assert_eq!((sizes.clusters, sizes.largest, sizes.mean), (0, 0, 0.0));
    }
}
