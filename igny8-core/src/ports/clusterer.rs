//! How keywords become groups, as a port: by their words, their result pages, or their embeddings.

use async_trait::async_trait;

use crate::clustering::Granularity;
use crate::error::{Error, Result};

/// One keyword as a clusterer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterText {
    /// The keyword.
    pub text: String,
    /// Searches a month.
    pub volume: Option<u64>,
    /// Addresses of its result page, best first.
    pub serp_urls: Vec<String>,
}

/// What a clusterer is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRequest {
    /// The keywords; groups refer to them by index.
    pub texts: Vec<ClusterText>,
    /// How small the groups shall be.
    pub granularity: Granularity,
    /// The keywords of clusters that are there. They stay where they are; keywords may join them.
    pub settled: Vec<Vec<ClusterText>>,
}

/// The answer: every index exactly once, joined, in a group or unclustered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// Indexes of keywords that join a cluster that is there, each with that cluster's index.
    pub joined: Vec<(usize, usize)>,
    /// The groups, largest volume first.
    pub groups: Vec<KeywordGroup>,
    /// Indexes of keywords that fit no group.
    pub unclustered: Vec<usize>,
}

impl Groups {
    /// Checks that each of so many keywords is in exactly one place, and that what is joined is one of so many clusters.
    ///
    /// # Errors
    /// `UnusableAnswer` that names the first keyword or cluster that is amiss.
    pub fn check(&self, texts: usize, settled: usize) -> Result<()> {
        let amiss = |reason: String| Error::UnusableAnswer { function: "clusterer".to_owned(), reason };
        if let Some((_, home)) = self.joined.iter().find(|(_, home)| *home >= settled) {
            return Err(amiss(format!("there is no cluster {home} to join")));
        }
        let mut places = vec![0_u32; texts];
        let joined = self.joined.iter().map(|(keyword, _)| keyword);
        let grouped = self.groups.iter().flat_map(|group| &group.members);
        for keyword in joined.chain(grouped).chain(&self.unclustered) {
            let place =
                places.get_mut(*keyword).ok_or_else(|| amiss(format!("there is no keyword {keyword}")))?;
            *place += 1;
        }
        match places.iter().position(|places| *places != 1) {
            Some(keyword) => Err(amiss(format!("keyword {keyword} is in {} places", places[keyword]))),
            None => Ok(()),
        }
    }
}

/// One group of keywords.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordGroup {
    /// Its best keyword.
    pub name: String,
    /// Indexes of its keywords, largest volume first.
    pub members: Vec<usize>,
    /// Why they are together: terms, addresses.
    pub shared_terms: Vec<String>,
}

/// Groups keywords. May take seconds of CPU: implementations keep that off the caller's thread.
#[async_trait]
pub trait Clusterer: Send + Sync + 'static {
    /// Groups the keywords.
    ///
    /// # Errors
    /// A provider's, for clusterers that ask one.
    async fn cluster(&self, request: ClusterRequest) -> Result<Groups>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(members: Vec<usize>, unclustered: Vec<usize>, joined: Vec<(usize, usize)>) -> Groups {
        let group = KeywordGroup { name: String::new(), members, shared_terms: Vec::new() };
        Groups { joined, groups: vec![group], unclustered }
    }

    #[test]
    fn every_keyword_has_one_place() {
        assert!(groups(vec![0, 2], vec![3], vec![(1, 0)]).check(4, 1).is_ok());
        for broken in [
            groups(vec![0, 2], vec![], vec![(1, 0)]),
            groups(vec![0, 2], vec![2, 3], vec![(1, 0)]),
            groups(vec![0, 2], vec![3, 9], vec![(1, 0)]),
            groups(vec![0, 2], vec![3], vec![(1, 1)]),
        ] {
            assert!(matches!(broken.check(4, 1), Err(Error::UnusableAnswer { .. })), "{broken:?}");
        }
    }
}
