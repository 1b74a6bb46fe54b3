//! Joins clusters that say the same. Community detection cuts a large topic somewhere, and a person then finds
//! "menopause sleep" beside "menopause and sleep".

use rayon::prelude::*;

use super::centre::Centre;
use super::communities::{members, renumber};
use super::graph::Graph;
use super::matrix::{SparseMatrix, dot};

/// Cosine of two clusters' centres, 0 to 1, from which they are one topic.
const ALIKE: f32 = 0.8;

/// Joins clusters in pairs, the most alike first, each at most once. `partition` has the cluster of each
/// text; afterwards they are numbered from 0 without gaps.
pub(super) fn merge_alike(graph: &Graph, texts: &SparseMatrix, partition: &mut [u32]) {
    renumber(partition);
    let centres: Vec<Centre> = members(partition)
        .par_iter()
        .map(|members| Centre::of(members.iter().map(|member| texts.row(*member as usize))))
        .collect();
    let mut alike: Vec<(f32, u32, u32)> = Vec::new();
    let contracted = graph.contracted(partition, centres.len());
    for (a, centre) in (0_u32..).zip(&centres) {
        for (b, _) in contracted.neighbours(a as usize) {
            let similarity = dot(centre.direction(), centres[*b as usize].direction());
            if a < *b && similarity >= ALIKE {
                alike.push((similarity, a, *b));
            }
        }
    }
    alike.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut joined: Vec<Option<u32>> = vec![None; centres.len()];
    for (_, a, b) in alike {
        if joined[a as usize].is_none() && joined[b as usize].is_none() {
            joined[a as usize] = Some(a);
            joined[b as usize] = Some(a);
        }
    }
    for cluster in partition.iter_mut() {
        *cluster = joined[*cluster as usize].unwrap_or(*cluster);
    }
    renumber(partition);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_the_same_words_are_joined_and_others_are_not() {
        let words = [vec![(0, 1.0)], vec![(0, 0.9), (1, 0.435)], vec![(1, 0.9), (2, 0.435)]];
        let rows = words.iter().flat_map(|row| [row.clone(), row.clone()]);
        let texts = SparseMatrix::from_rows(rows, 3);
        let graph = Graph::of(6, [(0, 2, 0.1), (2, 4, 0.1), (0, 4, 0.1)]);
        let mut partition = [0, 0, 1, 1, 2, 2];
        merge_alike(&graph, &texts, &mut partition);
        assert_eq!(partition, [0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn three_of_a_kind_do_not_chain() {
        let texts = SparseMatrix::from_rows(vec![vec![(0, 1.0)]; 3], 1);
        let graph = Graph::of(3, [(0, 1, 1.0), (1, 2, 1.0)]);
        let mut partition = [0, 1, 2];
        merge_alike(&graph, &texts, &mut partition);
        assert_eq!(partition, [0, 0, 1]);
    }
}
