//! Who a caller is: password hashes, sessions and machine keys, and the gate's question that they end in.
//! The core sees no password and no token, only an adapter's hashes of them.

mod admission;
mod api_key;
mod credential;
mod session;

pub use admission::{Admission, Caller, Standing};
pub use api_key::{ApiKey, ApiKeyQuery, ApiKeyRequest, NewApiKey};
pub use credential::Credential;
pub use session::{NewSession, Rotation, TokenHash};
