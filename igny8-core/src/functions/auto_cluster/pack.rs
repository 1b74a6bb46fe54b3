//! How a run is cut into items: what can be placed at once, and calls that each hold whole groups.

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::ids::{KeywordId, SectorId, SiteId};

/// The most entries that one call shows.
pub(super) const ENTRIES_A_CALL: usize = 200;

/// One item of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    pub(super) site: SiteId,
    pub(super) sector: SectorId,
    /// Keywords that count towards the price before this pack, so that packs add up to the price of the whole.
    pub(super) priced_before: u64,
    pub(super) work: Work,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    /// Group all keywords of the run here. They are read when it is done.
    Here,
    /// Put keywords where they were found to belong.
    Placed(Plan),
    /// Ask the language model about groups of entries, each of which stands for the keywords of a family.
    Asked(Vec<Vec<Vec<KeywordId>>>),
}

impl Work {
    /// What each entry of a call stands for, in the order of its ids.
    pub(super) fn entries(&self) -> Vec<&[KeywordId]> {
        match self {
            Self::Asked(groups) => groups.iter().flatten().map(Vec::as_slice).collect(),
            Self::Here | Self::Placed(_) => Vec::new(),
        }
    }

    /// How many keywords it is known to be about.
    fn keywords(&self) -> u64 {
        match self {
            Self::Here => 0,
            Self::Placed(plan) => plan.keywords,
            Self::Asked(groups) => groups.iter().flatten().map(|family| family.len() as u64).sum(),
        }
    }
}

/// Fewest entries of a call but the last: a group is cut rather than leave a call emptier.
pub(super) const LEAST_ENTRIES_A_CALL: usize = ENTRIES_A_CALL * 3 / 4;

/// Fills calls with whole groups as far as they fit.
pub(super) fn calls(groups: Vec<Vec<Vec<KeywordId>>>) -> Vec<Work> {
    let mut calls = Vec::new();
    let mut current: Vec<Vec<Vec<KeywordId>>> = Vec::new();
    let mut entries = 0;
    for mut group in groups {
        while entries + group.len() > ENTRIES_A_CALL {
            if entries < LEAST_ENTRIES_A_CALL {
                let rest = group.split_off(ENTRIES_A_CALL - entries);
                current.push(std::mem::replace(&mut group, rest));
            }
            calls.push(Work::Asked(std::mem::take(&mut current)));
            entries = 0;
        }
        entries += group.len();
        current.push(group);
    }
    if entries > 0 {
        calls.push(Work::Asked(current));
    }
    calls
}

/// The items, each knowing how many keywords were priced before it.
pub(super) fn packs(site: SiteId, sector: SectorId, works: Vec<Work>) -> Vec<Pack> {
    let mut priced_before = 0;
    works
        .into_iter()
        .map(|work| {
            let keywords = work.keywords();
            let pack = Pack { site, sector, priced_before, work };
            priced_before += keywords;
            pack
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::{CreditPricing, Operation};

    fn group(families: &[usize]) -> Vec<Vec<KeywordId>> {
        families.iter().map(|size| (0..*size).map(|_| KeywordId::new()).collect()).collect()
    }

    #[test]
    fn calls_hold_whole_groups_and_packs_are_priced_like_the_whole() {
        let groups = vec![group(&[1; 150]), group(&[3; 60]), group(&[1; 450]), group(&[7, 1, 2])];
        let works = calls(groups);
        let sizes: Vec<usize> = works.iter().map(|work| work.entries().len()).collect();
        assert_eq!(sizes, [150, 200, 200, 113]);
        let packs = packs(SiteId::new(), SectorId::new(), works);
        let keywords: u64 = packs.iter().map(|pack| pack.work.keywords()).sum();
        assert_eq!(keywords, 150 + 180 + 450 + 10);
        let prices = CreditPricing::default();
        let price = |keywords| prices.price(Operation::AutoCluster { keywords });
        let part = |pack: &Pack| price(pack.priced_before + pack.work.keywords()) - price(pack.priced_before);
        assert_eq!(packs.iter().map(part).sum::<i64>(), price(keywords));
    }

    #[test]
    fn no_call_but_the_last_is_left_half_empty() {
        for size in [1, 2, 7, 50, 99, 101, 149, 151, 199, 200, 201, 450] {
            let works = calls(vec![group(&vec![1; size]); 12]);
            let sizes: Vec<usize> = works.iter().map(|work| work.entries().len()).collect();
            let (last, others) = sizes.split_last().unwrap();
            assert!(
                others.iter().all(|size| (LEAST_ENTRIES_A_CALL..=ENTRIES_A_CALL).contains(size)),
                "{sizes:?}"
            );
            assert!((1..=ENTRIES_A_CALL).contains(last), "{sizes:?}");
            assert_eq!(sizes.iter().sum::<usize>(), 12 * size);
        }
    }

    #[test]
    fn nothing_makes_no_call() {
        assert!(calls(Vec::new()).is_empty());
    }
}
