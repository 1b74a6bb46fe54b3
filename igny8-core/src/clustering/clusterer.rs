//! The local clusterer: from keywords to groups in one pure call.

use std::collections::HashMap;

use super::communities::communities;
use super::graph::Graph;
use super::grouping::{ClusterInput, Grouping};
use super::latent::LatentSpace;
use super::naming::Namer;
use super::neighbours::nearest;
use super::options::LexicalOptions;
use super::tuning::tune;
use super::vocabulary::Vocabulary;
use super::weighting::weigh;

/// Groups keywords by their words, without model, key or network. Pure and total.
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

    /// Groups `inputs` by topic.
    #[must_use]
    pub fn group(&self, inputs: &[ClusterInput<'_>]) -> Grouping {
        let t0 = std::time::Instant::now();
        let log = |what: &str| {
            if tune("LOG", 0.0) > 0.0 {
                eprintln!("{:>7.3} {what}", t0.elapsed().as_secs_f32())
            }
        };
        let texts: Vec<&str> = inputs.iter().map(|input| input.text).collect();
        let vocabulary = Vocabulary::of(&texts);
        log("vocabulary");
        let (bags, row_of) = distinct(&vocabulary.bags);
        let rows = weigh(&vocabulary, &bags);
        let postings = rows.transposed();
        log("weighed");
        let space = LatentSpace::of(&rows, &postings, tune("DIM", 50.0) as usize);
        log("latent");
        let near = nearest(&rows, &postings, &space);
        log("near");
        let floor = tune("FLOOR", 0.15);
        let power = tune("EPOW", 1.0);
        let edges = (0_u32..).zip(&near).flat_map(|(text, near)| {
            near.iter()
                .filter(|(_, s)| *s >= floor)
                .map(move |(other, s)| (text, *other, f64::from(*s).powf(f64::from(power))))
        });
        let graph = Graph::of(rows.len(), edges.collect::<Vec<_>>());
        let size = rows.len() as f64;
        let resolution = f64::from(tune("RES", 4.5))
            * self.options.granularity.resolution_factor()
            * (size / 13000.0).powf(f64::from(tune("RESN", 0.2)));
        let mut partition = communities(&graph, resolution);
        log("leiden");
        let stop: Vec<bool> = vocabulary.terms.iter().map(|t| false && t.readable.is_empty()).collect();
        let texts_with: Vec<u32> =
            (0..vocabulary.terms.len()).map(|t| postings.row(t).len() as u32).collect();
        let repair = super::repair::Repair {
            graph: &graph,
            texts: &rows,
            space: &space,
            stop: &stop,
            texts_with: &texts_with,
        };
        repair.split_unexplained(&mut partition);
        log("split");
        repair.reassign(&mut partition);
        if tune("ALIKE", 0.85) < 1.0 {
            repair.merge_alike(&mut partition);
        }
        log("reassign");
        log("communities");

        let count = partition.iter().max().map_or(0, |most| *most as usize + 1);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut unclustered = Vec::new();
        for (input, row) in row_of.iter().enumerate() {
            if bags[*row as usize].is_empty() {
                unclustered.push(input);
            } else {
                members[partition[*row as usize] as usize].push(input);
            }
        }
        let namer = Namer { inputs, row_of: &row_of, texts: &rows, vocabulary: &vocabulary };
        let mut groups = Vec::new();
        for members in members {
            if members.len() < self.options.min_size.max(1) {
                unclustered.extend(members);
            } else {
                groups.push(namer.group(members));
            }
        }
        unclustered.sort_unstable();
        let volume = |members: &[usize]| {
            members.iter().map(|m| inputs[*m].volume.unwrap_or(0)).fold(0_u64, u64::saturating_add)
        };
        groups.sort_by_cached_key(|group| {
            (
                std::cmp::Reverse(volume(&group.members)),
                std::cmp::Reverse(group.members.len()),
                group.members.first().copied(),
            )
        });
        log("named");
        Grouping { groups, unclustered }
    }
}

/// The distinct bags in an order that depends on their content only, and for each input the bag it has.
fn distinct(bags: &[Vec<u32>]) -> (Vec<&[u32]>, Vec<u32>) {
    let mut sorted: Vec<&[u32]> = bags.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    sorted.dedup();
    // Neighbours in alphabetical order are alike; a scattered order keeps that out of tie-breaks.
    sorted.sort_by_cached_key(|bag| {
        bag.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, term| {
            (hash ^ u64::from(*term)).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
        })
    });
    let rows: HashMap<&[u32], u32> = sorted.iter().copied().zip(0_u32..).collect();
    let row_of = bags.iter().filter_map(|bag| rows.get(bag.as_slice()).copied()).collect();
    (sorted, row_of)
}
