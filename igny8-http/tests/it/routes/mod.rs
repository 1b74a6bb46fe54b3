//! Every route, one file a noun, as in the adapter itself.

mod accounts;
mod ai_functions;
mod api_keys;
mod author_profiles;
mod billing;
mod clusters;
mod contents;
mod events;
mod ideas;
mod images;
mod industries;
mod integrations;
mod keyword_files;
mod keywords;
mod login;
mod metrics;
mod plans;
mod probes;
mod prompts;
mod sectors;
mod site_access;
mod sites;
mod strategies;
mod task_progress;
mod tasks;
mod users;
