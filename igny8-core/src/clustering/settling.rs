//! Puts right what splitting leaves behind: texts that stand apart from their neighbours move to them, and those whose
//! neighbours stand in many places stand alone, since any of the places would be a guess.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::communities::renumber;
use super::graph::Graph;

/// How often texts look for their neighbours.
const ROUNDS: usize = 3;
/// How many times nearer another community must be than a text's own for it to move.
const NEARER: f64 = 1.2;
/// Share of a text's nearness to others, 0 to 1, that its community must have to keep it.
const LEAST_SHARE: f64 = 0.4;

/// Moves each text to the community that it is clearly nearer to than to its own. `partition` has the community of each
/// text, afterwards numbered from 0 without gaps.
pub(super) fn join_neighbours(graph: &Graph, partition: &mut Vec<u32>) {
    for _ in 0..ROUNDS {
        let next: Vec<u32> = partition
            .par_iter()
            .enumerate()
            .map(|(text, own)| {
                let nearness = nearness_to_communities(graph, text, partition);
                let to_own = nearness.get(own).copied().unwrap_or(0.0);
                let best = nearness.into_iter().max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)));
                best.filter(|(_, nearness)| *nearness > NEARER * to_own).map_or(*own, |(best, _)| best)
            })
            .collect();
        if next == *partition {
            break;
        }
        *partition = next;
    }
    renumber(partition);
}

/// Gives each text that its community has too small a share of a community of its own.
pub(super) fn part_strays(graph: &Graph, partition: &mut [u32]) {
    let strays: Vec<usize> = (0..partition.len())
        .into_par_iter()
        .filter(|text| {
            let nearness = nearness_to_communities(graph, *text, partition);
            let to_own = nearness.get(&partition[*text]).copied().unwrap_or(0.0);
            to_own < LEAST_SHARE * nearness.values().sum::<f64>()
        })
        .collect();
    let first_free = renumber(partition);
    for (stray, community) in strays.into_iter().zip(first_free..) {
        partition[stray] = community;
    }
    renumber(partition);
}

fn nearness_to_communities(graph: &Graph, text: usize, partition: &[u32]) -> BTreeMap<u32, f64> {
    let mut nearness = BTreeMap::new();
    for (other, weight) in graph.neighbours(text) {
        *nearness.entry(partition[*other as usize]).or_default() += weight;
    }
    nearness
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles and a text beside them with these edges to the first and the second.
    fn beside(first: f64, second: f64) -> Graph {
        let triangles = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0)];
        Graph::of(7, triangles.into_iter().chain([(6, 0, first), (6, 3, second)]))
    }

    #[test]
    fn a_text_joins_what_it_is_clearly_nearer_to() {
        let mut partition = vec![0, 0, 0, 1, 1, 1, 0];
        join_neighbours(&beside(0.2, 0.9), &mut partition);
        assert_eq!(partition, [0, 0, 0, 1, 1, 1, 1]);
        let mut partition = vec![0, 0, 0, 1, 1, 1, 0];
        join_neighbours(&beside(0.5, 0.55), &mut partition);
        assert_eq!(partition, [0, 0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn a_text_alone_joins_whatever_it_has() {
        let mut partition = vec![0, 0, 0, 1, 1, 1, 2];
        join_neighbours(&beside(0.0, 0.1), &mut partition);
        assert_eq!(partition, [0, 0, 0, 1, 1, 1, 1]);
    }

    #[test]
    fn a_stray_stands_alone_and_nothing_else_moves() {
        let mut partition = [0, 0, 0, 1, 1, 1, 0];
        part_strays(&beside(0.2, 0.9), &mut partition);
        assert_eq!(partition, [0, 0, 0, 1, 1, 1, 2]);
        let mut partition = [0, 0, 0, 1, 1, 1, 0];
        part_strays(&beside(0.9, 0.2), &mut partition);
        assert_eq!(partition, [0, 0, 0, 1, 1, 1, 0]);
    }
}
