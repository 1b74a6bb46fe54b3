//! The lexical clusterer behind the port, on a thread of its own: seconds of CPU must not stand in a runtime's way.

use async_trait::async_trait;

use super::{ClusterInput, LexicalClusterer, LexicalOptions};
use crate::error::{Error, Result};
use crate::ports::{ClusterRequest, Clusterer, Groups, KeywordGroup};

/// The default clusterer: [`LexicalClusterer`] on its own thread. Needs no runtime, no key, no network.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadedClusterer;

#[async_trait]
impl Clusterer for ThreadedClusterer {
    async fn cluster(&self, request: ClusterRequest) -> Result<Groups> {
        let (done, result) = futures_channel::oneshot::channel();
        std::thread::Builder::new()
            .name("igny8-clusterer".to_owned())
            .spawn(move || drop(done.send(group(&request))))
            .map_err(|error| Error::storage("start a clustering thread", error))?;
        result.await.map_err(|error| Error::storage("cluster keywords", error))
    }
}

fn group(request: &ClusterRequest) -> Groups {
    let inputs: Vec<ClusterInput<'_>> =
        request.texts.iter().map(|text| ClusterInput { text: &text.text, volume: text.volume }).collect();
    let options = LexicalOptions { granularity: request.granularity, ..LexicalOptions::default() };
    let grouping = LexicalClusterer::new(options).group(&inputs);
    Groups {
        groups: grouping
            .groups
            .into_iter()
            .map(|group| KeywordGroup {
                name: group.name,
                members: group.members,
                shared_terms: group.shared_terms,
            })
            .collect(),
        unclustered: grouping.unclustered,
    }
}
