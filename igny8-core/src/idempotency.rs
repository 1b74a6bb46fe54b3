//! Idempotency of requests: a key that a caller gives, what was asked under it, and the answer that is given again.
//! Runs and the ledger have keys of their own; these are for an adapter's whole requests.

use std::fmt;

/// An answer as it was given, to be given again.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The status.
    pub status: u16,
    /// Name and value of the headers that belong to it, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for StoredResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies may hold what is shown once.
        f.debug_struct("StoredResponse")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// What a caller's key is good for at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyClaim {
    /// The request is the caller's to carry out, and to complete or release before the lease runs out. So it is again where an
    /// earlier claim's lease ran out without either.
    Fresh,
    /// It was carried out: this was the answer.
    Replay(StoredResponse),
    /// Somebody is carrying it out.
    InProgress,
    /// The key was used for another request.
    Mismatch,
}
