//! The local clusterer: from keywords to groups in one pure call.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::communities::{communities, members};
use super::graph::Graph;
use super::grouping::{ClusterInput, Group, Grouping};
use super::latent::LatentSpace;
use super::matrix::SparseMatrix;
use super::merging::merge_alike;
use super::naming::Namer;
use super::neighbours::nearest;
use super::options::LexicalOptions;
use super::splitting::Splitter;
use super::vocabulary::Vocabulary;
use super::weighting::weigh;

/// Resolution of the balanced community detection for a single text; see [`RESOLUTION_GROWTH`].
const RESOLUTION: f64 = 0.68;
/// The resolution grows with the number of distinct texts to this power, since modularity at a fixed one
/// finds ever wider communities in ever larger lists.
const RESOLUTION_GROWTH: f64 = 0.2;

/// Groups keywords by their words, without model, key or network. Pure and total: equal inputs give equal
/// groups on any number of threads, in any order, and no input makes it fail.
#[derive(Debug, Clone, Copy, Default)]
pub struct LexicalClusterer {
    options: LexicalOptions,
}

impl LexicalClusterer {
    /// A clusterer with these options.
    #[must_use]
    pub const fn new(options: LexicalOptions) -> Self {
        Self { options }
    }

    /// Groups `inputs` by topic. Seconds of CPU for tens of thousands of keywords, on all cores.
    #[must_use]
    pub fn group(&self, inputs: &[ClusterInput<'_>]) -> Grouping {
        let texts: Vec<&str> = inputs.iter().map(|input| input.text).collect();
        let vocabulary = Vocabulary::of(&texts);
        let (bags, row_of) = distinct(&vocabulary.bags);
        let rows = weigh(&vocabulary, &bags);
        let partition = self.partition(&rows, &vocabulary);

        let mut inputs_of = vec![Vec::new(); members(&partition).len()];
        let mut unclustered = Vec::new();
        for (input, row) in row_of.iter().enumerate() {
            if bags[*row as usize].is_empty() {
                unclustered.push(input);
            } else {
                inputs_of[partition[*row as usize] as usize].push(input);
            }
        }
        let namer = Namer { inputs, row_of: &row_of, texts: &rows, vocabulary: &vocabulary };
        let mut groups = Vec::new();
        for members in inputs_of {
            if members.len() < self.options.min_size.max(1) {
                unclustered.extend(members);
            } else {
                groups.push(namer.group(members));
            }
        }
        unclustered.sort_unstable();
        groups.sort_by_cached_key(|group: &Group| {
            let volumes = group.members.iter().map(|member| inputs[*member].volume.unwrap_or(0));
            let volume = volumes.fold(0, u64::saturating_add);
            (Reverse(volume), Reverse(group.members.len()), group.members.first().copied())
        });
        Grouping { groups, unclustered }
    }

    /// The community of each of `rows` (unit vectors of term weights), numbered from 0 without gaps.
    fn partition(&self, rows: &SparseMatrix, vocabulary: &Vocabulary) -> Vec<u32> {
        let granularity = self.options.granularity;
        let postings = rows.transposed();
        let space = LatentSpace::of(rows, &postings);
        let near = nearest(rows, &postings, &space);
        let edges = (0_u32..).zip(&near).flat_map(|(text, near)| {
            near.iter().map(move |(other, similarity)| (text, *other, f64::from(*similarity)))
        });
        let graph = Graph::of(rows.len(), edges);
        let growth = (rows.len() as f64).powf(RESOLUTION_GROWTH);
        let mut partition = communities(&graph, RESOLUTION * granularity.resolution_factor() * growth);
        let splitter = Splitter {
            graph: &graph,
            texts: rows,
            postings: &postings,
            terms: &vocabulary.terms,
            explained: granularity.explained_share(),
        };
        splitter.split_unexplained(&mut partition);
        merge_alike(&graph, rows, &mut partition);
        partition
    }
}

/// The distinct bags in an order that depends on their content only, and for each input the place of its bag.
fn distinct(bags: &[Vec<u32>]) -> (Vec<&[u32]>, Vec<u32>) {
    let mut sorted: Vec<&[u32]> = bags.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let places: HashMap<&[u32], u32> = sorted.iter().copied().zip(0_u32..).collect();
    let row_of = bags.iter().filter_map(|bag| places.get(bag.as_slice()).copied()).collect();
    (sorted, row_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_bags_are_found_again_whatever_the_order() {
        let bags = vec![vec![1, 2], vec![], vec![1, 2], vec![7]];
        let (found, row_of) = distinct(&bags);
        assert_eq!(found.len(), 3);
        for (bag, row) in bags.iter().zip(&row_of) {
            assert_eq!(found[*row as usize], bag);
        }
        let reversed: Vec<Vec<u32>> = bags.iter().rev().cloned().collect();
        assert_eq!(distinct(&reversed).0, found);
    }
}
