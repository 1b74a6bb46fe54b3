//! Local keyword clustering: groups keywords by topic from their words alone, without model, key or network.
//!
//! The steps, each in a file of its own: `words` cuts a keyword into words, `vocabulary` folds inflections
//! (`language`), misspellings (`spelling`) and compounds into terms, `weighting` weighs them, `latent`
//! learns which terms keep the same company, `neighbours` finds what is alike, `communities` finds topics in
//! that `graph`, `splitting`, `settling` and `merging` mend them, and `naming` describes them. `joining` puts new keywords to clusters
//! that are there. `serp` goes by the addresses that rank instead of words. `scores` and `quality` judge what came out.

mod centre;
mod clusterer;
mod communities;
mod graph;
mod grouping;
mod joining;
mod language;
mod latent;
mod matrix;
mod merging;
mod naming;
mod neighbours;
mod options;
pub mod quality;
pub mod scores;
mod serp;
mod settling;
mod space;
mod spelling;
mod splitting;
mod stop_words;
mod threaded;
mod vocabulary;
mod weighting;
mod words;

#[cfg(test)]
mod tests;

pub use clusterer::LexicalClusterer;
pub use grouping::{ClusterInput, Extension, Group, Grouping};
pub use options::{ClusteringMethod, Granularity, LexicalOptions};
pub use serp::{Linkage, SerpClusterer, SerpInput};
pub use threaded::ThreadedClusterer;
pub(crate) use threaded::apart;
