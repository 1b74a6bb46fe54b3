//! How a receiver knows that a message is ours and fresh: an HMAC over the moment of sending and the body.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Where the signature stands.
pub const SIGNATURE_HEADER: &str = "Igny8-Signature";

/// The signature of a body sent at this moment (Unix seconds): `t=1789600000,v1=<hex>`, where `v1` is the HMAC-SHA256 of
/// `<t>.<body>` under the webhook's secret. A receiver computes the same, compares in constant time, and refuses what is older
/// than a few minutes.
///
/// ```
/// let signature = igny8_http::webhooks::sign(&"a secret of the webhook".into(), 1_789_600_000, b"{}");
/// assert!(signature.starts_with("t=1789600000,v1="));
/// ```
#[must_use]
pub fn sign(secret: &SecretString, sent_at: i64, body: &[u8]) -> String {
    // A key of any length makes an HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{sent_at}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={sent_at},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_moment_and_body() {
        // printf '1789600000.{"a":1}' | openssl dgst -sha256 -hmac 'shared secret of ours'
        let signature = sign(&"shared secret of ours".into(), 1_789_600_000, br#"{"a":1}"#);
        assert_eq!(signature, EXPECTED);
    }

    const EXPECTED: &str = "t=1789600000,v1=c4cc11ad7cfda009dd8918a11939f5f5047d40048b01dbd518e40051ddc61161";
}
