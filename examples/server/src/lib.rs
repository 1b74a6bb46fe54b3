//! The whole of IGNY8 in one program: HTTP and workers, the move from Django, export and erasure of accounts.
//! A host that wants less or more takes the parts it needs and writes a `main` of its own.

pub mod assemble;
pub mod cli;
pub mod credentials;
pub mod erase_account;
pub mod export_account;
pub mod health;
pub mod import_django;
pub mod operator;
pub mod secret;
pub mod seed;
pub mod serve;
pub mod web;
