//! Secrets at rest: XChaCha20-Poly1305, each sealed to its account, table, column and row.
//! A ring of keys lets an operator rotate: the first seals, every one opens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use igny8_core::ids::AccountId;
use igny8_core::{Error, Result};
use secrecy::{ExposeSecret, SecretBox, SecretString};

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// A key of 32 bytes.
pub struct SecretsKey(SecretBox<[u8; 32]>);

impl SecretsKey {
    /// A key from its base64 form, as `openssl rand -base64 32` prints one.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is not 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| {
            Error::Configuration(
                "a secrets key must be 32 bytes in base64: make one with `openssl rand -base64 32`"
                    .to_owned(),
            )
        })?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// A fresh random key, in base64.
    #[must_use]
    pub fn generate_base64() -> String {
        STANDARD.encode(chacha20poly1305::Key::generate())
    }

    fn aead(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }

    /// Tells this key from others without telling anything about it: part of the tag of an empty message.
    fn id(&self) -> Result<[u8; KEY_ID]> {
        let payload = Payload { msg: b"", aad: b"igny8 key id" };
        let tag =
            self.aead().encrypt(&XNonce::default(), payload).map_err(|_| broken("name a secrets key"))?;
        tag.first_chunk().copied().ok_or_else(|| broken("name a secrets key"))
    }
}

impl fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretsKey(…)")
    }
}

/// Where a secret is stored: it opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aad<'a> {
    /// The tenant.
    pub account: AccountId,
    /// Table.
    pub table: &'a str,
    /// Column, or the field within it.
    pub column: &'a str,
    /// The row's key within the account.
    pub row: &'a str,
}

impl Aad<'_> {
    fn text(&self) -> String {
        format!("{}|{}|{}|{}", self.account, self.table, self.column, self.row)
    }
}

/// Seals and opens secrets.
pub struct Cipher {
    keys: Vec<([u8; KEY_ID], SecretsKey)>,
}

impl Cipher {
    /// A cipher that seals and opens with this key.
    ///
    /// # Errors
    /// [`Error::Storage`] when the key cannot be used, which does not happen.
    pub fn new(key: SecretsKey) -> Result<Self> {
        Ok(Self { keys: vec![(key.id()?, key)] })
    }

    /// The same cipher, opening also what an earlier key sealed.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_earlier(mut self, key: SecretsKey) -> Result<Self> {
        self.keys.push((key.id()?, key));
        Ok(self)
    }

    /// The error for a store without a secrets key.
    pub(crate) fn missing() -> Error {
        Error::Configuration(
            "this store has no secrets key: make one with `openssl rand -base64 32` and hand it to \
             the store's options (`secrets`)"
                .to_owned(),
        )
    }

    /// Encrypts a secret for one place.
    ///
    /// # Errors
    /// [`Error::Storage`] when it cannot be encrypted, which does not happen.
    pub fn seal(&self, place: &Aad<'_>, secret: &SecretString) -> Result<Vec<u8>> {
        let (id, key) = self.keys.first().ok_or_else(Self::missing)?;
        let nonce = XNonce::generate();
        let aad = place.text();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: aad.as_bytes() };
        let sealed = key.aead().encrypt(&nonce, payload).map_err(|_| broken("seal a secret"))?;
        let mut whole = Vec::with_capacity(1 + KEY_ID + NONCE + sealed.len());
        whole.push(VERSION);
        whole.extend_from_slice(id);
        whole.extend_from_slice(&nonce);
        whole.extend_from_slice(&sealed);
        Ok(whole)
    }

    /// Decrypts what was sealed for this very place.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it was sealed with a key that is not in the ring; [`Error::Storage`] when it was
    /// changed, or sealed for another place.
    pub fn open(&self, place: &Aad<'_>, whole: &[u8]) -> Result<SecretString> {
        let unreadable = || broken("open a secret");
        let (version, rest) = whole.split_first().ok_or_else(unreadable)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or_else(unreadable)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
        if *version != VERSION {
            return Err(unreadable());
        }
        let (_, key) = self.keys.iter().find(|(of, _)| of == id).ok_or_else(|| {
            Error::Configuration(
                "a secret was sealed with a key this store does not have: add it with Cipher::with_earlier"
                    .to_owned(),
            )
        })?;
        let aad = place.text();
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let secret = key.aead().decrypt(nonce.into(), payload).map_err(|_| unreadable())?;
        String::from_utf8(secret).map(SecretString::from).map_err(|_| unreadable())
    }

    /// The same secret sealed with the key that seals now; `None` when that one sealed it.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn reseal(&self, place: &Aad<'_>, whole: &[u8]) -> Result<Option<Vec<u8>>> {
        let current = self.keys.first().map(|(id, _)| id.as_slice());
        if whole.first() == Some(&VERSION) && whole.get(1..=KEY_ID) == current {
            return Ok(None);
        }
        self.seal(place, &self.open(place, whole)?).map(Some)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("keys", &self.keys.len()).finish()
    }
}

/// A failure that must not say more than that it happened.
fn broken(operation: &'static str) -> Error {
    Error::storage(operation, "the secret was not sealed here, or was changed since")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(SecretsKey::from_base64(&SecretsKey::generate_base64()).unwrap()).unwrap()
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let cipher = cipher();
        let here =
            Aad { account: AccountId::new(), table: "igny8_sites", column: "wp_app_password", row: "1" };
        let sealed = cipher.seal(&here, &"hunter2".into()).unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
        assert_eq!(cipher.open(&here, &sealed).unwrap().expose_secret(), "hunter2");
        for other in [
            Aad { account: AccountId::new(), ..here },
            Aad { table: "x", ..here },
            Aad { column: "x", ..here },
            Aad { row: "2", ..here },
        ] {
            assert!(cipher.open(&other, &sealed).is_err());
        }
        assert_ne!(sealed, cipher.seal(&here, &"hunter2".into()).unwrap());
    }

    #[test]
    fn a_changed_secret_does_not_open() {
        let cipher = cipher();
        let here = Aad { account: AccountId::new(), table: "t", column: "c", row: "r" };
        let sealed = cipher.seal(&here, &"hunter2".into()).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(cipher.open(&here, &changed).is_err(), "byte {at}");
            assert!(cipher.open(&here, &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn an_earlier_key_still_opens() {
        let (old, new) = (SecretsKey::generate_base64(), SecretsKey::generate_base64());
        let key = |text: &str| SecretsKey::from_base64(text).unwrap();
        let here = Aad { account: AccountId::new(), table: "t", column: "c", row: "r" };
        let sealed = Cipher::new(key(&old)).unwrap().seal(&here, &"hunter2".into()).unwrap();
        let rotated = Cipher::new(key(&new)).unwrap();
        assert!(matches!(rotated.open(&here, &sealed), Err(Error::Configuration(_))));
        let rotated = rotated.with_earlier(key(&old)).unwrap();
        assert_eq!(rotated.open(&here, &sealed).unwrap().expose_secret(), "hunter2");

        let resealed = rotated.reseal(&here, &sealed).unwrap().unwrap();
        let without_old = Cipher::new(key(&new)).unwrap();
        assert_eq!(without_old.open(&here, &resealed).unwrap().expose_secret(), "hunter2");
        assert_eq!(rotated.reseal(&here, &resealed).unwrap(), None, "it is the current key's already");
    }
}
