//! How little of a long list a language model has to read: of each group that the local clusterer made a few entries, each
//! for a family of keywords with nearly the same words. What does not fit the budget is not read at all.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::ports::{ClusterText, Groups, KeywordGroup};

/// Lists up to here are read keyword by keyword.
pub(super) const READ_WHOLE: u64 = 200;
/// How many keywords of a longer list there are for each entry that is read.
const KEYWORDS_AN_ENTRY: u64 = 24;

/// One in so many entries may be a keyword of no group. Of the others, two thirds go to the most searched groups, one each,
/// and a third to what may be split from them.
const LOOSE_SHARE: usize = 8;

/// Keywords (indexes into the list) that go together wherever they go; the first one is shown.
pub(super) type Family = Vec<usize>;

/// A list in short.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compacted {
    /// Families by group, groups that share their strongest term side by side. Keywords of no group stand alone at the end.
    pub(super) groups: Vec<Vec<Family>>,
    /// Groups (indexes into the clusterer's answer) beyond the budget, which stay as they are.
    pub(super) kept: Vec<usize>,
    /// Keywords of no group beyond the budget, which stay out.
    pub(super) left_out: usize,
}

/// How many entries a list of so many keywords is read as, at most.
pub(super) fn entries(keywords: u64) -> u64 {
    if keywords <= READ_WHOLE { keywords } else { READ_WHOLE.max(keywords / KEYWORDS_AN_ENTRY) }
}

/// Whether keywords are read one by one.
pub(super) fn is_read_whole(keywords: usize) -> bool {
    keywords as u64 <= READ_WHOLE
}

/// Shortens a list that was grouped twice: `rough` makes the groups, `fine` the families within them.
pub(super) fn compact(texts: &[ClusterText], rough: &Groups, fine: &Groups) -> Compacted {
    if is_read_whole(texts.len()) {
        let alone = |members: &[usize]| members.iter().map(|member| vec![*member]).collect();
        let mut groups: Vec<Vec<Family>> = by_strongest_term(rough, rough.groups.len())
            .into_iter()
            .map(|group| alone(&rough.groups[group].members))
            .collect();
        groups.extend(rough.unclustered.iter().map(|keyword| vec![vec![*keyword]]));
        return Compacted { groups, ..Compacted::default() };
    }
    let budget = usize::try_from(entries(texts.len() as u64)).unwrap_or(usize::MAX);
    let mut loose = rough.unclustered.clone();
    loose.sort_by_key(|keyword| (Reverse(texts[*keyword].volume), *keyword));
    let left_out = loose.split_off(loose.len().min(budget / LOOSE_SHARE)).len();
    let shown = rough.groups.len().min((budget - loose.len()) * 2 / 3);

    let mut spare = budget - loose.len() - shown;
    let mut families = families(texts, &rough.groups, fine);
    let mut unread = families.split_off(shown);
    spare -= divide(&mut families, spare);
    // What no group can be split into is left for further groups.
    unread.truncate(spare);
    divide(&mut unread, 0);
    families.append(&mut unread);
    let shown = families.len();
    let mut families: Vec<Option<Vec<Family>>> = families.into_iter().map(Some).collect();
    let mut groups: Vec<Vec<Family>> =
        by_strongest_term(rough, shown).into_iter().filter_map(|group| families[group].take()).collect();
    groups.extend(loose.into_iter().map(|keyword| vec![vec![keyword]]));
    Compacted { groups, kept: (shown..rough.groups.len()).collect(), left_out }
}

/// The first groups, ordered so that those with the same strongest term, which a model may want to merge, are neighbours:
/// terms by their most searched group.
fn by_strongest_term(rough: &Groups, count: usize) -> Vec<usize> {
    let term = |group: usize| rough.groups[group].shared_terms.first().map(String::as_str);
    let mut first: HashMap<Option<&str>, usize> = HashMap::new();
    for group in 0..count {
        first.entry(term(group)).or_insert(group);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|group| (first[&term(*group)], *group));
    order
}

/// Each group's families: first the one that holds what the group is named after, then the others, largest first.
fn families(texts: &[ClusterText], groups: &[KeywordGroup], fine: &Groups) -> Vec<Vec<Family>> {
    let mut fine_of = vec![usize::MAX; texts.len()];
    for (family, group) in fine.groups.iter().enumerate() {
        for member in &group.members {
            fine_of[*member] = family;
        }
    }
    let of_group = |group: &KeywordGroup| {
        let mut families: HashMap<usize, Family> = HashMap::new();
        for member in &group.members {
            families.entry(fine_of[*member]).or_default().push(*member);
        }
        let mut families: Vec<Family> = families.into_values().collect();
        let named = |member: usize| texts[member].text.trim() == group.name;
        let names = |family: &Family| family.iter().any(|member| named(*member));
        families
            .sort_by_key(|family| (Reverse(names(family)), Reverse(family.len()), family.first().copied()));
        if let Some(first) = families.first_mut()
            && let Some(name) = first.iter().position(|member| named(*member))
        {
            first[..=name].rotate_right(1);
        }
        families
    };
    groups.iter().map(of_group).collect()
}

/// Lets the largest families beside each group's first stand for themselves, `spare` in all; the others go with the first.
/// Answers how many do.
fn divide(groups: &mut [Vec<Family>], spare: usize) -> usize {
    let mut sizes: Vec<(usize, usize, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(group, families)| {
            families.iter().enumerate().skip(1).map(move |(family, members)| (members.len(), group, family))
        })
        .filter(|(size, ..)| *size > 1)
        .collect();
    sizes.sort_unstable_by_key(|(size, group, family)| (Reverse(*size), *group, *family));
    let mut own = vec![1; groups.len()];
    sizes.truncate(spare);
    for (_, group, _) in &sizes {
        own[*group] += 1;
    }
    for (families, own) in groups.iter_mut().zip(own) {
        let rest: Vec<usize> = families.split_off(own.min(families.len())).concat();
        if let Some(first) = families.first_mut() {
            first.extend(rest);
        }
    }
    sizes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: usize) -> Vec<ClusterText> {
        (0..count)
            .map(|at| ClusterText {
                text: format!("keyword {at}"),
                volume: Some(at as u64),
                serp_urls: Vec::new(),
            })
            .collect()
    }

    fn group(term: &str, name: usize, members: std::ops::Range<usize>) -> KeywordGroup {
        let shared_terms = vec![term.to_owned()];
        KeywordGroup { name: format!("keyword {name}"), members: members.collect(), shared_terms }
    }

    fn groups(groups: Vec<KeywordGroup>, unclustered: std::ops::Range<usize>) -> Groups {
        Groups { joined: Vec::new(), groups, unclustered: unclustered.collect() }
    }

    fn all(compacted: &Compacted, rough: &Groups) -> Vec<usize> {
        let kept = compacted.kept.iter().flat_map(|group| rough.groups[*group].members.clone());
        let mut all: Vec<usize> = compacted.groups.iter().flatten().flatten().copied().chain(kept).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_short_list_is_read_whole() {
        let texts = texts(6);
        let rough = groups(vec![group("tea", 1, 0..3), group("bike", 3, 3..5)], 5..6);
        let compacted = compact(&texts, &rough, &Groups::default());
        assert_eq!(
            compacted.groups,
            [vec![vec![0], vec![1], vec![2]], vec![vec![3], vec![4]], vec![vec![5]]]
        );
        assert_eq!((compacted.kept.len(), compacted.left_out), (0, 0));
    }

    #[test]
    fn groups_with_the_same_term_are_neighbours() {
        let rough = groups(vec![group("tea", 0, 0..1), group("bike", 1, 1..2), group("tea", 2, 2..3)], 3..3);
        assert_eq!(by_strongest_term(&rough, 3), [0, 2, 1]);
    }

    #[test]
    fn a_family_is_shown_by_the_groups_name_and_small_ones_go_with_it() {
        let texts = texts(1_000);
        let rough = groups(vec![group("tea", 150, 0..300), group("bike", 300, 300..900)], 900..1_000);
        let fine = groups(
            vec![group("tea", 0, 0..100), group("tea", 100, 100..298), group("tea", 298, 298..299)],
            299..300,
        );
        let compacted = compact(&texts, &rough, &fine);
        let tea = &compacted.groups[0];
        assert_eq!((tea.len(), tea[0][0], tea[0].len(), tea[1].len()), (2, 150, 200, 100));
        assert_eq!(compacted.groups[1].len(), 1);
        // An eighth of the 200 entries, the most searched first.
        assert_eq!((compacted.groups[2][0].clone(), compacted.groups.len()), (vec![999], 2 + 25));
        assert_eq!(compacted.left_out, 75);
        assert_eq!(all(&compacted, &rough).len(), 1_000 - 75);
    }

    #[test]
    fn many_groups_leave_room_for_what_may_be_split() {
        let texts = texts(6_000);
        let many = (0..600).map(|at| group(&format!("term {at}"), at * 10, at * 10..at * 10 + 10)).collect();
        let halves = (0..1_200).map(|at| group(&format!("term {at}"), at * 5, at * 5..at * 5 + 5)).collect();
        let rough = groups(many, 0..0);
        let compacted = compact(&texts, &rough, &groups(halves, 0..0));
        let read: usize = compacted.groups.iter().map(Vec::len).sum();
        assert_eq!((read as u64, compacted.groups.len()), (entries(6_000), 166));
        assert_eq!(all(&compacted, &rough), (0..6_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_budget_holds_and_nothing_is_lost() {
        let texts = texts(3_000);
        let many = (0..1_000).map(|at| group(&format!("term {at}"), at * 3, at * 3..at * 3 + 3)).collect();
        let rough = groups(many, 0..0);
        let compacted = compact(&texts, &rough, &rough);
        let read: usize = compacted.groups.iter().map(Vec::len).sum();
        assert_eq!((read as u64, compacted.kept.len()), (entries(3_000), 800));
        assert_eq!(all(&compacted, &rough), (0..3_000).collect::<Vec<_>>());
    }
}
