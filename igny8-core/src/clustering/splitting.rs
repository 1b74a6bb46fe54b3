//! Splits communities that no shared word explains. Detection gathers what resembles nothing well ("menopause
//! tattoo", "menopause quilt") into catch-alls that no person would call a topic.

use std::collections::HashMap;

use super::communities::{communities, members, renumber};
use super::graph::Graph;
use super::language::Role;
use super::matrix::SparseMatrix;
use super::vocabulary::Term;

/// Fewest texts of a community that is looked at; in fewer a person sees what they have in common.
const SMALLEST: usize = 8;
/// How many times commoner than in all texts a telling term is in its community.
const LEAST_LIFT: f32 = 2.0;
/// A term of more than this share of all texts is the subject of the whole list and tells nothing apart.
const SUBJECT_SHARE: f32 = 0.25;
/// Resolutions at which a split is tried, in this order.
const RESOLUTIONS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
/// A split stands when no part has more than this share of the texts; else the next resolution is tried, and the last one's
/// stands whatever it is.
const LARGEST_PART: f64 = 0.9;

/// Shares of a community's texts, 0 to 1, that its most telling terms must cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Explained {
    /// The first alone: what two terms cover by halves is two topics.
    pub(super) by_one: f32,
    /// The first two together.
    pub(super) by_two: f32,
}

/// What splitting looks at.
#[derive(Debug)]
pub(super) struct Splitter<'a> {
    /// Similarities of the texts.
    pub(super) graph: &'a Graph,
    /// Each text's weighted terms.
    pub(super) texts: &'a SparseMatrix,
    /// Each term's texts.
    pub(super) postings: &'a SparseMatrix,
    /// What each term is.
    pub(super) terms: &'a [Term],
    /// What must be explained of a community for it to stand.
    pub(super) explained: Explained,
}

impl Splitter<'_> {
    /// Splits, again and again, every community that its words do not explain. `partition` has the
    /// community of each text, afterwards numbered from 0 without gaps.
    pub(super) fn split_unexplained(&self, partition: &mut [u32]) {
        let mut unnamed = renumber(partition)..;
        let mut waiting = members(partition);
        while let Some(texts) = waiting.pop() {
            if texts.len() < SMALLEST || self.is_explained(&texts) {
                continue;
            }
            let parts = self.parts(&texts);
            if parts.len() < 2 {
                continue;
            }
            // The first part keeps the community's number.
            for (part, name) in parts.iter().skip(1).zip(&mut unnamed) {
                for text in part {
                    partition[*text as usize] = name;
                }
            }
            waiting.extend(parts);
        }
        renumber(partition);
    }

    /// The texts of each community within `texts` (ascending), by their similarities to each other only.
    fn parts(&self, texts: &[u32]) -> Vec<Vec<u32>> {
        let inside = self.graph.induced(texts);
        let mut parts = Vec::new();
        for resolution in RESOLUTIONS {
            parts = members(&communities(&inside, resolution));
            let largest = parts.iter().map(Vec::len).max().unwrap_or(0);
            if largest as f64 <= LARGEST_PART * texts.len() as f64 {
                break;
            }
        }
        for part in &mut parts {
            for text in part {
                *text = texts[*text as usize];
            }
        }
        parts
    }

    /// Whether few words say what most of `texts` are about.
    fn is_explained(&self, texts: &[u32]) -> bool {
        let telling = self.telling(texts);
        let first = |terms: usize| telling.get(..terms).unwrap_or(&telling);
        self.covered(texts, first(1)) >= self.explained.by_one
            && self.covered(texts, first(2)) >= self.explained.by_two
    }

    /// Share of `texts`, 0 to 1, that have one of these terms or have nothing to tell: no topic beside the subject of the
    /// whole list.
    fn covered(&self, texts: &[u32], telling: &[u32]) -> f32 {
        let covered = texts.iter().filter(|text| {
            let row = self.texts.row(**text as usize);
            row.iter().any(|(term, _)| telling.contains(term))
                || row.iter().all(|(term, _)| !self.is_topic(*term) || self.share(*term) > SUBJECT_SHARE)
        });
        covered.count() as f32 / texts.len().max(1) as f32
    }

    /// The terms that set `texts` apart from all texts: frequent here, rare elsewhere; the most telling first.
    fn telling(&self, texts: &[u32]) -> Vec<u32> {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for text in texts {
            for (term, _) in self.texts.row(*text as usize) {
                *counts.entry(*term).or_default() += 1;
            }
        }
        let mut telling: Vec<(f32, u32)> = counts
            .into_iter()
            .map(|(term, count)| (count as f32, term))
            .filter(|(count, term)| {
                self.is_topic(*term) && *count >= LEAST_LIFT * self.share(*term) * texts.len() as f32
            })
            .map(|(count, term)| (-count * self.share(term).ln(), term))
            .collect();
        telling.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        telling.into_iter().map(|(_, term)| term).collect()
    }

    /// Share of all texts that have `term`, 0 to 1.
    fn share(&self, term: u32) -> f32 {
        self.postings.row(term as usize).len() as f32 / self.texts.len().max(1) as f32
    }

    /// True for terms that name what a text is about.
    fn is_topic(&self, term: u32) -> bool {
        self.terms[term as usize].role == Role::Topic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many communities there are after splitting one of two cliques of texts, among others of another
    /// subject. Each text has a topic of its own, and those of both cliques `common` a term in `role`.
    fn split(common: bool, role: Role) -> usize {
        // A clique alone is too small to be split further.
        let clique = SMALLEST as u32 - 1;
        let (texts, others) = (2 * clique, 2 * clique + 1);
        let mut edges = vec![(0, clique, 0.1)];
        let mut rows: Vec<Vec<(u32, f32)>> = Vec::new();
        for text in 0..texts {
            edges.extend((text / clique * clique..text).map(|other| (text, other, 1.0)));
            let own = (1 + text, 1.0);
            rows.push(if common { vec![(0, 1.0), own] } else { vec![own] });
        }
        rows.extend(vec![vec![(others, 1.0)]; 3 * texts as usize]);
        let all = rows.len();
        let matrix = SparseMatrix::from_rows(rows, others as usize + 1);
        let mut terms = vec![Term { readable: String::new(), role: Role::Topic }; others as usize + 1];
        terms[0].role = role;
        let splitter = Splitter {
            graph: &Graph::of(all, edges),
            texts: &matrix,
            postings: &matrix.transposed(),
            terms: &terms,
            explained: Explained { by_one: 0.5, by_two: 0.7 },
        };
        let mut partition: Vec<u32> = (0..).take(all).map(|text: u32| u32::from(text >= texts)).collect();
        splitter.split_unexplained(&mut partition);
        members(&partition).len()
    }

    #[test]
    fn a_catch_all_falls_apart_and_a_topic_stays() {
        assert_eq!(split(false, Role::Topic), 3);
        assert_eq!(split(true, Role::Topic), 2);
    }

    #[test]
    fn framing_explains_nothing() {
        assert_eq!(split(true, Role::Framing), 3);
    }
}
