//! What tokens are signed with, and texts that nobody guesses.
//! Beside a SQLite database the secret is kept in a file that only its owner reads.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cli::{ServeArgs, StoreArgs};

/// The shortest secret that signs tokens.
const LEAST: usize = 32;

/// What tokens are signed with. Its text is never shown.
#[derive(Clone)]
pub struct JwtSecret(String);

impl std::fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JwtSecret(…)")
    }
}

impl JwtSecret {
    /// This secret.
    ///
    /// # Errors
    /// When it is shorter than 32 characters.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if text.trim().len() < LEAST {
            bail!(
                "the JWT secret must have at least {LEAST} characters, as `openssl rand -base64 32` prints them"
            );
        }
        Ok(Self(text.trim().to_owned()))
    }

    /// The secret that was given; else the one beside the SQLite database, made when it is not there; else a random one.
    ///
    /// # Errors
    /// When the one given is too short, or the file cannot be read or written.
    pub fn find(store: &StoreArgs, serve: &ServeArgs) -> Result<Self> {
        if let Some(given) = serve.jwt_secret.as_deref().filter(|given| !given.is_empty()) {
            return Self::new(given);
        }
        match store.sqlite_file() {
            Some(database) => Self::beside(&database),
            None => {
                tracing::warn!(
                    "no --jwt-secret is given: this start has one of its own, and every session ends with it"
                );
                Self::new(random_bytes_text(48))
            }
        }
    }

    fn beside(database: &Path) -> Result<Self> {
        Self::new(kept_beside(database, "jwt-secret", || random_bytes_text(48))?)
    }

    /// The text, for whoever signs with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A password that is the same for the same purpose as long as the secret is, and that nobody else can tell.
    #[must_use]
    pub fn derived_password(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        hash.update((self.0.len() as u64).to_be_bytes());
        hash.update(self.0.as_bytes());
        hash.update(b"igny8 password");
        hash.update(purpose.as_bytes());
        text_of(&hash.finalize(), 15)
    }
}

/// What is kept in a file beside the database that only its owner reads, made when it is not there.
///
/// # Errors
/// When the file cannot be read or written.
pub fn kept_beside(database: &Path, what: &str, make: impl FnOnce() -> String) -> Result<String> {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".{what}"));
    let path = PathBuf::from(name);
    let told = || format!("the {what} in {}", path.display());
    if !path.exists() {
        // Written whole beside it, then linked: of two processes that start at once both read the same.
        let draft = path.with_extension(format!("{what}-{}", Uuid::new_v4().simple()));
        write_private(&draft, &make()).with_context(told)?;
        let linked = std::fs::hard_link(&draft, &path);
        std::fs::remove_file(&draft).with_context(told)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).with_context(told),
            _ => {}
        }
    }
    std::fs::read_to_string(&path).with_context(told)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A text of 20 characters that nobody guesses.
#[must_use]
pub fn random_text() -> String {
    random_bytes_text(15)
}

fn random_bytes_text(bytes: usize) -> String {
    let mut all = Vec::with_capacity(bytes + 32);
    while all.len() < bytes {
        let mut hash = Sha256::new();
        for _ in 0..3 {
            hash.update(Uuid::new_v4().as_bytes());
        }
        all.extend_from_slice(&hash.finalize());
    }
    text_of(&all, bytes)
}

fn text_of(bytes: &[u8], most: usize) -> String {
    URL_SAFE_NO_PAD.encode(bytes.get(..most).unwrap_or(bytes))
}
