//! What a field is when a body leaves it out.

use igny8_core::tenancy::SiteStatus;

/// True.
pub(crate) const fn yes() -> bool {
    true
}

/// In use.
pub(crate) const fn active() -> SiteStatus {
    SiteStatus::Active
}
