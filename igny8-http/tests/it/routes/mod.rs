//! Every route, one file a noun, as in the adapter itself.

mod keywords;
mod login;
mod probes;
