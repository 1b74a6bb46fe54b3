//! Files behind the core's port: a local folder, memory, or whatever `object_store` knows.

use std::path::Path as FolderPath;
use std::sync::Arc;

use async_trait::async_trait;
use igny8_core::ports::{Blob, BlobStore};
use igny8_core::{Error, Result};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

/// A place for files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ObjectBlobs(Arc<dyn ObjectStore>);

impl ObjectBlobs {
    /// Files below a folder, which is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Storage`] when it cannot be made.
    pub fn local(folder: impl AsRef<FolderPath>) -> Result<Self> {
        std::fs::create_dir_all(&folder).map_err(|error| Error::storage("make a folder for files", error))?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| Error::storage("open a folder for files", error))?;
        Ok(Self(Arc::new(store)))
    }

    /// Files in memory, gone with the process.
    #[must_use]
    pub fn memory() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    /// Files in a store of the host's own choice.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl BlobStore for ObjectBlobs {
    async fn put(&self, key: &str, blob: Blob) -> Result<()> {
        let path = path(key)?;
        self.0.put(&path, blob.bytes.into()).await.map(drop).map_err(|error| failed("write a file", error))
    }

    async fn get(&self, key: &str) -> Result<Blob> {
        let path = path(key)?;
        let found = match self.0.get(&path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(Error::not_found("file", key)),
            Err(error) => return Err(failed("read a file", error)),
        };
        let bytes = found.bytes().await.map_err(|error| failed("read a file", error))?;
        Ok(Blob { bytes: bytes.to_vec(), media_type: media_type(key).to_owned() })
    }

    async fn delete(&self, key: &str) -> Result<()> {
        match self.0.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete a file", error)),
        }
    }

    async fn delete_all(&self, prefix: &str) -> Result<()> {
        let folder = prefix.strip_suffix('/').ok_or_else(|| Error::invalid("prefix", "must end in `/`"))?;
        let listed = self.0.list_with_delimiter(Some(&path(folder)?)).await;
        let listed = listed.map_err(|error| failed("list files", error))?;
        for file in listed.objects {
            self.delete(file.location.as_ref()).await?;
        }
        for folder in listed.common_prefixes {
            self.delete_all(&format!("{folder}/")).await?;
        }
        Ok(())
    }
}

/// The path of a key, which must not lead out of the place.
fn path(key: &str) -> Result<Path> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if key.split('/').all(plain) {
        Ok(Path::from(key))
    } else {
        Err(Error::invalid("key", format!("`{key}` is not a path of letters, digits, `-`, `_` and `.`")))
    }
}

fn media_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn failed(operation: &'static str, error: object_store::Error) -> Error {
    Error::Storage { operation, retryable: true, source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png() -> Blob {
        Blob { bytes: vec![1, 2, 3], media_type: "image/png".to_owned() }
    }

    #[tokio::test]
    async fn files_come_back_and_go_by_folder() {
        let folder = tempfile::tempdir().unwrap();
        for blobs in [ObjectBlobs::memory(), ObjectBlobs::local(folder.path().join("new")).unwrap()] {
            blobs.put("a/b/1.png", png()).await.unwrap();
            blobs.put("a/c/2.png", png()).await.unwrap();
            blobs.put("z/3.png", png()).await.unwrap();
            assert_eq!(blobs.get("a/b/1.png").await.unwrap(), png());
            blobs.delete_all("a/").await.unwrap();
            for key in ["a/b/1.png", "a/c/2.png"] {
                assert!(matches!(blobs.get(key).await, Err(Error::NotFound { .. })), "{key}");
            }
            assert_eq!(blobs.get("z/3.png").await.unwrap(), png());
            blobs.delete("z/3.png").await.unwrap();
            blobs.delete("z/3.png").await.unwrap();
            blobs.delete_all("nowhere/").await.unwrap();
        }
    }

    #[tokio::test]
    async fn keys_do_not_lead_out() {
        let blobs = ObjectBlobs::memory();
        for key in ["../x", "/etc/passwd", "a/../b", "a//b", "", "a\\b", ".hidden", "a b"] {
            assert!(matches!(blobs.put(key, png()).await, Err(Error::Invalid(_))), "{key}");
        }
    }
}
