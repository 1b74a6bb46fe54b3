//! The HTTP server under load: the program itself as a process, `wrk` before it, a private PostgreSQL cluster behind it.

mod bare;
mod client;
mod content;
mod load;
mod process;
mod sent;
mod server;

pub use bare::Bare;
pub use client::Client;
pub use content::{Content, write_articles};
pub use load::{Load, Loaded, Wrk};
pub use process::{Cluster, Usage, resident_mb};
pub use sent::{Sent, Transaction, log_every_statement, sent_by};
pub use server::{Program, Server};
