//! Sectors of sites within the scope's reach; at most five of a site are active at once.

use async_trait::async_trait;
use igny8_core::clustering::ClusteringMethod;
use igny8_core::ids::{SectorId, SiteId};
use igny8_core::paging::{Direction, Order};
use igny8_core::ports::Sectors;
use igny8_core::tenancy::{
    MAX_ACTIVE_SECTORS, NewSector, Sector, SectorChange, SiteStatus, TenantScope, slugify,
};
use igny8_core::{Error, Result};

use super::columns::Row;
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey};
use super::sites::{check_settings, check_site};
use super::{Store, erasure};
use crate::statement::TenantSql;

const SECTORS: ListSql = ListSql::new("sectors", "s.*", "igny8_sectors s", "s");
const NAME: SortKey = SortKey::text("name", "s.name");

const SECTOR: TenantSql = TenantSql::new("SELECT * FROM igny8_sectors WHERE account_id = $1 AND id = $2");
const ACTIVE: TenantSql = TenantSql::new(
    "SELECT count(*) AS active FROM igny8_sectors WHERE account_id = $1 AND site_id = $2 AND is_active AND id <> $3",
);
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_sectors
         (account_id, id, site_id, industry_sector_id, name, slug, is_active, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8, $8)",
);
const INDUSTRY_SECTOR: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_accounts a JOIN igny8_industry_sectors i ON i.id = $2 WHERE a.account_id = $1",
);
const IN_SEVERAL_CLUSTERS: TenantSql = TenantSql::new(
    "SELECT keyword_id FROM igny8_keyword_clusters WHERE account_id = $1 AND sector_id = $2
     GROUP BY keyword_id HAVING count(*) > 1 LIMIT 1",
);

#[async_trait]
impl Sectors for Store {
    async fn create_sector(&self, scope: &TenantScope, site: SiteId, sector: NewSector) -> Result<Sector> {
        let mut db = self.write(scope, "create a sector").await?;
        check_site(&mut db, site).await?;
        let created = insert_sector(&mut db, site, &sector).await?;
        let sector = find(&mut db, created).await?;
        db.commit().await?;
        Ok(sector)
    }

    async fn get_sector(&self, scope: &TenantScope, id: SectorId) -> Result<Sector> {
        find(&mut self.read(scope, "read a sector").await?, id).await
    }

    async fn list_sectors(&self, scope: &TenantScope, site: Option<SiteId>) -> Result<Vec<Sector>> {
        let mut db = self.read(scope, "list sectors").await?;
        if let Some(site) = site {
            check_site(&mut db, site).await?;
        }
        db.list(&SECTORS)
            .visible("s.site_id")
            .and("s.site_id =", site)
            .order(&[Order { field: (), direction: Direction::Ascending }], |()| NAME, NAME)
            .all(sector)
            .await
    }

    async fn update_sector(&self, scope: &TenantScope, id: SectorId, change: SectorChange) -> Result<Sector> {
        let mut db = self.write(scope, "change a sector").await?;
        let before = find(&mut db, id).await?;
        if change.is_active == Some(true) {
            check_room(&mut db, before.site, id).await?;
        }
        if change.many_clusters_per_keyword == Some(false)
            && db.query(IN_SEVERAL_CLUSTERS).bind(id).exists().await?
        {
            return Err(Error::conflict(
                "sector",
                "keywords are in several clusters: take them out of all but one first",
            ));
        }
        check_settings(&mut db, change.author_profile.flatten(), change.strategy.flatten()).await?;
        let now = db.now();
        db.update("igny8_sectors")
            .set("name", change.name)
            .set("is_active", change.is_active)
            .set("status", change.status.map(SiteStatus::as_str))
            .set("many_clusters_per_keyword", change.many_clusters_per_keyword)
            .set("clustering", change.clustering.map(|method| method.map(ClusteringMethod::as_str)))
            .set("author_profile_id", change.author_profile)
            .set("strategy_id", change.strategy)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_sector(&self, scope: &TenantScope, id: SectorId, force: bool) -> Result<()> {
        let mut db = self.write(scope, "delete a sector").await?;
        let before = find(&mut db, id).await?;
        erasure::sector(&mut db, before.site, id, force).await?;
        db.commit().await
    }
}

/// The site a sector belongs to. Whatever is created in a sector asks this first.
///
/// # Errors
/// `NotFound` when the sector is not there, or its site out of reach.
pub(crate) async fn site_of(db: &mut Scoped<'_>, id: SectorId) -> Result<SiteId> {
    let site: Option<SiteId> = db.query(SECTOR).bind(id).optional(|row| row.get("site_id")).await?;
    let site = site.filter(|site| db.check_reach(*site).is_ok());
    site.ok_or_else(|| Error::not_found("sector", id))
}

/// A sector within reach.
pub(crate) async fn find(db: &mut Scoped<'_>, id: SectorId) -> Result<Sector> {
    let found = db.query(SECTOR).bind(id).optional(sector).await?;
    let found = found.filter(|sector| db.check_reach(sector.site).is_ok());
    found.ok_or_else(|| Error::not_found("sector", id))
}

/// Writes a new sector of a site that is known to be there.
pub(super) async fn insert_sector(db: &mut Scoped<'_>, site: SiteId, sector: &NewSector) -> Result<SectorId> {
    let id = SectorId::new();
    check_room(db, site, id).await?;
    if let Some(template) = sector.industry_sector
        && !db.query(INDUSTRY_SECTOR).bind(template).exists().await?
    {
        return Err(Error::not_found("industry sector", template));
    }
    let slug = sector.slug.clone().unwrap_or_else(|| slugify(&sector.name, "sector"));
    let now = db.now();
    db.query(CREATE)
        .bind(id)
        .bind(site)
        .bind(sector.industry_sector)
        .bind(sector.name.as_str())
        .bind(slug.as_str())
        .bind(SiteStatus::Active.as_str())
        .bind(now)
        .execute()
        .await
        .or_taken(|| Error::conflict("sector", format!("the site has a sector with the slug `{slug}`")))?;
    Ok(id)
}

/// Whether one more active sector fits beside the site's others.
async fn check_room(db: &mut Scoped<'_>, site: SiteId, id: SectorId) -> Result<()> {
    let others: u32 = db.query(ACTIVE).bind(site).bind(id).one(|row| row.get("active")).await?;
    if others < MAX_ACTIVE_SECTORS {
        Ok(())
    } else {
        Err(Error::conflict(
            "sector",
            format!("the site has {MAX_ACTIVE_SECTORS} active sectors: switch one off first"),
        ))
    }
}

fn sector(row: &Row<'_>) -> Result<Sector> {
    Ok(Sector {
        id: row.get("id")?,
        tenant: row.tenant()?,
        site: row.get("site_id")?,
        industry_sector: row.get("industry_sector_id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        is_active: row.get("is_active")?,
        status: row.word("status")?,
        many_clusters_per_keyword: row.get("many_clusters_per_keyword")?,
        clustering: row.maybe_word("clustering")?,
        author_profile: row.get("author_profile_id")?,
        strategy: row.get("strategy_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
