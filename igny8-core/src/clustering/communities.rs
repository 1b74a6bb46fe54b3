//! Community detection in a weighted graph: the Leiden method (Traag, Waltman and
//! van Eck, 2019) for modularity with a resolution, made deterministic.

use std::collections::VecDeque;

use super::graph::Graph;

/// Full passes; each starts from the previous partition and rarely changes much after the second.
const PASSES: usize = 3;
/// Contractions within a pass; every one at least halves a graph that still improves.
const LEVELS: usize = 40;
/// Gains that differ by less are equal; the difference is rounding.
const NEGLIGIBLE: f64 = 1e-12;

/// Partition of the graph's nodes into communities numbered from 0. A higher `resolution` makes more and smaller ones.
/// The same graph gives the same partition; isolated nodes stay alone.
pub(super) fn communities(graph: &Graph, resolution: f64) -> Vec<u32> {
    let mut partition: Vec<u32> = (0_u32..).take(graph.len()).collect();
    for _ in 0..PASSES {
        let before = partition.clone();
        partition = pass(graph, partition, resolution);
        if partition == before {
            break;
        }
    }
    partition
}

/// One descent from single nodes through ever coarser graphs and back: the improved partition of `graph`.
fn pass(graph: &Graph, mut partition: Vec<u32>, resolution: f64) -> Vec<u32> {
    let mut level = graph.clone();
    let mut node_of: Vec<u32> = (0_u32..).take(graph.len()).collect();
    for _ in 0..LEVELS {
        move_nodes(&level, &mut partition, resolution);
        let communities = renumber(&mut partition) as usize;
        if communities == level.len() {
            break;
        }
        let mut part_of = refine(&level, &partition, resolution);
        let mut parts = renumber(&mut part_of) as usize;
        if parts == level.len() {
            // Refinement joined nothing: contract the communities themselves.
            part_of.clone_from(&partition);
            parts = communities;
        }
        let mut community_of_part = vec![0; parts];
        for (part, community) in part_of.iter().zip(&partition) {
            community_of_part[*part as usize] = *community;
        }
        level = level.contracted(&part_of, parts);
        for node in &mut node_of {
            *node = part_of[*node as usize];
        }
        partition = community_of_part;
    }
    let mut flat: Vec<u32> = node_of.iter().map(|node| partition[*node as usize]).collect();
    renumber(&mut flat);
    flat
}

/// What modularity charges for two nodes in one community, for each unit of both their strengths.
fn price(graph: &Graph, resolution: f64) -> f64 {
    if graph.total() > 0.0 { resolution / graph.total() } else { 0.0 }
}

/// Weight of the edges from one node to each community; reused from node to node.
struct Ties {
    /// By community; 0 for those not in `to`.
    weights: Vec<f64>,
    /// The communities that the node has an edge to.
    to: Vec<u32>,
}

impl Ties {
    /// No ties yet to any of so many `communities`.
    fn new(communities: usize) -> Self {
        Self { weights: vec![0.0; communities], to: Vec::new() }
    }

    /// Adds an edge of positive `weight` to `community`.
    fn add(&mut self, community: u32, weight: f64) {
        let sum = &mut self.weights[community as usize];
        if *sum == 0.0 {
            self.to.push(community);
        }
        *sum += weight;
    }

    /// Weight of all edges to `community`.
    fn weight(&self, community: u32) -> f64 {
        self.weights[community as usize]
    }

    /// Forgets all edges.
    fn clear(&mut self) {
        for community in self.to.drain(..) {
            self.weights[community as usize] = 0.0;
        }
    }
}

/// Moves single nodes to the neighbouring community that gains most, or to one of
/// their own, until none gains. `partition` has at most as many communities as nodes.
fn move_nodes(graph: &Graph, partition: &mut [u32], resolution: f64) {
    let count = graph.len();
    let price = price(graph, resolution);
    let mut strengths = vec![0.0; count];
    let mut sizes = vec![0_u32; count];
    for (node, community) in partition.iter().enumerate() {
        strengths[*community as usize] += graph.strength(node);
        sizes[*community as usize] += 1;
    }
    let mut empty: Vec<u32> =
        (0_u32..).zip(&sizes).filter(|(_, size)| **size == 0).map(|(community, _)| community).collect();
    let mut queue: VecDeque<u32> = (0_u32..).take(count).collect();
    let mut queued = vec![true; count];
    let mut ties = Ties::new(count);
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        queued[node] = false;
        for (neighbour, weight) in graph.neighbours(node) {
            ties.add(partition[*neighbour as usize], *weight);
        }
        let home = partition[node];
        let strength = graph.strength(node);
        strengths[home as usize] -= strength;
        let gain = |to: u32| ties.weight(to) - price * strength * strengths[to as usize];
        let (mut most, mut target) = (gain(home), home);
        for community in &ties.to {
            let gained = gain(*community);
            let as_good = gained > most - NEGLIGIBLE && target != home && *community < target;
            if gained > most + NEGLIGIBLE || as_good {
                (most, target) = (gained, *community);
            }
        }
        if most < -NEGLIGIBLE {
            target = empty.last().copied().unwrap_or(target);
        }
        ties.clear();
        strengths[target as usize] += strength;
        if target == home {
            continue;
        }
        if sizes[target as usize] == 0 {
            empty.pop();
        }
        sizes[target as usize] += 1;
        sizes[home as usize] -= 1;
        if sizes[home as usize] == 0 {
            empty.push(home);
        }
        partition[node] = target;
        for (neighbour, _) in graph.neighbours(node) {
            let neighbour_queued = &mut queued[*neighbour as usize];
            if partition[*neighbour as usize] != target && !*neighbour_queued {
                *neighbour_queued = true;
                queue.push_back(*neighbour);
            }
        }
    }
}

/// Splits each community into well-connected parts: every node starts alone and
/// joins, once, the part of its own community that gains most.
fn refine(graph: &Graph, partition: &[u32], resolution: f64) -> Vec<u32> {
    let count = graph.len();
    let price = price(graph, resolution);
    let mut community_strengths = vec![0.0; count];
    for (node, community) in partition.iter().enumerate() {
        community_strengths[*community as usize] += graph.strength(node);
    }
    let mut part_of: Vec<u32> = (0_u32..).take(count).collect();
    let mut part_strengths: Vec<f64> = (0..count).map(|node| graph.strength(node)).collect();
    let mut alone = vec![true; count];
    let mut ties = Ties::new(count);
    for node in 0..count {
        if !alone[node] {
            continue;
        }
        let strength = graph.strength(node);
        let mut inside = 0.0;
        for (neighbour, weight) in graph.neighbours(node) {
            if partition[*neighbour as usize] == partition[node] {
                ties.add(part_of[*neighbour as usize], *weight);
                inside += weight;
            }
        }
        let rest = community_strengths[partition[node] as usize] - strength;
        let mut best: Option<(f64, u32)> = None;
        if inside >= price * strength * rest {
            for part in &ties.to {
                let gain = ties.weight(*part) - price * strength * part_strengths[*part as usize];
                let better = best.is_none_or(|(most, id)| gain > most || (gain >= most && *part < id));
                if gain > 0.0 && better {
                    best = Some((gain, *part));
                }
            }
        }
        ties.clear();
        if let Some((_, part)) = best {
            part_strengths[node] -= strength;
            part_strengths[part as usize] += strength;
            part_of[node] = part;
            alone[part as usize] = false;
            alone[node] = false;
        }
    }
    part_of
}

/// Numbers communities from 0 in order of their first node; returns how many there are.
pub(super) fn renumber(partition: &mut [u32]) -> u32 {
    let size = partition.iter().max().map_or(0, |most| *most as usize + 1);
    let mut names = vec![u32::MAX; size];
    let mut next = 0;
    for community in partition {
        let name = &mut names[*community as usize];
        if *name == u32::MAX {
            *name = next;
            next += 1;
        }
        *community = *name;
    }
    next
}

/// The nodes of each community, ascending. Communities are numbered from 0.
pub(super) fn members(partition: &[u32]) -> Vec<Vec<u32>> {
    let count = partition.iter().max().map_or(0, |most| *most as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (node, community) in (0_u32..).zip(partition) {
        members[*community as usize].push(node);
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cliques(count: u32, size: u32) -> Graph {
        let mut edges = Vec::new();
        for clique in 0..count {
            for a in 0..size {
                for b in 0..a {
                    edges.push((clique * size + a, clique * size + b, 1.0));
                }
            }
            edges.push((clique * size, (clique + 1) % count * size + 1, 0.2));
        }
        Graph::of((count * size) as usize, edges)
    }

    #[test]
    fn a_ring_of_cliques_falls_into_its_cliques() {
        let found = communities(&cliques(8, 5), 1.0);
        let expected: Vec<u32> = (0..40).map(|node| node / 5).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn low_resolution_joins_and_isolated_nodes_stay_alone() {
        let joined = communities(&cliques(8, 5), 0.05);
        assert!(joined.iter().max() < Some(&7));
        assert_eq!(communities(&Graph::of(3, []), 1.0), [0, 1, 2]);
        assert!(communities(&Graph::of(0, []), 1.0).is_empty());
    }
}
