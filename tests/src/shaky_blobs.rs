//! A place for files that says which files it holds, and that fails to write some when it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use igny8_core::ports::{Blob, BlobStore};
use igny8_core::{Error, Result};

type Fault = Box<dyn FnMut(&str) -> bool + Send>;

/// Files in memory. Clones are the same place.
#[derive(Clone, Default)]
pub struct ShakyBlobs {
    files: Arc<Mutex<BTreeMap<String, Blob>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl std::fmt::Debug for ShakyBlobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShakyBlobs").field("files", &self.keys()).finish_non_exhaustive()
    }
}

impl ShakyBlobs {
    /// Fails to write the files for whose keys this says so.
    pub fn fail_when(&self, fault: impl FnMut(&str) -> bool + Send + 'static) {
        *self.fault.lock().unwrap() = Some(Box::new(fault));
    }

    /// The keys of the files that are there.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.files.lock().unwrap().keys().cloned().collect()
    }
}

#[async_trait]
impl BlobStore for ShakyBlobs {
    async fn put(&self, key: &str, blob: Blob) -> Result<()> {
        if self.fault.lock().unwrap().as_mut().is_some_and(|fault| fault(key)) {
            let source = std::io::Error::other("the place for files is shaky");
            return Err(Error::Storage {
                operation: "write a file",
                retryable: true,
                source: Box::new(source),
            });
        }
        self.files.lock().unwrap().insert(key.to_owned(), blob);
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Blob> {
        let found = self.files.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| Error::not_found("file", key))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.files.lock().unwrap().remove(key);
        Ok(())
    }

    async fn delete_all(&self, prefix: &str) -> Result<()> {
        self.files.lock().unwrap().retain(|key, _| !key.starts_with(prefix));
        Ok(())
    }
}
