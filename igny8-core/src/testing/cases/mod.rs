//! The cases by room: one file a port, each case one rule.

use super::case::Case;

mod accounts;
mod admission;
mod api_keys;
mod author_profiles;
mod billing;
mod catalogue;
mod clusters;
mod contents;
mod directory;
mod grants;
mod ideas;
mod idempotency;
mod identity;
mod images;
mod imports;
mod integrations;
mod keyword_lists;
mod keywords;
mod prompts;
mod retention;
mod run_changes;
mod run_queue;
mod runs;
mod sectors;
mod sites;
mod strategies;
mod tasks;
mod users;
mod webhooks;

/// Every case, room by room.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [
        directory::CASES,
        admission::CASES,
        identity::CASES,
        catalogue::CASES,
        accounts::CASES,
        users::CASES,
        sites::CASES,
        sectors::CASES,
        grants::CASES,
        api_keys::CASES,
        idempotency::CASES,
        keywords::CASES,
        keyword_lists::CASES,
        imports::CASES,
        clusters::CASES,
        ideas::CASES,
        tasks::CASES,
        contents::CASES,
        images::CASES,
        prompts::CASES,
        integrations::CASES,
        author_profiles::CASES,
        strategies::CASES,
        webhooks::CASES,
        billing::CASES,
        runs::CASES,
        run_changes::CASES,
        run_queue::CASES,
        retention::CASES,
    ]
    .into_iter()
    .flatten()
}
