//! New keywords beside clusters that are there: each joins the one it belongs to, and none of the old ones moves.

use rayon::prelude::*;

use super::LexicalClusterer;
use super::centre::Centre;
use super::grouping::{ClusterInput, Extension};
use super::space::Space;

/// Share of its neighbours' votes, 0 to 1, that a cluster must have for a keyword to join it.
const LEAST_VOTES: f32 = 0.4;
/// How near to the cluster's centre a keyword must be, as a share of what the cluster's own keywords are on average.
const LEAST_NEARNESS: f32 = 0.6;
/// How often votes are taken: keywords that joined vote the next time.
const ROUNDS: usize = 2;

/// A cluster that is there, in terms.
struct Settled {
    centre: Centre,
    cohesion: f32,
}

impl LexicalClusterer {
    /// Groups `inputs` beside clusters that are there, `settled` with the texts of each. A keyword joins the cluster that most
    /// of what is alike is in; the rest is grouped as [`group`](Self::group) does.
    #[must_use]
    pub fn group_beside(&self, inputs: &[ClusterInput<'_>], settled: &[Vec<&str>]) -> Extension {
        let homes = homes(inputs, settled);
        let left: Vec<usize> = (0..inputs.len()).filter(|input| homes[*input].is_none()).collect();
        let mut grouping = self.group(&left.iter().map(|input| inputs[*input]).collect::<Vec<_>>());
        let to_input = |place: &mut usize| *place = left[*place];
        grouping.groups.iter_mut().flat_map(|group| &mut group.members).for_each(to_input);
        grouping.unclustered.iter_mut().for_each(to_input);
        let joined = homes.into_iter().enumerate().filter_map(|(input, home)| Some((input, home?))).collect();
        Extension { joined, grouping }
    }
}

/// For each input the settled cluster that it joins.
fn homes(inputs: &[ClusterInput<'_>], settled: &[Vec<&str>]) -> Vec<Option<usize>> {
    if settled.iter().all(Vec::is_empty) {
        return vec![None; inputs.len()];
    }
    let mut texts: Vec<&str> = settled.iter().flatten().copied().collect();
    let first_input = texts.len();
    texts.extend(inputs.iter().map(|input| input.text));
    let space = Space::of(&texts);
    let clusters = settled.iter().enumerate().flat_map(|(cluster, texts)| texts.iter().map(move |_| cluster));
    let mut home_of_row: Vec<Option<usize>> = vec![None; space.rows.len()];
    for (row, cluster) in space.row_of.iter().zip(clusters) {
        home_of_row[*row as usize].get_or_insert(cluster);
    }
    let settled = in_terms(&space, settled);
    let rows = space.row_of.get(first_input..).unwrap_or_default();
    let mut homeless: Vec<u32> = rows
        .iter()
        .copied()
        .filter(|row| home_of_row[*row as usize].is_none() && !space.rows.row(*row as usize).is_empty())
        .collect();
    homeless.sort_unstable();
    homeless.dedup();
    let near = space.nearest(&homeless);
    for _ in 0..ROUNDS {
        let found: Vec<Option<usize>> = homeless
            .par_iter()
            .zip(&near)
            .map(|(row, near)| elect(near, &home_of_row).filter(|home| fits(&space, *row, &settled[*home])))
            .collect();
        for (row, home) in homeless.iter().zip(found) {
            let known = &mut home_of_row[*row as usize];
            *known = known.or(home);
        }
    }
    let home = |row: &u32| home_of_row[*row as usize].filter(|_| !space.rows.row(*row as usize).is_empty());
    rows.iter().map(home).collect()
}

/// The cluster with the most votes of these neighbours, if they are enough.
fn elect(near: &[(u32, f32)], home_of_row: &[Option<usize>]) -> Option<usize> {
    let mut votes: Vec<(usize, f32)> = Vec::new();
    for (row, similarity) in near {
        if let Some(home) = home_of_row[*row as usize] {
            match votes.iter_mut().find(|(known, _)| *known == home) {
                Some((_, sum)) => *sum += similarity,
                None => votes.push((home, *similarity)),
            }
        }
    }
    let all: f32 = near.iter().map(|(_, similarity)| similarity).sum();
    let (home, most) = votes.into_iter().max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)))?;
    (most >= LEAST_VOTES * all).then_some(home)
}

fn fits(space: &Space, row: u32, settled: &Settled) -> bool {
    let nearness = settled.centre.nearness(space.rows.row(row as usize));
    nearness >= LEAST_NEARNESS * settled.cohesion
}

fn in_terms(space: &Space, settled: &[Vec<&str>]) -> Vec<Settled> {
    let mut first = 0;
    let spans: Vec<std::ops::Range<usize>> = settled
        .iter()
        .map(|texts| {
            let span = first..first + texts.len();
            first = span.end;
            span
        })
        .collect();
    spans
        .into_par_iter()
        .map(|span| {
            let rows = || span.clone().map(|text| space.row(text));
            let centre = Centre::of(rows());
            Settled { cohesion: centre.cohesion(rows()), centre }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs<'a>(texts: &[&'a str]) -> Vec<ClusterInput<'a>> {
        texts.iter().map(|text| ClusterInput { text, volume: None }).collect()
    }

    #[test]
    fn newcomers_join_what_they_belong_to_and_the_rest_is_grouped() {
        let settled = [
            vec!["night sweats", "night sweats in women", "causes of night sweats"],
            vec!["hrt patch", "hrt patches cost", "best hrt patch"],
        ];
        let new = [
            "night sweats causes men",
            "hrt patch side effects",
            "espresso machine",
            "best espresso machine",
            "zzz",
        ];
        let extended = LexicalClusterer::default().group_beside(&inputs(&new), &settled);
        assert_eq!(extended.joined, [(0, 0), (1, 1)]);
        assert_eq!(extended.grouping.groups.len(), 1);
        let mut members = extended.grouping.groups[0].members.clone();
        members.sort_unstable();
        assert_eq!(members, [2, 3]);
        assert_eq!(extended.grouping.unclustered, [4]);
    }

    #[test]
    fn the_same_words_in_another_order_are_at_home() {
        let settled = [vec!["symptoms of menopause"], vec![]];
        let extended =
            LexicalClusterer::default().group_beside(&inputs(&["menopause symptoms", ""]), &settled);
        assert_eq!(extended.joined, [(0, 0)]);
        assert_eq!(extended.grouping.unclustered, [1]);
    }

    #[test]
    fn without_clusters_it_is_a_grouping() {
        let new = ["hrt patch", "hrt patches", "night sweats", "sweats at night"];
        let clusterer = LexicalClusterer::default();
        let extended = clusterer.group_beside(&inputs(&new), &[]);
        assert!(extended.joined.is_empty());
        assert_eq!(extended.grouping, clusterer.group(&inputs(&new)));
    }
}
