//! How keywords become groups, as a port: by their words, their result pages, or their embeddings.

use async_trait::async_trait;

use crate::clustering::Granularity;
use crate::error::Result;

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
