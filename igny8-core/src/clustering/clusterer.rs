//! The local clusterer: from keywords to groups in one pure call.

use std::cmp::Reverse;

use super::communities::{communities, members};
use super::graph::Graph;
use super::grouping::{ClusterInput, Group, Grouping};
use super::merging::merge_alike;
use super::naming::Namer;
use super::options::LexicalOptions;
use super::settling::{join_neighbours, part_strays};
use super::space::Space;
use super::splitting::Splitter;

/// Resolution of the balanced community detection for a single text; see [`RESOLUTION_GROWTH`].
const RESOLUTION: f64 = 0.82;
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
        let space = Space::of(&texts);
        let partition = self.partition(&space);

        let mut inputs_of = vec![Vec::new(); members(&partition).len()];
        let mut unclustered = Vec::new();
        for (input, row) in space.row_of.iter().enumerate() {
            if space.row(input).is_empty() {
                unclustered.push(input);
            } else {
                inputs_of[partition[*row as usize] as usize].push(input);
            }
        }
        let namer = Namer { inputs, space: &space };
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

    /// The community of each row of the space, numbered from 0 without gaps.
    fn partition(&self, space: &Space) -> Vec<u32> {
        let granularity = self.options.granularity;
        let rows = &space.rows;
        let all: Vec<u32> = (0_u32..).take(rows.len()).collect();
        let near = space.nearest(&all);
        let edges = (0_u32..).zip(&near).flat_map(|(text, near)| {
            near.iter().map(move |(other, similarity)| (text, *other, f64::from(*similarity)))
        });
        let graph = Graph::of(rows.len(), edges);
        let growth = (rows.len() as f64).powf(RESOLUTION_GROWTH);
        let mut partition = communities(&graph, RESOLUTION * granularity.resolution_factor() * growth);
        let splitter = Splitter {
            graph: &graph,
            texts: rows,
            postings: &space.postings,
            terms: &space.vocabulary.terms,
            explained: granularity.explained(),
        };
        splitter.split_unexplained(&mut partition);
        join_neighbours(&graph, &mut partition);
        part_strays(&graph, &mut partition);
        merge_alike(&graph, rows, &mut partition);
        partition
    }
}
