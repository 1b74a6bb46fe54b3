//! The database's failures as the core's errors: retryable or not, and which rule of the schema was broken.
//! Callers turn a broken rule into the meaning it has for them.

use std::io::ErrorKind;

use igny8_core::{Error, Result};
use sqlx::error::DatabaseError;

use super::is_passing;

/// A failure while doing this.
pub(crate) fn failed(operation: &'static str, error: sqlx::Error) -> Error {
    let retryable = match &error {
        // Data that is wrong is wrong the next time too: a certificate that is not trusted.
        sqlx::Error::Io(fault) => fault.kind() != ErrorKind::InvalidData,
        sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(fault) => fault.code().is_some_and(|code| is_passing(&code)),
        _ => false,
    };
    Error::Storage { operation, retryable, source: Box::new(error) }
}

/// What a broken rule of the schema means. After one, the transaction is given up: not every database lets it go on.
pub(crate) trait BrokenRule: Sized {
    /// A unique key that is taken.
    fn or_taken(self, meaning: impl FnOnce() -> Error) -> Self;

    /// A link to, or from, a row of another table.
    fn or_unlinked(self, meaning: impl FnOnce() -> Error) -> Self;
}

impl<T> BrokenRule for Result<T> {
    fn or_taken(self, meaning: impl FnOnce() -> Error) -> Self {
        self.map_err(|error| {
            if fault(&error).is_some_and(DatabaseError::is_unique_violation) { meaning() } else { error }
        })
    }

    fn or_unlinked(self, meaning: impl FnOnce() -> Error) -> Self {
        self.map_err(|error| {
            if fault(&error).is_some_and(DatabaseError::is_foreign_key_violation) { meaning() } else { error }
        })
    }
}

fn fault(error: &Error) -> Option<&dyn DatabaseError> {
    match error {
        Error::Storage { source, .. } => {
            source.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error)
        }
        _ => None,
    }
}
