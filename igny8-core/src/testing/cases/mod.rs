//! The cases by room: one file a port, each case one rule.

use super::suite::Case;

mod accounts;
mod billing;
mod catalogue;
mod clusters;
mod directory;
mod grants;
mod imports;
mod keyword_lists;
mod keywords;
mod run_queue;
mod runs;
mod sectors;
mod sites;
mod users;

/// Every case, room by room.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [
        directory::CASES,
        catalogue::CASES,
        accounts::CASES,
        users::CASES,
        sites::CASES,
        sectors::CASES,
        grants::CASES,
        keywords::CASES,
        keyword_lists::CASES,
        imports::CASES,
        clusters::CASES,
        billing::CASES,
        runs::CASES,
        run_queue::CASES,
    ]
    .into_iter()
    .flatten()
}
