//! Tests that cross the modules of article text, by theme.
//! What belongs to one module alone is tested beside it.

mod hostile;
mod normalizing;
mod properties;
mod rendering;
mod scoring;
