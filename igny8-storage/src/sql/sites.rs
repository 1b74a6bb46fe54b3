//! Sites of the account within the scope's reach, with the sealed password that publishing to them needs.

use async_trait::async_trait;
use igny8_core::ids::{AuthorProfileId, SiteId, StrategyId};
use igny8_core::paging::{Direction, Order};
use igny8_core::ports::Sites;
use igny8_core::tenancy::{Limit, NewSite, Site, SiteChange, SiteStatus, TenantScope, slugify};
use igny8_core::{Error, Result};

use secrecy::SecretString;

use super::columns::Row;
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey};
use super::{Store, erasure, plan};
use crate::secrets::Aad;
use crate::statement::TenantSql;

/// A site's columns but for the sealed password, which only publishing reads.
macro_rules! site_columns {
    () => {
        "s.id, s.account_id, s.name, s.slug, s.domain, s.industry_id, s.is_active, s.status, s.author_profile_id,
         s.strategy_id, s.wp_url, s.wp_username, s.wp_app_password IS NOT NULL AS has_wp_app_password,
         (SELECT count(*) FROM igny8_sectors t
          WHERE t.account_id = s.account_id AND t.site_id = s.id AND t.is_active) AS active_sectors,
         s.created_at, s.updated_at"
    };
}

const SITES: ListSql = ListSql::new("sites", site_columns!(), "igny8_sites s", "s");
const NAME: SortKey = SortKey::text("name", "s.name");

const SITE: TenantSql = TenantSql::new(concat!(
    "SELECT ",
    site_columns!(),
    " FROM igny8_sites s WHERE s.account_id = $1 AND s.id = $2"
));
const EXISTS: TenantSql = TenantSql::new("SELECT 1 FROM igny8_sites WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_sites
         (account_id, id, name, slug, domain, industry_id, is_active, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8, $8)",
);
const WP_APP_PASSWORD: TenantSql =
    TenantSql::new("SELECT wp_app_password FROM igny8_sites WHERE account_id = $1 AND id = $2");
const INDUSTRY: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_accounts a JOIN igny8_industries i ON i.id = $2 WHERE a.account_id = $1",
);
const AUTHOR_PROFILE: TenantSql =
    TenantSql::new("SELECT 1 FROM igny8_author_profiles WHERE account_id = $1 AND id = $2");
const STRATEGY: TenantSql =
    TenantSql::new("SELECT 1 FROM igny8_strategies WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Sites for Store {
    async fn create_site(&self, scope: &TenantScope, site: NewSite) -> Result<Site> {
        let mut db = self.write(scope, "create a site").await?;
        plan::admit(&mut db, Limit::Sites, 1).await?;
        let id = insert_site(&mut db, &site).await?;
        let created = load(&mut db, id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_site(&self, scope: &TenantScope, id: SiteId) -> Result<Site> {
        find(&mut self.read(scope, "read a site").await?, id).await
    }

    async fn list_sites(&self, scope: &TenantScope) -> Result<Vec<Site>> {
        self.read(scope, "list sites")
            .await?
            .list(&SITES)
            .visible("s.id")
            .order(&[Order { field: (), direction: Direction::Ascending }], |()| NAME, NAME)
            .all(site)
            .await
    }

    async fn update_site(&self, scope: &TenantScope, id: SiteId, change: SiteChange) -> Result<Site> {
        let mut db = self.write(scope, "change a site").await?;
        check_site(&mut db, id).await?;
        check_industry(&mut db, change.industry.flatten()).await?;
        check_settings(&mut db, change.author_profile.flatten(), change.strategy.flatten()).await?;
        let password = match change.wp_app_password {
            None => None,
            Some(None) => Some(None),
            Some(Some(password)) => {
                let row = id.to_string();
                Some(Some(db.cipher()?.seal(&password_place(&db, &row), &password)?))
            }
        };
        let now = db.now();
        db.update("igny8_sites")
            .set("name", change.name)
            .set("domain", change.domain)
            .set("industry_id", change.industry)
            .set("is_active", change.is_active)
            .set("status", change.status.map(SiteStatus::as_str))
            .set("author_profile_id", change.author_profile)
            .set("strategy_id", change.strategy)
            .set("wp_url", change.wp_url)
            .set("wp_username", change.wp_username)
            .set("wp_app_password", password)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_site(&self, scope: &TenantScope, id: SiteId, force: bool) -> Result<()> {
        let mut db = self.write(scope, "delete a site").await?;
        check_site(&mut db, id).await?;
        erasure::site(&mut db, id, force).await?;
        db.commit().await
    }

    async fn wp_app_password(&self, scope: &TenantScope, id: SiteId) -> Result<Option<SecretString>> {
        let mut db = self.read(scope, "read a site's WordPress password").await?;
        check_site(&mut db, id).await?;
        let sealed: Option<Vec<u8>> =
            db.query(WP_APP_PASSWORD).bind(id).one(|row| row.get("wp_app_password")).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let row = id.to_string();
        db.cipher()?.open(&password_place(&db, &row), &sealed).map(Some)
    }
}

/// Checks that a site is there and within reach.
///
/// # Errors
/// `NotFound` when it is not.
pub(crate) async fn check_site(db: &mut Scoped<'_>, id: SiteId) -> Result<()> {
    db.check_reach(id)?;
    if db.query(EXISTS).bind(id).exists().await? { Ok(()) } else { Err(Error::not_found("site", id)) }
}

/// Checks that the author profile and the strategy that a site, sector or run is to use are there.
///
/// # Errors
/// `NotFound` when one is not.
pub(crate) async fn check_settings(
    db: &mut Scoped<'_>,
    author_profile: Option<AuthorProfileId>,
    strategy: Option<StrategyId>,
) -> Result<()> {
    if let Some(id) = author_profile
        && !db.query(AUTHOR_PROFILE).bind(id).exists().await?
    {
        return Err(Error::not_found("author profile", id));
    }
    if let Some(id) = strategy
        && !db.query(STRATEGY).bind(id).exists().await?
    {
        return Err(Error::not_found("strategy", id));
    }
    Ok(())
}

/// Writes a new site; whether the plan has room is the caller's to ask.
pub(super) async fn insert_site(db: &mut Scoped<'_>, site: &NewSite) -> Result<SiteId> {
    check_industry(db, site.industry).await?;
    let id = SiteId::new();
    let slug = site.slug.clone().unwrap_or_else(|| slugify(&site.name, "site"));
    let now = db.now();
    db.query(CREATE)
        .bind(id)
        .bind(site.name.as_str())
        .bind(slug.as_str())
        .bind(site.domain.as_deref())
        .bind(site.industry)
        .bind(SiteStatus::Active.as_str())
        .bind(now)
        .execute()
        .await
        .or_taken(|| Error::conflict("site", format!("the account has a site with the slug `{slug}`")))?;
    Ok(id)
}

async fn check_industry(db: &mut Scoped<'_>, industry: Option<igny8_core::ids::IndustryId>) -> Result<()> {
    match industry {
        Some(id) if !db.query(INDUSTRY).bind(id).exists().await? => Err(Error::not_found("industry", id)),
        _ => Ok(()),
    }
}

async fn find(db: &mut Scoped<'_>, id: SiteId) -> Result<Site> {
    db.check_reach(id)?;
    load(db, id).await
}

/// A site whatever the scope's reach: a site just made may lie outside of it.
async fn load(db: &mut Scoped<'_>, id: SiteId) -> Result<Site> {
    let found = db.query(SITE).bind(id).optional(site).await?;
    found.ok_or_else(|| Error::not_found("site", id))
}

pub(super) fn password_place<'a>(db: &Scoped<'_>, row: &'a str) -> Aad<'a> {
    Aad { account: db.account(), table: "igny8_sites", column: "wp_app_password", row }
}

fn site(row: &Row<'_>) -> Result<Site> {
    Ok(Site {
        id: row.get("id")?,
        tenant: row.tenant()?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        domain: row.get("domain")?,
        industry: row.get("industry_id")?,
        is_active: row.get("is_active")?,
        status: row.word("status")?,
        author_profile: row.get("author_profile_id")?,
        strategy: row.get("strategy_id")?,
        wp_url: row.get("wp_url")?,
        wp_username: row.get("wp_username")?,
        has_wp_app_password: row.get("has_wp_app_password")?,
        active_sectors: row.get("active_sectors")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
