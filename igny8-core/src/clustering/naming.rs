//! Turns a set of member keywords into a group a person can read: its name, the
//! words its members share and how close they are.

use std::cmp::Reverse;

use super::centre::Centre;
use super::grouping::{ClusterInput, Group};
use super::language::Role;
use super::matrix::{Total, totals};
use super::space::Space;
use super::vocabulary::Term;

/// Most shared terms that are shown.
const SHOWN_TERMS: usize = 5;
/// Share of the members, 0 to 1, that must have a term for it to count as shared.
const SHARED_BY: f32 = 0.35;

/// What is needed to describe groups.
#[derive(Debug)]
pub(super) struct Namer<'a> {
    /// All keywords, by index.
    pub(super) inputs: &'a [ClusterInput<'a>],
    /// The same in terms.
    pub(super) space: &'a Space,
}

impl Namer<'_> {
    /// The group of these members (input indexes).
    pub(super) fn group(&self, mut members: Vec<usize>) -> Group {
        let totals = totals(members.iter().map(|member| self.row(*member)));
        let centre = Centre::of_totals(&totals);
        members.sort_unstable_by_key(|member| (Reverse(self.volume(*member)), *member));
        Group {
            name: self.name(&members, &centre),
            shared_terms: self.shared_terms(totals, members.len()),
            cohesion: centre.cohesion(members.iter().map(|member| self.row(*member))),
            members,
        }
    }

    /// The member that is both central and often searched; of equally good ones the shortest.
    fn name(&self, members: &[usize], centre: &Centre) -> String {
        let most = members.iter().map(|member| self.volume(*member)).max().unwrap_or(0) as f32;
        let fitness = |member: usize| {
            let volume = self.volume(member) as f32;
            let popularity = if most > 0.0 { volume.ln_1p() / most.ln_1p() } else { 0.0 };
            centre.nearness(self.row(member)) * (1.0 + popularity)
        };
        let ranked = members.iter().map(|member| (fitness(*member), self.inputs[*member].text));
        let best = ranked.max_by(|(a, text_a), (b, text_b)| {
            let shorter = text_b.chars().count().cmp(&text_a.chars().count());
            a.total_cmp(b).then(shorter).then_with(|| text_b.cmp(text_a))
        });
        best.map(|(_, text)| text.trim().to_owned()).unwrap_or_default()
    }

    /// The words that many of `size` members share: those that name a topic, or any if none does.
    fn shared_terms(&self, mut totals: Vec<Total>, size: usize) -> Vec<String> {
        totals.retain(|total| total.rows as f32 >= SHARED_BY * size as f32);
        totals.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.column.cmp(&b.column)));
        let shared: Vec<&Term> =
            totals.iter().map(|total| &self.space.vocabulary.terms[total.column as usize]).collect();
        let topics: Vec<&Term> = shared.iter().copied().filter(|term| term.role == Role::Topic).collect();
        let shown = if topics.is_empty() { shared } else { topics };
        shown.into_iter().take(SHOWN_TERMS).map(|term| term.readable.clone()).collect()
    }

    /// Searches a month; 0 if unknown.
    fn volume(&self, member: usize) -> u64 {
        self.inputs[member].volume.unwrap_or(0)
    }

    /// Weighted terms of one input.
    fn row(&self, member: usize) -> &[(u32, f32)] {
        self.space.row(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(keywords: &[(&str, u64)]) -> Group {
        let texts: Vec<&str> = keywords.iter().map(|(text, _)| *text).collect();
        let inputs: Vec<ClusterInput<'_>> =
            keywords.iter().map(|(text, volume)| ClusterInput { text, volume: Some(*volume) }).collect();
        let space = Space::of(&texts);
        let namer = Namer { inputs: &inputs, space: &space };
        namer.group((0..texts.len()).collect())
    }

    #[test]
    fn the_name_is_central_and_popular() {
        let found =
            group(&[(" hrt patch ", 10), ("hrt patches", 900), ("where to buy used hrt patches", 901)]);
        assert_eq!(found.name, "hrt patches");
        assert_eq!(found.members, [2, 1, 0]);
    }

    #[test]
    fn shared_terms_are_topics_unless_there_are_none() {
        let found = group(&[("how to use the patch", 1), ("how to use the patches", 1)]);
        assert_eq!(found.shared_terms.len(), 2, "{:?}", found.shared_terms);
        assert!(found.shared_terms.contains(&"use".to_owned()));
        assert_eq!(group(&[("how to", 1), ("how to", 1)]).shared_terms, ["how"]);
    }

    #[test]
    fn equal_members_are_wholly_coherent() {
        assert!((group(&[("night sweats", 1), ("sweats night", 2)]).cohesion - 1.0).abs() < 1e-5);
        assert!(group(&[("night sweats", 1), ("brain fog", 2)]).cohesion < 0.8);
    }
}
