//! Which sites an editor or viewer may see.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::TenantKey;
use crate::ids::{SiteId, UserId};

/// One site granted to one user. Table `igny8_site_access`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SiteAccess {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Who may see it.
    pub user: UserId,
    /// The site.
    pub site: SiteId,
    /// Who granted it.
    pub granted_by: Option<UserId>,
    /// When.
    pub granted_at: DateTime<Utc>,
}
