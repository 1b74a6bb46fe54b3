//! Local keyword clustering.

mod clusterer;
mod communities;
mod graph;
mod grouping;
mod language;
mod latent;
mod matrix;
mod naming;
mod neighbours;
mod options;
mod repair;
pub mod scores;
mod spelling;
mod stop_words;
mod threaded;
mod tuning;
mod vocabulary;
mod weighting;
mod words;

pub use clusterer::LexicalClusterer;
pub use grouping::{ClusterInput, Group, Grouping};
pub use options::{Granularity, LexicalOptions};
pub use threaded::ThreadedClusterer;
