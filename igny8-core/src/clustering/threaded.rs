//! The clusterers behind the port, on a thread of their own: seconds of CPU must not stand in a runtime's way.

use async_trait::async_trait;

use super::serp::{SerpClusterer, SerpInput};
use super::{ClusterInput, Extension, LexicalClusterer, LexicalOptions};
use crate::error::{Error, Result};
use crate::ports::{ClusterRequest, ClusterText, Clusterer, Groups, KeywordGroup};

/// The default clusterer: [`LexicalClusterer`] on its own thread. Needs no runtime, no key, no network.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadedClusterer;

#[async_trait]
impl Clusterer for ThreadedClusterer {
    async fn cluster(&self, request: ClusterRequest) -> Result<Groups> {
        apart(move || lexical(&request)).await
    }
}

#[async_trait]
impl Clusterer for SerpClusterer {
    async fn cluster(&self, request: ClusterRequest) -> Result<Groups> {
        let clusterer = *self;
        apart(move || by_addresses(clusterer, &request)).await
    }
}

/// Does work that takes seconds of CPU on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (done, result) = futures_channel::oneshot::channel();
    std::thread::Builder::new()
        .name("igny8-clusterer".to_owned())
        .spawn(move || drop(done.send(work())))
        .map_err(|error| Error::storage("start a clustering thread", error))?;
    result.await.map_err(|error| Error::storage("cluster keywords", error))
}

fn lexical(request: &ClusterRequest) -> Groups {
    let inputs: Vec<ClusterInput<'_>> =
        request.texts.iter().map(|text| ClusterInput { text: &text.text, volume: text.volume }).collect();
    let settled: Vec<Vec<&str>> =
        request.settled.iter().map(|texts| texts.iter().map(|text| text.text.as_str()).collect()).collect();
    let options = LexicalOptions { granularity: request.granularity, ..LexicalOptions::default() };
    LexicalClusterer::new(options).group_beside(&inputs, &settled).into()
}

fn by_addresses(clusterer: SerpClusterer, request: &ClusterRequest) -> Groups {
    fn inputs(texts: &[ClusterText]) -> Vec<SerpInput<'_>> {
        texts
            .iter()
            .map(|text| SerpInput { text: &text.text, volume: text.volume, urls: &text.serp_urls })
            .collect()
    }
    let all = inputs(&request.texts);
    let settled: Vec<Vec<SerpInput<'_>>> = request.settled.iter().map(|texts| inputs(texts)).collect();
    let homes = clusterer.join(&all, &settled, request.granularity);
    let left: Vec<usize> = (0..all.len()).filter(|input| homes[*input].is_none()).collect();
    let mut grouping =
        clusterer.group(&left.iter().map(|input| all[*input]).collect::<Vec<_>>(), request.granularity);
    let to_input = |place: &mut usize| *place = left[*place];
    grouping.groups.iter_mut().flat_map(|group| &mut group.members).for_each(to_input);
    grouping.unclustered.iter_mut().for_each(to_input);
    let joined = homes.into_iter().enumerate().filter_map(|(input, home)| Some((input, home?))).collect();
    Extension { joined, grouping }.into()
}

impl From<Extension> for Groups {
    fn from(extension: Extension) -> Self {
        let Extension { joined, grouping } = extension;
        Self {
            joined,
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
}
