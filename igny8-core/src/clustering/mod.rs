//! Local keyword clustering: groups keywords by topic from their words alone, without model, key or network.
//!
//! The steps, each in a file of its own: `words` cuts a keyword into words, `vocabulary` folds inflections
//! (`language`), misspellings (`spelling`) and compounds into terms, `weighting` weighs them, `latent`
//! learns which terms keep the same company, `neighbours` finds what is alike, `communities` finds topics in
//! that `graph`, `splitting` and `merging` mend them, and `naming` describes them.

mod clusterer;
mod communities;
mod graph;
mod grouping;
mod language;
mod latent;
mod matrix;
mod merging;
mod naming;
mod neighbours;
mod options;
pub mod scores;
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
pub use grouping::{ClusterInput, Group, Grouping};
pub use options::{Granularity, LexicalOptions};
pub use threaded::ThreadedClusterer;
