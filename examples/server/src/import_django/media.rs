//! Images' files, from the folder that Django kept uploads in (`MEDIA_ROOT`), into our place for files.
//! A path that leads out of the folder, and what is no image that is kept here, stays where it is.

use std::path::{Component, Path, PathBuf};

use igny8_core::pipeline::{Image, ImageChange, ImageStatus};
use igny8_core::ports::{Blob, BlobStore};
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, Result};

/// The largest file that comes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Where files are, and where they go.
pub(super) struct Media<'a> {
    pub(super) blobs: &'a dyn BlobStore,
    pub(super) folder: Option<PathBuf>,
}

impl Media<'_> {
    /// Brings an image's file over; says why not.
    pub(super) async fn bring(
        &self,
        igny8: &Igny8,
        scope: &TenantScope,
        image: &Image,
        url: &str,
    ) -> Result<std::result::Result<(), &'static str>> {
        let Some(folder) = &self.folder else {
            return Ok(Err(
                "its file stays where it is (--media brings it): it is pending here, to be made anew",
            ));
        };
        let Some(path) = within(folder, url) else {
            return Ok(Err("its file is not in the folder of --media: it is pending here, to be made anew"));
        };
        let readable = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
        let Some(bytes) = readable.then(|| std::fs::read(&path).ok()).flatten() else {
            return Ok(Err("its file cannot be read, or is larger than 64 MiB: it is pending here"));
        };
        let Some((media_type, ending)) = kind(&bytes) else {
            return Ok(Err("its file is no PNG, JPEG or WebP: it is pending here, to be made anew"));
        };
        let place = image.place;
        let key = format!("{}/{}/{}/{}.{ending}", place.account(), place.site(), place.sector(), image.id);
        // The file goes first: a row never points at a file that is not there.
        self.blobs.put(&key, Blob { bytes, media_type: media_type.to_owned() }).await?;
        let change = ImageChange {
            image_url: Some(Some(key)),
            media_type: Some(Some(media_type.to_owned())),
            status: Some(ImageStatus::Generated),
            ..ImageChange::default()
        };
        igny8.images(scope).update(image.id, change).await?;
        Ok(Ok(()))
    }
}

/// The file that an address means, when it is in the folder: what comes after `/media/`, or the whole path.
fn within(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = match url.split_once("/media/") {
        Some((_, path)) => path,
        None if url.contains("://") => return None,
        None => url.trim_start_matches('/'),
    };
    let path = Path::new(path.split(['?', '#']).next()?);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    // A link may still lead out.
    let folder = folder.canonicalize().ok()?;
    let found = folder.join(path).canonicalize().ok()?;
    found.starts_with(&folder).then_some(found)
}

/// What the bytes are: media type and ending. The file's name is not asked.
fn kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(("image/png", "png"))
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(("image/jpeg", "jpg"))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
        Some(("image/webp", "webp"))
    } else {
        None
    }
}
