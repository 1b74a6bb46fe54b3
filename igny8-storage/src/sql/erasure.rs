//! Deleting a sector, a site or a whole account: every table's rows, children before parents.
//! What outlives them is the ledger: transactions, reservations and the usage entries that explain them.

use igny8_core::ids::{SectorId, SiteId};
use igny8_core::{Error, Result};

use super::executor::Scoped;
use crate::statement::TenantSql;

/// The pipeline's rows of an account, a site or a sector. Revisions and cluster memberships go with their parents.
macro_rules! pipeline {
    ($which:literal) => {
        [
            TenantSql::new(concat!("DELETE FROM igny8_images WHERE account_id = $1", $which)),
            TenantSql::new(concat!("DELETE FROM igny8_content WHERE account_id = $1", $which)),
            TenantSql::new(concat!("DELETE FROM igny8_tasks WHERE account_id = $1", $which)),
            TenantSql::new(concat!("DELETE FROM igny8_content_ideas WHERE account_id = $1", $which)),
            TenantSql::new(concat!("DELETE FROM igny8_clusters WHERE account_id = $1", $which)),
            TenantSql::new(concat!("DELETE FROM igny8_keywords WHERE account_id = $1", $which)),
        ]
    };
}

/// Whether a site or a sector holds rows that `force` is needed for.
macro_rules! holds_rows {
    ($which:literal, $strategies:literal) => {
        TenantSql::new(concat!(
            "SELECT 1 FROM igny8_accounts a WHERE a.account_id = $1 AND (
                 EXISTS (SELECT 1 FROM igny8_keywords WHERE account_id = $1 AND ",
            $which,
            ")
                 OR EXISTS (SELECT 1 FROM igny8_clusters WHERE account_id = $1 AND ",
            $which,
            ")
                 OR EXISTS (SELECT 1 FROM igny8_content_ideas WHERE account_id = $1 AND ",
            $which,
            ")
                 OR EXISTS (SELECT 1 FROM igny8_tasks WHERE account_id = $1 AND ",
            $which,
            ")
                 OR EXISTS (SELECT 1 FROM igny8_strategies WHERE account_id = $1 AND ",
            $strategies,
            "))"
        ))
    };
}

const SECTOR_PIPELINE: [TenantSql; 6] = pipeline!(" AND sector_id = $2");
const SECTOR_HOLDS_ROWS: TenantSql = holds_rows!("sector_id = $2", "sector_id = $2");
// A run without a sector works in several of its site's, perhaps in this one.
const SECTOR_WORKS: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_runs WHERE account_id = $1 AND site_id = $3 AND (sector_id = $2 OR sector_id IS NULL)
       AND state IN ('pending', 'progress', 'retry')",
);
const SECTOR_SETTINGS: [TenantSql; 5] = [
    TenantSql::new(
        "UPDATE igny8_sites SET strategy_id = NULL WHERE account_id = $1 AND strategy_id IN
             (SELECT id FROM igny8_strategies WHERE account_id = $1 AND sector_id = $2)",
    ),
    TenantSql::new(
        "UPDATE igny8_sectors SET strategy_id = NULL WHERE account_id = $1 AND strategy_id IN
             (SELECT id FROM igny8_strategies WHERE account_id = $1 AND sector_id = $2)",
    ),
    TenantSql::new("DELETE FROM igny8_strategies WHERE account_id = $1 AND sector_id = $2"),
    TenantSql::new("UPDATE igny8_runs SET sector_id = NULL WHERE account_id = $1 AND sector_id = $2"),
    TenantSql::new("DELETE FROM igny8_sectors WHERE account_id = $1 AND id = $2"),
];

const SITE_PIPELINE: [TenantSql; 6] = pipeline!(" AND site_id = $2");
const SITE_HOLDS_ROWS: TenantSql = holds_rows!(
    "site_id = $2",
    "sector_id IN (SELECT id FROM igny8_sectors WHERE account_id = $1 AND site_id = $2)"
);
const SITE_WORKS: TenantSql = TenantSql::new(
    "SELECT 1 FROM igny8_runs WHERE account_id = $1 AND site_id = $2 AND state IN ('pending', 'progress', 'retry')",
);
const SITE_SETTINGS: [TenantSql; 6] = [
    TenantSql::new(
        "UPDATE igny8_sites SET strategy_id = NULL WHERE account_id = $1 AND strategy_id IN
             (SELECT t.id FROM igny8_strategies t
              JOIN igny8_sectors s ON s.account_id = t.account_id AND s.id = t.sector_id
              WHERE t.account_id = $1 AND s.site_id = $2)",
    ),
    TenantSql::new(
        "UPDATE igny8_sectors SET strategy_id = NULL WHERE account_id = $1 AND strategy_id IN
             (SELECT t.id FROM igny8_strategies t
              JOIN igny8_sectors s ON s.account_id = t.account_id AND s.id = t.sector_id
              WHERE t.account_id = $1 AND s.site_id = $2)",
    ),
    TenantSql::new(
        "DELETE FROM igny8_strategies WHERE account_id = $1 AND sector_id IN
             (SELECT id FROM igny8_sectors WHERE account_id = $1 AND site_id = $2)",
    ),
    TenantSql::new("DELETE FROM igny8_runs WHERE account_id = $1 AND site_id = $2"),
    TenantSql::new("DELETE FROM igny8_sectors WHERE account_id = $1 AND site_id = $2"),
    TenantSql::new("DELETE FROM igny8_sites WHERE account_id = $1 AND id = $2"),
];

const ACCOUNT_PIPELINE: [TenantSql; 6] = pipeline!("");
const ACCOUNT_REST: [TenantSql; 23] = [
    TenantSql::new("DELETE FROM igny8_runs WHERE account_id = $1"),
    TenantSql::new(
        "UPDATE igny8_sites SET strategy_id = NULL, author_profile_id = NULL WHERE account_id = $1",
    ),
    TenantSql::new(
        "UPDATE igny8_sectors SET strategy_id = NULL, author_profile_id = NULL WHERE account_id = $1",
    ),
    TenantSql::new("DELETE FROM igny8_strategies WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_author_profiles WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_ai_prompts WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_integration_settings WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_sectors WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_sites WHERE account_id = $1"),
    TenantSql::new("UPDATE igny8_accounts SET owner_id = NULL WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_logins WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_tokens WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_sessions WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_api_keys WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_credentials WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_idempotency_keys WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_webhook_deliveries WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_webhooks WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_users WHERE account_id = $1"),
    TenantSql::new("DELETE FROM igny8_metered_usage WHERE account_id = $1"),
    TenantSql::new("UPDATE igny8_credit_transactions SET description = '' WHERE account_id = $1"),
    TenantSql::new("UPDATE igny8_credit_reservations SET description = '' WHERE account_id = $1"),
    // Kept without its figures: a settlement that no usage entry explains would breach the ledger's rules.
    TenantSql::new("UPDATE igny8_credit_usage_logs SET details = '{}' WHERE account_id = $1"),
];
const ANONYMISE: TenantSql = TenantSql::new(
    "UPDATE igny8_accounts SET name = $2, slug = $2, status = 'cancelled', updated_at = $3 WHERE account_id = $1",
);
const ANONYMISE_SLUG: TenantSql =
    TenantSql::new("UPDATE igny8_account_slugs SET slug = $2 WHERE account_id = $1");

/// Deletes a sector; finished runs stay as their site's.
///
/// # Errors
/// `Conflict` while runs are under way in it, or it holds rows and `force` is not set.
pub(super) async fn sector(db: &mut Scoped<'_>, site: SiteId, id: SectorId, force: bool) -> Result<()> {
    if db.query(SECTOR_WORKS).bind(id).bind(site).exists().await? {
        return Err(at_work("sector"));
    }
    if !force && db.query(SECTOR_HOLDS_ROWS).bind(id).exists().await? {
        return Err(in_use("sector"));
    }
    for sql in SECTOR_PIPELINE.into_iter().chain(SECTOR_SETTINGS) {
        db.query(sql).bind(id).execute().await?;
    }
    Ok(())
}

/// Deletes a site with its sectors, its finished runs and its grants.
///
/// # Errors
/// `Conflict` while runs are under way on it, or it holds rows and `force` is not set.
pub(super) async fn site(db: &mut Scoped<'_>, id: SiteId, force: bool) -> Result<()> {
    if db.query(SITE_WORKS).bind(id).exists().await? {
        return Err(at_work("site"));
    }
    if !force && db.query(SITE_HOLDS_ROWS).bind(id).exists().await? {
        return Err(in_use("site"));
    }
    for sql in SITE_PIPELINE.into_iter().chain(SITE_SETTINGS) {
        db.query(sql).bind(id).execute().await?;
    }
    Ok(())
}

/// Erases everything of a closed account but its ledger, and what is left of it says nothing about anyone.
pub(super) async fn account(db: &mut Scoped<'_>) -> Result<()> {
    for sql in ACCOUNT_PIPELINE.into_iter().chain(ACCOUNT_REST) {
        db.query(sql).execute().await?;
    }
    let name = format!("erased-{}", db.account().as_uuid().simple());
    let now = db.now();
    db.query(ANONYMISE_SLUG).bind(name.as_str()).execute().await?;
    db.query(ANONYMISE).bind(name).bind(now).execute().await.map(drop)
}

fn at_work(what: &'static str) -> Error {
    Error::conflict(what, "runs are under way: wait for them or cancel them first")
}

fn in_use(what: &'static str) -> Error {
    Error::conflict(what, "it still holds rows: delete them first, or ask for them to go with it (force)")
}
