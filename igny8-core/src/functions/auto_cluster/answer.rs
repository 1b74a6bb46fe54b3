//! What a language model answers, and how it is checked: no invented id, and every one in one place.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::{Plan, PlannedCluster, Target};
use crate::functions::AnswerFault;
use crate::ids::KeywordId;

/// The most characters of a cluster's name.
const MOST_OF_NAME: usize = 255;

/// The model's answer. Ids are the call's own indexes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterAnswer {
    /// The clusters.
    clusters: Vec<ClusterOfAnswer>,
    /// Ids that fit no cluster.
    unclustered: Vec<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClusterOfAnswer {
    /// Two to five words.
    name: String,
    /// What its searchers want, in one sentence.
    description: String,
    /// Ids of its keywords.
    keyword_ids: Vec<usize>,
}

impl ClusterAnswer {
    /// Checks that no index is invented and gives every one its one place: a repeated index stays where it came first, a
    /// missing one is unclustered. `entries` are the keywords that each index stands for.
    pub(super) fn place_each_once(self, entries: &[&[KeywordId]]) -> Result<Plan, AnswerFault> {
        let used = self.clusters.iter().flat_map(|cluster| &cluster.keyword_ids).chain(&self.unclustered);
        let mut invented: Vec<usize> = used.copied().filter(|index| *index >= entries.len()).collect();
        invented.sort_unstable();
        invented.dedup();
        if !invented.is_empty() {
            invented.truncate(10);
            return Err(AnswerFault(format!(
                "these ids are not in the data: {invented:?}; the data's ids are 0 to {}",
                entries.len().saturating_sub(1)
            )));
        }
        let mut placed: HashSet<usize> = HashSet::new();
        let mut clusters = Vec::new();
        for cluster in self.clusters {
            let keywords: Vec<KeywordId> = cluster
                .keyword_ids
                .into_iter()
                .filter(|index| placed.insert(*index))
                .filter_map(|index| entries.get(index))
                .flat_map(|keywords| keywords.iter().copied())
                .collect();
            let name: String = cluster.name.trim().chars().take(MOST_OF_NAME).collect();
            if name.is_empty() {
                return Err(AnswerFault("a cluster has no name".to_owned()));
            }
            if !keywords.is_empty() {
                let description = Some(cluster.description.trim().to_owned()).filter(|text| !text.is_empty());
                clusters.push(PlannedCluster { into: Target::Named { name, description }, keywords });
            }
        }
        if clusters.is_empty() && self.unclustered.is_empty() && !entries.is_empty() {
            return Err(AnswerFault("the answer places no keyword at all".to_owned()));
        }
        let keywords = entries.iter().map(|keywords| keywords.len() as u64).sum();
        Ok(Plan { clusters, keywords })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(clusters: &[&[usize]], unclustered: &[usize]) -> ClusterAnswer {
        let cluster = |(at, members): (usize, &&[usize])| ClusterOfAnswer {
            name: format!("cluster {at}"),
            description: String::new(),
            keyword_ids: members.to_vec(),
        };
        ClusterAnswer {
            clusters: clusters.iter().enumerate().map(cluster).collect(),
            unclustered: unclustered.to_vec(),
        }
    }

    #[test]
    fn every_index_has_one_place_for_all_it_stands_for() {
        let ids: Vec<KeywordId> = (0..8).map(|_| KeywordId::new()).collect();
        let entries: Vec<&[KeywordId]> = vec![&ids[..1], &ids[1..4], &ids[4..5], &ids[5..7], &ids[7..]];
        let plan = answer(&[&[0, 1], &[1, 2]], &[3]).place_each_once(&entries).unwrap();
        let placed: Vec<Vec<KeywordId>> =
            plan.clusters.iter().map(|cluster| cluster.keywords.clone()).collect();
        assert_eq!(placed, [ids[..4].to_vec(), ids[4..5].to_vec()]);
        assert_eq!(plan.keywords, 8);
    }

    #[test]
    fn inventions_and_silence_are_refused() {
        let ids = [KeywordId::new(), KeywordId::new()];
        let entries: Vec<&[KeywordId]> = ids.chunks(1).collect();
        assert!(answer(&[&[0, 9]], &[]).place_each_once(&entries).is_err());
        assert!(answer(&[], &[77]).place_each_once(&entries).is_err());
        assert!(answer(&[], &[]).place_each_once(&entries).is_err());
    }
}
