//! Turns a set of member keywords into a group a person can read: its name, the
//! words its members share and how close they are.

use super::grouping::{ClusterInput, Group};
use super::matrix::SparseMatrix;
use super::vocabulary::Vocabulary;

/// Most shared terms that are shown.
const SHOWN_TERMS: usize = 5;
/// Share of the members that must have a term for it to count as shared.
const SHARED_BY: f32 = 0.35;

/// What is needed to describe groups: the inputs, the row of `texts` each one is, and the terms.
pub(super) struct Namer<'a> {
    pub(super) inputs: &'a [ClusterInput<'a>],
    pub(super) row_of: &'a [u32],
    pub(super) texts: &'a SparseMatrix,
    pub(super) vocabulary: &'a Vocabulary,
}

impl Namer<'_> {
    /// The group of these members (input indexes).
    pub(super) fn group(&self, mut members: Vec<usize>) -> Group {
        let mut sums: Vec<(u32, f32, f32)> = Vec::new();
        {
            let mut all: Vec<(u32, f32)> =
                members.iter().flat_map(|member| self.row(*member)).copied().collect();
            all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            for run in all.chunk_by(|a, b| a.0 == b.0) {
                sums.push((run[0].0, run.iter().map(|(_, weight)| weight).sum(), run.len() as f32));
            }
        }
        let length = sums.iter().map(|(_, sum, _)| sum * sum).sum::<f32>().sqrt();
        let centre: Vec<(u32, f32)> = sums
            .iter()
            .map(|(term, sum, _)| (*term, if length > 0.0 { sum / length } else { 0.0 }))
            .collect();
        let centrality = |member: usize| super::matrix::dot(self.row(member), &centre);
        let size = members.len().max(1) as f32;
        let cohesion = members.iter().map(|member| centrality(*member)).sum::<f32>() / size;

        let mut shared: Vec<(f32, u32)> = sums
            .iter()
            .filter(|(_, _, with)| *with >= SHARED_BY * size)
            .map(|(term, sum, _)| (*sum, *term))
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let grammar_only =
            shared.iter().all(|(_, term)| self.vocabulary.terms[*term as usize].readable.is_empty());
        let shared_terms = shared
            .iter()
            .map(|(_, term)| &self.vocabulary.terms[*term as usize])
            .filter(|term| grammar_only || !term.readable.is_empty())
            .take(SHOWN_TERMS)
            .map(|term| term.readable.clone())
            .collect();

        let volume = |member: usize| self.inputs[member].volume.unwrap_or(0);
        let most = members.iter().map(|member| volume(*member)).max().unwrap_or(0) as f32;
        let popularity = |member: usize| {
            if most > 0.0 { (volume(member) as f32).ln_1p() / most.ln_1p() } else { 0.0 }
        };
        let fitness = |member: usize| centrality(member) * (1.0 + popularity(member));
        let best = members.iter().copied().max_by(|a, b| {
            let (text_a, text_b) = (self.inputs[*a].text, self.inputs[*b].text);
            fitness(*a)
                .total_cmp(&fitness(*b))
                .then_with(|| text_b.chars().count().cmp(&text_a.chars().count()))
                .then_with(|| text_b.cmp(text_a))
        });
        let name = best.map(|member| self.inputs[member].text.trim().to_owned()).unwrap_or_default();
        members.sort_by_key(|member| (std::cmp::Reverse(volume(*member)), *member));
        Group { name, members, shared_terms, cohesion: cohesion.clamp(0.0, 1.0) }
    }

    fn row(&self, member: usize) -> &[(u32, f32)] {
        self.texts.row(self.row_of[member] as usize)
    }
}
