//! The conformance suite that every store runs, and the wrapper that tells which port methods it drove.
//! Behind the feature `testing`.

mod recorded;

pub use recorded::{PortMethods, Recorded};
