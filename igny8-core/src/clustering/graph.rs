//! An undirected weighted graph of keywords in compressed rows, and its
//! contraction along a partition.

use std::collections::HashMap;

/// Undirected weighted graph; each edge stands in both its ends' rows.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    /// Where each node's edges begin, and where the last one's end.
    starts: Vec<usize>,
    /// Neighbour and weight, by node.
    edges: Vec<(u32, f64)>,
    /// Weight of the edges that a contraction put inside a node, counted twice.
    inner: Vec<f64>,
    /// Sum of each node's edge weights, inner ones twice.
    strengths: Vec<f64>,
    /// Sum of all strengths.
    total: f64,
}

impl Graph {
    /// A graph of `nodes` nodes from edges given once each or once per direction; the weights of repeats add up.
    pub(super) fn of(nodes: usize, edges: impl IntoIterator<Item = (u32, u32, f64)>) -> Self {
        Self::with_inner(vec![0.0; nodes], edges)
    }

    /// The same with inner weights, one for each node.
    fn with_inner(inner: Vec<f64>, edges: impl IntoIterator<Item = (u32, u32, f64)>) -> Self {
        let nodes = inner.len();
        let mut both: Vec<(u32, u32, f64)> = Vec::new();
        for (a, b, weight) in edges {
            both.push((a, b, weight));
            both.push((b, a, weight));
        }
        both.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(x.2.total_cmp(&y.2)));
        let mut starts = vec![0; nodes + 1];
        let mut edges: Vec<(u32, f64)> = Vec::with_capacity(both.len());
        let mut last = None;
        for (from, to, weight) in both {
            if last == Some((from, to)) {
                if let Some((_, sum)) = edges.last_mut() {
                    *sum += weight;
                }
            } else {
                edges.push((to, weight));
                starts[from as usize + 1] += 1;
                last = Some((from, to));
            }
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let strengths: Vec<f64> = (0..nodes)
            .map(|node| {
                inner[node] + edges[starts[node]..starts[node + 1]].iter().map(|(_, w)| w).sum::<f64>()
            })
            .collect();
        let total = strengths.iter().sum();
        Self { starts, edges, inner, strengths, total }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.inner.len()
    }

    /// Neighbours of a node with the weights of the edges to them.
    pub(super) fn neighbours(&self, node: usize) -> &[(u32, f64)] {
        &self.edges[self.starts[node]..self.starts[node + 1]]
    }

    /// Sum of a node's edge weights, inner ones twice.
    pub(super) fn strength(&self, node: usize) -> f64 {
        self.strengths[node]
    }

    /// Sum of all strengths: twice the weight of all edges.
    pub(super) const fn total(&self) -> f64 {
        self.total
    }

    /// The graph whose nodes are the `parts` communities of `part_of`.
    pub(super) fn contracted(&self, part_of: &[u32], parts: usize) -> Self {
        let mut inner = vec![0.0; parts];
        let mut between = Vec::new();
        for (node, part) in part_of.iter().enumerate() {
            inner[*part as usize] += self.inner[node];
            for (neighbour, weight) in self.neighbours(node) {
                let other = part_of[*neighbour as usize];
                if other == *part {
                    inner[*part as usize] += weight;
                } else if *part < other {
                    between.push((*part, other, *weight));
                }
            }
        }
        Self::with_inner(inner, between)
    }

    /// The graph among `nodes` only, renumbered in their order.
    pub(super) fn induced(&self, nodes: &[u32]) -> Self {
        let places: HashMap<u32, u32> = nodes.iter().copied().zip(0_u32..).collect();
        let mut edges = Vec::new();
        for (from, node) in (0_u32..).zip(nodes) {
            for (to, weight) in self.neighbours(*node as usize) {
                if let Some(to) = places.get(to).filter(|to| from < **to) {
                    edges.push((from, *to, *weight));
                }
            }
        }
        Self::of(nodes.len(), edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contraction_keeps_the_total() {
        let graph = Graph::of(4, [(0, 1, 1.0), (1, 0, 0.5), (1, 2, 2.0), (2, 3, 1.0)]);
        assert!((graph.strength(1) - 3.5).abs() < 1e-12);
        let contracted = graph.contracted(&[0, 0, 1, 1], 2);
        assert!((contracted.total() - graph.total()).abs() < 1e-12);
        assert_eq!(contracted.neighbours(0), [(1, 2.0)]);
        assert_eq!(graph.induced(&[1, 2]).neighbours(0), [(1, 2.0)]);
    }
}
