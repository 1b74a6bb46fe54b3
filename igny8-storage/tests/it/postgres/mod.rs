//! What PostgreSQL alone has: roles, row-level security, a pool that forgets, plans of queries.

mod beside;
mod fencing;
mod forgotten;
mod isolation;
mod plans;
mod roles;
