//! The keys that rows carry come from a scope only.

use igny8_core::ids::{AccountId, SectorId, SiteId};
use igny8_core::tenancy::{SectorKey, TenantKey};

fn main() {
    let account = AccountId::new();
    let _ = TenantKey { account };
    let _ = SectorKey { account, site: SiteId::new(), sector: SectorId::new() };
}
