//! Mends what community detection leaves: catch-alls that no shared word explains,
//! clusters that say the same, keywords that a neighbouring cluster fits better.

use std::collections::HashMap;

use rayon::prelude::*;

use super::communities::{communities, renumber};
use super::graph::Graph;
use super::latent::LatentSpace;
use super::matrix::{SparseMatrix, dot, normalise};
use super::tuning::tune;

/// What repairs look at.
pub(super) struct Repair<'a> {
    pub(super) graph: &'a Graph,
    pub(super) texts: &'a SparseMatrix,
    pub(super) space: &'a LatentSpace,
    pub(super) stop: &'a [bool],
    pub(super) texts_with: &'a [u32],
}

impl Repair<'_> {
    /// Splits, again and again, every community that its words do not explain.
    pub(super) fn split_unexplained(&self, partition: &mut [u32]) {
        let need = tune("EXPLAIN", 0.7);
        let smallest = tune("SMALLEST", 12.0) as usize;
        let resolution = f64::from(tune("SPLITRES", 0.5));
        let mut next = renumber(partition) as u32;
        let mut work = members(partition);
        while let Some(nodes) = work.pop() {
            if nodes.len() < smallest || self.explained(&nodes) >= need {
                continue;
            }
            let inside = self.graph.induced(&nodes);
            let mut found = Vec::new();
            let mut at = resolution;
            while at < 5.0 {
                found = communities(&inside, at);
                let mut sizes = vec![0_usize; found.len() + 1];
                for part in &found {
                    sizes[*part as usize] += 1;
                }
                if sizes.iter().max().copied().unwrap_or(0) * 10
                    <= nodes.len() * tune("MAXPART", 9.0) as usize
                {
                    break;
                }
                at *= 2.0;
            }
            let mut parts = members(&found).into_iter();
            work.extend(
                parts.next().filter(|first| first.len() < nodes.len()).map(|first| pick(&nodes, &first)),
            );
            for part in parts {
                let part = pick(&nodes, &part);
                for node in &part {
                    partition[*node as usize] = next;
                }
                next += 1;
                work.push(part);
            }
        }
    }

    /// Share of `nodes` that have one of the two words that set them apart from all texts.
    fn explained(&self, nodes: &[u32]) -> f32 {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for node in nodes {
            for (term, _) in self.texts.row(*node as usize) {
                *counts.entry(*term).or_default() += 1;
            }
        }
        let (size, all) = (nodes.len() as f32, self.texts.len() as f32);
        let mut telling: Vec<(f32, u32)> = counts
            .iter()
            .filter_map(|(term, count)| {
                let with = self.texts_with[*term as usize] as f32;
                let lift = *count as f32 / size / (with / all);
                (!self.stop[*term as usize] && lift >= 2.0)
                    .then(|| (*count as f32 * (all / with).ln(), *term))
            })
            .collect();
        telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        telling.truncate(2);
        let explained = nodes.iter().filter(|node| {
            let row = self.texts.row(**node as usize);
            let plain = row.iter().all(|(term, _)| {
                self.stop[*term as usize] || self.texts_with[*term as usize] as f32 > 0.25 * all
            });
            plain || row.iter().any(|(term, _)| telling.iter().any(|(_, telling)| telling == term))
        });
        explained.count() as f32 / size
    }

    /// Moves each text to the neighbouring cluster whose centre is clearly nearer.
    pub(super) fn reassign(&self, partition: &mut [u32]) {
        let margin = tune("MARGIN", 0.02);
        for _ in 0..tune("REASSIGN", 0.0) as usize {
            let count = renumber(partition);
            let centres = Centres::of(self, partition, count);
            let current: &[u32] = partition;
            let moved: Vec<u32> = (0..partition.len())
                .into_par_iter()
                .map(|node| {
                    let home = current[node];
                    let mut near: Vec<u32> = self
                        .graph
                        .neighbours(node)
                        .iter()
                        .map(|(n, _)| current[*n as usize])
                        .filter(|c| *c != home)
                        .collect();
                    near.sort_unstable();
                    near.dedup();
                    let mut best = (centres.fit(self, node, home, true) + margin, home);
                    for cluster in near {
                        let fit = centres.fit(self, node, cluster, false);
                        if fit > best.0 {
                            best = (fit, cluster);
                        }
                    }
                    best.1
                })
                .collect();
            partition.copy_from_slice(&moved);
        }
        renumber(partition);
    }

    /// Joins clusters whose centres nearly coincide.
    pub(super) fn merge_alike(&self, partition: &mut [u32]) {
        let alike = tune("ALIKE", 0.85);
        let count = renumber(partition);
        let centres = Centres::of(self, partition, count);
        let contracted = self.graph.contracted(partition, count);
        let mut pairs: Vec<(f32, u32, u32)> = Vec::new();
        for a in 0..count {
            for (b, _) in contracted.neighbours(a) {
                if (*b as usize) > a {
                    let s = dot(&centres.words[a], &centres.words[*b as usize]);
                    if s >= alike {
                        pairs.push((s, a as u32, *b));
                    }
                }
            }
        }
        pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        if tune("LOG", 0.0) > 1.0 {
            eprintln!("merges {}", pairs.len());
        }
        let mut into: Vec<u32> = (0..count as u32).collect();
        let mut done = vec![false; count];
        for (_, a, b) in pairs {
            if !done[a as usize] && !done[b as usize] {
                into[b as usize] = a;
                done[a as usize] = true;
                done[b as usize] = true;
            }
        }
        for c in partition.iter_mut() {
            *c = into[*c as usize];
        }
        renumber(partition);
    }
}

struct Centres {
    words: Vec<Vec<(u32, f32)>>,
    lengths: Vec<f32>,
    places: Vec<Vec<f32>>,
}

impl Centres {
    fn of(repair: &Repair<'_>, partition: &[u32], _count: usize) -> Self {
        let groups = members(partition);
        let made: Vec<(Vec<(u32, f32)>, f32, Vec<f32>)> = groups
            .par_iter()
            .map(|nodes| {
                let mut all: Vec<(u32, f32)> =
                    nodes.iter().flat_map(|n| repair.texts.row(*n as usize)).copied().collect();
                all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
                let mut words: Vec<(u32, f32)> = all
                    .chunk_by(|a, b| a.0 == b.0)
                    .map(|run| (run[0].0, run.iter().map(|(_, w)| w).sum()))
                    .collect();
                let length = words.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
                normalise(&mut words);
                let mut place: Vec<f32> = Vec::new();
                for n in nodes {
                    let p = repair.space.place(*n as usize);
                    place.resize(p.len(), 0.0);
                    for (s, x) in place.iter_mut().zip(p) {
                        *s += x;
                    }
                }
                let l = place.iter().map(|x| x * x).sum::<f32>().sqrt();
                if l > 0.0 {
                    for x in &mut place {
                        *x /= l;
                    }
                }
                (words, length, place)
            })
            .collect();
        let mut c = Self { words: vec![], lengths: vec![], places: vec![] };
        for (w, l, p) in made {
            c.words.push(w);
            c.lengths.push(l);
            c.places.push(p);
        }
        c
    }

    fn fit(&self, repair: &Repair<'_>, node: usize, cluster: u32, member: bool) -> f32 {
        let cluster = cluster as usize;
        let row = repair.texts.row(node);
        let words = &self.words[cluster];
        let mut s: f32 = row
            .iter()
            .filter_map(|(t, w)| words.binary_search_by_key(t, |(t, _)| *t).ok().map(|i| w * words[i].1))
            .sum();
        if member {
            // The centre without the text itself, or alone it would fit best anywhere it is.
            let l = self.lengths[cluster];
            let rest = (l * l - 2.0 * s * l + 1.0).max(0.0).sqrt();
            s = if rest > 1e-3 { (s * l - 1.0) / rest } else { 0.0 };
        }
        let share = tune("RLAT", 0.25);
        let near: f32 = repair.space.place(node).iter().zip(&self.places[cluster]).map(|(x, y)| x * y).sum();
        (1.0 - share) * s + share * near.max(0.0)
    }
}

fn pick(nodes: &[u32], part: &[u32]) -> Vec<u32> {
    part.iter().map(|place| nodes[*place as usize]).collect()
}

/// The nodes of each community, ascending.
fn members(partition: &[u32]) -> Vec<Vec<u32>> {
    let count = partition.iter().max().map_or(0, |most| *most as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (node, community) in (0_u32..).zip(partition) {
        members[*community as usize].push(node);
    }
    members
}
