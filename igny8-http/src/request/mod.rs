//! What handlers take from a request: who sends it, the row it is about, its body, the list it asks for.
//! Each refuses what it cannot use with an error that names the field.

mod body;
mod defaults;
mod list;
mod path;
mod query;
mod read;
mod tenant;
mod version;
mod words;

pub(crate) use body::{Body, InSector, limited};
pub(crate) use defaults::{active, yes};
pub(crate) use list::{List, ListParams};
pub(crate) use path::Id;
pub(crate) use query::Query;
pub(crate) use tenant::{ACCOUNT_HEADER, Tenant};
pub(crate) use version::IfMatch;
pub(crate) use words::{Words, decimal, difficulty, nullable, nullable_decimal};
