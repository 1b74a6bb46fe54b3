//! Where bought images are kept until their run has ended, so that a further attempt need not buy them again.
//! Below the site's own folder, so that what a crash leaves behind goes with the site.

use crate::runs::{Run, RunItem};
use crate::sdk::Services;

/// Where an item's image is kept. Keys of items are their functions' own; their places are plain.
pub(super) fn key(run: &Run, item: &RunItem) -> String {
    format!("{}{}", folder(run), item.position)
}

/// Removes what a run that has ended had kept. That it cannot be removed is no reason to fail what has ended well.
pub(crate) async fn forget(services: &Services, run: &Run) {
    if let Err(error) = services.blobs.delete_all(&folder(run)).await {
        tracing::warn!(run = %run.id, error = &error as &dyn std::error::Error, "could not remove bought images");
    }
}

fn folder(run: &Run) -> String {
    format!("{}/{}/bought/{}/", run.tenant.account(), run.site, run.id)
}
