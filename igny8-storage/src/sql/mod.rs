//! The ports' bodies, written once for every SQL database: the backend that includes this module names its types (`Db`,
//! `Store` …), how a transaction begins and takes its turn (`begin`, `enter`, `take_turn`, `locked!`, `skip_locked!`,
//! `shared!`, `alone!`, `admission!`), how many rows get into a table (`Loading`), and a few words of its dialect (`ONE_MACHINE`,
//! `ONE_WRITER`, `VALUES_AT_ONCE`, `is_passing`, `uuid_literal`, `push_next_placeholder`); everything else is the same on each.
//!
//! Files are named after the nouns whose ports they implement; what they are built upon comes first:
//! `executor` (scoped access), `columns` (types to columns and back), `listing`, `update` and `insert` (composed of `text`),
//! `failure` (errors).

pub(super) mod columns;
pub(super) mod executor;
mod failure;
pub(super) mod insert;
mod listing;
mod text;
mod update;

mod accounts;
mod admission;
mod api_keys;
mod author_profiles;
mod billing;
mod catalogue;
mod census;
mod changeset;
mod closing;
mod clusters;
mod contents;
mod credentials;
mod directory;
mod erasure;
mod grants;
mod ideas;
mod idempotency;
mod identity;
mod images;
mod imports;
mod integrations;
mod keywords;
mod ledger;
mod memberships;
mod outbox;
mod plan;
mod prompts;
mod queue;
mod resealing;
mod retention;
mod run_calls;
mod run_end;
mod run_tasks;
mod run_work;
mod runs;
mod sectors;
mod sessions;
mod sites;
mod strategies;
mod tasks;
mod tokens;
mod turns;
mod users;
mod webhooks;

pub(super) use executor::{Access, Whose};
pub(super) use failure::failed;

use super::{
    Arguments, Connection, Db, DbRow, Loading, ONE_MACHINE, ONE_WRITER, Store, VALUES_AT_ONCE, is_passing,
    push_next_placeholder, uuid_literal,
};

/// A time so much later, or the last there is.
fn later(from: chrono::DateTime<chrono::Utc>, by: std::time::Duration) -> chrono::DateTime<chrono::Utc> {
    chrono::Duration::from_std(by)
        .ok()
        .and_then(|by| from.checked_add_signed(by))
        .unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC)
}
