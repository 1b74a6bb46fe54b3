//! Community detection in a weighted graph: the Leiden method (Traag, Waltman and
//! van Eck, 2019) for modularity with a resolution, made deterministic.

use std::collections::VecDeque;

use super::graph::Graph;

/// Full passes; each starts from the previous partition and rarely changes much after the second.
const PASSES: usize = 3;
/// Contractions within a pass; every one at least halves a graph that still improves.
const LEVELS: usize = 40;

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

fn pass(graph: &Graph, partition: Vec<u32>, resolution: f64) -> Vec<u32> {
    let mut level = graph.clone();
    let mut node_of: Vec<u32> = (0_u32..).take(graph.len()).collect();
    let mut partition = partition;
    for _ in 0..LEVELS {
        move_nodes(&level, &mut partition, resolution);
        let count = renumber(&mut partition);
        if count == level.len() {
            break;
        }
        let mut refined = refine(&level, &partition, resolution);
        let parts = renumber(&mut refined);
        if parts == level.len() {
            // Refinement merged nothing: contract the communities themselves.
            refined.clone_from(&partition);
        }
        let parts = parts.min(refined.iter().max().map_or(0, |most| *most as usize + 1));
        let mut community_of_part = vec![0; parts];
        for (part, community) in refined.iter().zip(&partition) {
            community_of_part[*part as usize] = *community;
        }
        level = level.contracted(&refined, parts);
        for node in &mut node_of {
            *node = refined[*node as usize];
        }
        partition = community_of_part;
    }
    let mut flat: Vec<u32> = node_of.iter().map(|node| partition[*node as usize]).collect();
    renumber(&mut flat);
    flat
}

/// Moves single nodes to the neighbouring community that gains most, until none gains.
fn move_nodes(graph: &Graph, partition: &mut [u32], resolution: f64) {
    let count = graph.len();
    let mut strength_of = vec![0.0; count];
    for (node, community) in partition.iter().enumerate() {
        strength_of[*community as usize] += graph.strength(node);
    }
    let mut members = vec![0_u32; count];
    for community in partition.iter() {
        members[*community as usize] += 1;
    }
    let mut free: Vec<u32> =
        (0_u32..).zip(&members).filter(|(_, size)| **size == 0).map(|(id, _)| id).collect();
    let mut queue: VecDeque<u32> = (0_u32..).take(count).collect();
    let mut queued = vec![true; count];
    let mut weight_to = vec![0.0; count];
    let mut touched: Vec<u32> = Vec::new();
    let scale = if graph.total() > 0.0 { resolution / graph.total() } else { 0.0 };
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        queued[node] = false;
        let home = partition[node];
        let strength = graph.strength(node);
        for (neighbour, weight) in graph.neighbours(node) {
            let community = partition[*neighbour as usize];
            if weight_to[community as usize] == 0.0 {
                touched.push(community);
            }
            weight_to[community as usize] += weight;
        }
        strength_of[home as usize] -= strength;
        let gain = |community: u32| {
            weight_to[community as usize] - scale * strength * strength_of[community as usize]
        };
        let mut best = (gain(home), home);
        for community in &touched {
            let gained = gain(*community);
            if gained > best.0 + 1e-12 || (gained > best.0 - 1e-12 && *community < best.1 && best.1 != home) {
                best = (gained, *community);
            }
        }
        if best.0 < -1e-12 {
            if let Some(empty) = free.last() {
                best = (0.0, *empty);
            }
        }
        for community in touched.drain(..) {
            weight_to[community as usize] = 0.0;
        }
        let target = best.1;
        strength_of[target as usize] += strength;
        if target == home {
            continue;
        }
        if members[target as usize] == 0 {
            free.pop();
        }
        members[target as usize] += 1;
        members[home as usize] -= 1;
        if members[home as usize] == 0 {
            free.push(home);
        }
        partition[node] = target;
        for (neighbour, _) in graph.neighbours(node) {
            if partition[*neighbour as usize] != target && !queued[*neighbour as usize] {
                queued[*neighbour as usize] = true;
                queue.push_back(*neighbour);
            }
        }
    }
}

/// Splits each community into well-connected parts: every node starts alone and
/// joins, once, the part of its own community that gains most.
fn refine(graph: &Graph, partition: &[u32], resolution: f64) -> Vec<u32> {
    let count = graph.len();
    let scale = if graph.total() > 0.0 { resolution / graph.total() } else { 0.0 };
    let mut community_strength = vec![0.0; count];
    for (node, community) in partition.iter().enumerate() {
        community_strength[*community as usize] += graph.strength(node);
    }
    let mut refined: Vec<u32> = (0_u32..).take(count).collect();
    let mut part_strength: Vec<f64> = (0..count).map(|node| graph.strength(node)).collect();
    let mut alone = vec![true; count];
    let mut weight_to = vec![0.0; count];
    let mut touched: Vec<u32> = Vec::new();
    for node in 0..count {
        if !alone[node] {
            continue;
        }
        let strength = graph.strength(node);
        let mut inside = 0.0;
        for (neighbour, weight) in graph.neighbours(node) {
            if partition[*neighbour as usize] != partition[node] {
                continue;
            }
            inside += weight;
            let part = refined[*neighbour as usize];
            if weight_to[part as usize] == 0.0 {
                touched.push(part);
            }
            weight_to[part as usize] += weight;
        }
        let rest = community_strength[partition[node] as usize] - strength;
        let well_connected = inside >= scale * strength * rest;
        let mut best: Option<(f64, u32)> = None;
        for part in touched.drain(..) {
            let gain = weight_to[part as usize] - scale * strength * part_strength[part as usize];
            weight_to[part as usize] = 0.0;
            let better = best.is_none_or(|(most, id)| gain > most || (gain >= most && part < id));
            if well_connected && gain > 0.0 && better {
                best = Some((gain, part));
            }
        }
        if let Some((_, part)) = best {
            part_strength[node] -= strength;
            part_strength[part as usize] += strength;
            refined[node] = part;
            alone[part as usize] = false;
            alone[node] = false;
        }
    }
    refined
}

/// Numbers communities from 0 in order of their first node; returns how many there are.
pub(super) fn renumber(partition: &mut [u32]) -> usize {
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
    next as usize
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
