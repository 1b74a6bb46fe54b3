//! Files: images as bytes under a key.

use async_trait::async_trait;

use crate::error::Result;

/// A file with its media type.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Media type, such as `image/png`.
    pub media_type: String,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// A place for files. Keys are paths of ASCII letters, digits, `-`, `_`, `.` and `/` that the core makes:
/// account, site, sector, then the file.
#[async_trait]
pub trait BlobStore: Send + Sync + 'static {
    /// Writes a file; one that is there is replaced whole or not at all.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    async fn put(&self, key: &str, blob: Blob) -> Result<()>;

    /// Reads a file; its media type is told from the key's ending.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::Storage`](crate::Error::Storage).
    async fn get(&self, key: &str) -> Result<Blob>;

    /// Deletes a file; one that is not there is no error.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    async fn delete(&self, key: &str) -> Result<()>;

    /// Deletes every file below a prefix that ends in `/`; none there is no error.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    async fn delete_all(&self, prefix: &str) -> Result<()>;
}
