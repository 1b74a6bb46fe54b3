//! The plan's limits: what an account has, what it has used of the metered ones, and whether more fits.
//! Whatever creates rows or starts work asks [`admit`] in the transaction that does so.

use chrono::{DateTime, Datelike, Utc};
use igny8_core::Result;
use igny8_core::runs::Announced;
use igny8_core::tenancy::{Limit, Plan, PlanUsage};

use super::catalogue::plan;
use super::executor::Scoped;
use crate::statement::TenantSql;

/// What is metered by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Calls to providers.
    AiRequests,
    /// Words written by runs.
    Words,
    /// Images made by runs.
    Images,
}

impl Metric {
    const fn as_str(self) -> &'static str {
        match self {
            Self::AiRequests => "ai_requests",
            Self::Words => "words",
            Self::Images => "images",
        }
    }
}

const PLAN: TenantSql = TenantSql::new(
    "SELECT p.* FROM igny8_accounts a JOIN igny8_plans p ON p.id = a.plan_id WHERE a.account_id = $1",
);

const METER: TenantSql = TenantSql::new(
    "INSERT INTO igny8_metered_usage (account_id, metric, day, amount) VALUES ($1, $2, $3, $4)
     ON CONFLICT (account_id, metric, day) DO UPDATE SET amount = igny8_metered_usage.amount + excluded.amount",
);

const METERED: TenantSql = TenantSql::new(
    "SELECT CAST(COALESCE(sum(amount), 0) AS BIGINT) AS used FROM igny8_metered_usage
     WHERE account_id = $1 AND metric = $2 AND day >= $3",
);

const ANNOUNCED: TenantSql = TenantSql::new(
    "SELECT CAST(COALESCE(sum(announced_ai_requests), 0) AS BIGINT) AS ai_requests,
            CAST(COALESCE(sum(announced_words), 0) AS BIGINT) AS words,
            CAST(COALESCE(sum(announced_images), 0) AS BIGINT) AS images
     FROM igny8_runs WHERE account_id = $1 AND state IN ('pending', 'progress', 'retry')",
);

const USERS: TenantSql = TenantSql::new("SELECT count(*) AS used FROM igny8_users WHERE account_id = $1");
const SITES: TenantSql = TenantSql::new("SELECT count(*) AS used FROM igny8_sites WHERE account_id = $1");
const KEYWORDS: TenantSql =
    TenantSql::new("SELECT count(*) AS used FROM igny8_keywords WHERE account_id = $1");
const CLUSTERS: TenantSql =
    TenantSql::new("SELECT count(*) AS used FROM igny8_clusters WHERE account_id = $1");
const IDEAS: TenantSql =
    TenantSql::new("SELECT count(*) AS used FROM igny8_content_ideas WHERE account_id = $1");

/// Whether `adding` more of this fit the account's plan. What unfinished runs announced counts as used.
///
/// # Errors
/// `PlanLimit` when they do not.
pub(crate) async fn admit(db: &mut Scoped<'_>, limit: Limit, adding: u64) -> Result<()> {
    let plan = plan_of(db).await?;
    if plan.limit(limit).is_none() {
        return Ok(());
    }
    let used = used(db, limit).await?;
    plan.admit(limit, used, adding)
}

/// The account's plan.
pub(crate) async fn plan_of(db: &mut Scoped<'_>) -> Result<Plan> {
    db.query(PLAN).one(plan).await
}

/// How much of this is used, with what unfinished runs announced.
pub(crate) async fn used(db: &mut Scoped<'_>, limit: Limit) -> Result<u64> {
    let counted = match limit {
        Limit::Users => USERS,
        Limit::Sites => SITES,
        Limit::Keywords => KEYWORDS,
        Limit::Clusters => CLUSTERS,
        Limit::ContentIdeas => IDEAS,
        Limit::AiRequests => {
            return Ok(metered(db, Metric::AiRequests).await? + announced(db).await?.ai_requests);
        }
        Limit::Words => return Ok(metered(db, Metric::Words).await? + announced(db).await?.words),
        Limit::Images => return Ok(metered(db, Metric::Images).await? + announced(db).await?.images),
    };
    db.query(counted).one(|row| row.get("used")).await
}

/// What the account has and has used, as its owner is shown it.
pub(crate) async fn usage_of(db: &mut Scoped<'_>) -> Result<PlanUsage> {
    Ok(PlanUsage {
        users: used(db, Limit::Users).await?,
        sites: used(db, Limit::Sites).await?,
        keywords: used(db, Limit::Keywords).await?,
        clusters: used(db, Limit::Clusters).await?,
        content_ideas: used(db, Limit::ContentIdeas).await?,
        ai_requests: used(db, Limit::AiRequests).await?,
        words: metered(db, Metric::Words).await?,
        images: metered(db, Metric::Images).await?,
    })
}

/// Notes metered work, in the commit that records it.
pub(crate) async fn meter(db: &mut Scoped<'_>, metric: Metric, amount: u64) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let today = day(db.now());
    db.query(METER).bind(metric.as_str()).bind(today).bind(amount).execute().await.map(drop)
}

async fn metered(db: &mut Scoped<'_>, metric: Metric) -> Result<u64> {
    let now = db.now();
    let since = match metric {
        Metric::AiRequests => day(now),
        // The first of the month.
        Metric::Words | Metric::Images => day(now) - i64::from(now.day0()),
    };
    db.query(METERED).bind(metric.as_str()).bind(since).one(|row| row.get("used")).await
}

async fn announced(db: &mut Scoped<'_>) -> Result<Announced> {
    db.query(ANNOUNCED)
        .one(|row| {
            Ok(Announced {
                ai_requests: row.get("ai_requests")?,
                words: row.get("words")?,
                images: row.get("images")?,
            })
        })
        .await
}

/// Days since 1970, UTC.
fn day(time: DateTime<Utc>) -> i64 {
    time.timestamp().div_euclid(24 * 60 * 60)
}
