//! Keywords of the sectors within reach.

use async_trait::async_trait;
use igny8_core::exchange::VolumeSource;
use igny8_core::ids::{ClusterId, ImportId, KeywordId, SectorId};
use igny8_core::paging::{BulkOutcome, Paged, Refusal};
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Intent, Keyword, KeywordChange, KeywordField, KeywordQuery, KeywordStatus, NewKeyword,
};
use igny8_core::ports::{ImportSession, Keywords};
use igny8_core::tenancy::{Limit, TenantScope};
use igny8_core::{Error, Result};
use rust_decimal::Decimal;
use sqlx::types::Json;

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::imports;
use super::listing::{ListSql, SortKey};
use super::sectors::site_of;
use super::{Store, clusters, memberships, plan};
use crate::statement::TenantSql;

const KEYWORDS: ListSql = ListSql::new("keywords", "k.*", "igny8_keywords k", "k");
const CREATED_AT: SortKey = SortKey::number("created_at", "k.created_at");
const VOLUME: SortKey = SortKey::number("volume", "CASE WHEN k.volume IS NULL THEN -1 ELSE k.volume END");
const DIFFICULTY: SortKey =
    SortKey::number("difficulty", "CASE WHEN k.difficulty IS NULL THEN -1 ELSE k.difficulty END");
const TEXT: SortKey = SortKey::text("keyword", "k.keyword_key");

const KEYWORD: TenantSql = TenantSql::new("SELECT * FROM igny8_keywords WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_keywords
         (account_id, id, site_id, sector_id, keyword, keyword_key, volume, volume_source, difficulty, intents, cpc, country,
          serp_urls, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_keywords WHERE account_id = $1 AND id = $2");

/// The sources of volumes, each at the rank that is stored for it.
const SOURCES: [VolumeSource; 4] =
    [VolumeSource::None, VolumeSource::Impressions, VolumeSource::Range, VolumeSource::Exact];

#[async_trait]
impl Keywords for Store {
    async fn create_keyword(
        &self,
        scope: &TenantScope,
        sector: SectorId,
        keyword: NewKeyword,
        key: &str,
    ) -> Result<Keyword> {
        let mut db = self.write(scope, "create a keyword").await?;
        let site = site_of(&mut db, sector).await?;
        plan::admit(&mut db, Limit::Keywords, 1).await?;
        if let Some(cluster) = keyword.cluster {
            clusters::check_in_sector(&mut db, cluster, sector).await?;
        }
        let id = KeywordId::new();
        let status = if keyword.cluster.is_some() { KeywordStatus::Clustered } else { KeywordStatus::New };
        let now = db.now();
        db.query(CREATE)
            .bind(id)
            .bind(site)
            .bind(sector)
            .bind(keyword.keyword.as_str())
            .bind(key)
            .bind(keyword.volume)
            .bind(rank(if keyword.volume.is_some() { VolumeSource::Exact } else { VolumeSource::None }))
            .bind(keyword.difficulty)
            .bind(intents_text(&keyword.intents))
            .bind(keyword.cpc.map(|cpc| cpc.to_string()))
            .bind(keyword.country.as_deref())
            .bind((!keyword.serp_urls.is_empty()).then_some(Json(&keyword.serp_urls)))
            .bind(status.as_str())
            .bind(now)
            .execute()
            .await
            .or_taken(|| {
                Error::conflict("keyword", format!("the sector has `{}` already", keyword.keyword))
            })?;
        if let Some(cluster) = keyword.cluster {
            memberships::link(&mut db, sector, cluster, &[id]).await?;
        }
        let created = find(&mut db, id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_keyword(&self, scope: &TenantScope, id: KeywordId) -> Result<Keyword> {
        find(&mut self.read(scope, "read a keyword").await?, id).await
    }

    async fn list_keywords(&self, scope: &TenantScope, query: &KeywordQuery) -> Result<Paged<Keyword>> {
        let mut db = self.read(scope, "list keywords").await?;
        let mut page = select(&mut db, query).await?;
        memberships::fill(&mut db, &mut page.items).await?;
        Ok(page)
    }

    async fn update_keyword(
        &self,
        scope: &TenantScope,
        id: KeywordId,
        change: KeywordChange,
        key: Option<&str>,
    ) -> Result<Keyword> {
        let mut db = self.write(scope, "change a keyword").await?;
        let before = find(&mut db, id).await?;
        let sector = before.place.sector();
        let status = match (change.status, change.cluster) {
            (Some(to), _) => {
                before.status.check_move(to)?;
                Some(to)
            }
            (None, Some(Some(_))) if joins(before.status) => Some(KeywordStatus::Clustered),
            (None, Some(None)) if before.status == KeywordStatus::Clustered => Some(KeywordStatus::New),
            _ => None,
        };
        if let Some(cluster) = change.cluster {
            memberships::unlink(&mut db, id).await?;
            if let Some(cluster) = cluster {
                clusters::check_in_sector(&mut db, cluster, sector).await?;
                memberships::link(&mut db, sector, cluster, &[id]).await?;
            }
        }
        let (low, high) = change.range_after(before.volume_low, before.volume_high)?;
        let source = match change.volume.unwrap_or(before.volume) {
            Some(_) if change.volume.is_none() => before.volume_source,
            Some(_) => VolumeSource::Exact,
            None if low.is_some() || high.is_some() => VolumeSource::Range,
            None => VolumeSource::None,
        };
        let now = db.now();
        db.update("igny8_keywords")
            .set("keyword", change.keyword.clone())
            .set("keyword_key", key)
            .set("volume", change.volume)
            .always("volume_source", rank(source))
            .always("volume_low", low)
            .always("volume_high", high)
            .set("difficulty", change.difficulty)
            .set("intents", change.intents.as_deref().map(intents_text))
            .set("cpc", change.cpc.map(|cpc| cpc.map(|cpc| cpc.to_string())))
            .set("country", change.country)
            .set("serp_urls", change.serp_urls.as_ref().map(|urls| (!urls.is_empty()).then_some(Json(urls))))
            .set("status", status.map(KeywordStatus::as_str))
            .always("updated_at", now)
            .of(id)
            .execute()
            .await
            .or_taken(|| Error::conflict("keyword", "the sector has that spelling already"))?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_keywords(
        &self,
        scope: &TenantScope,
        ids: &[KeywordId],
    ) -> Result<BulkOutcome<KeywordId>> {
        let mut db = self.write(scope, "delete keywords").await?;
        let mut outcome = BulkOutcome::default();
        for id in ids {
            match find(&mut db, *id).await {
                Ok(_) => {
                    db.query(DELETE).bind(*id).execute().await?;
                    outcome.changed.push(*id);
                }
                Err(error) => outcome.refused.push(refusal(*id, error)?),
            }
        }
        db.commit().await?;
        Ok(outcome)
    }

    async fn set_keyword_status(
        &self,
        scope: &TenantScope,
        ids: &[KeywordId],
        to: KeywordStatus,
    ) -> Result<BulkOutcome<KeywordId>> {
        let mut db = self.write(scope, "change keywords' status").await?;
        let mut outcome = BulkOutcome::default();
        for id in ids {
            let checked = match find(&mut db, *id).await {
                Ok(keyword) => keyword.status.check_move(to),
                Err(error) => Err(error),
            };
            match checked {
                Ok(()) => outcome.changed.push(*id),
                Err(error) => outcome.refused.push(refusal(*id, error)?),
            }
        }
        move_all(&mut db, &outcome.changed, to).await?;
        db.commit().await?;
        Ok(outcome)
    }

    async fn begin_import(
        &self,
        scope: &TenantScope,
        sector: SectorId,
        import: ImportId,
    ) -> Result<Box<dyn ImportSession>> {
        imports::begin(self, scope, sector, import).await
    }
}

/// One page of keywords, their clusters not filled in.
async fn select(db: &mut Scoped<'_>, query: &KeywordQuery) -> Result<Paged<Keyword>> {
    let filter = &query.filter;
    let key = |field| match field {
        KeywordField::CreatedAt => CREATED_AT,
        KeywordField::Volume => VOLUME,
        KeywordField::Difficulty => DIFFICULTY,
        KeywordField::Keyword => TEXT,
    };
    let membership = "EXISTS (SELECT 1 FROM igny8_keyword_clusters c
        WHERE c.account_id = k.account_id AND c.keyword_id = k.id)";
    let mut list = db
        .list(&KEYWORDS)
        .visible("k.site_id")
        .and("k.site_id =", filter.site)
        .and("k.sector_id =", filter.sector)
        .and_in("k.id", filter.ids.as_deref())
        .and("k.import_id =", filter.import)
        .and_search(&["k.keyword_key"], filter.search.as_deref())
        .and_words("k.status", filter.statuses.iter().map(|status| status.as_str()))
        .and_within(
            "EXISTS (SELECT 1 FROM igny8_keyword_clusters c
                WHERE c.account_id = k.account_id AND c.keyword_id = k.id AND c.cluster_id =",
            filter.cluster,
            ")",
        )
        .and_within("',' || k.intents || ',' LIKE '%,' ||", filter.intent.map(Intent::as_str), " || ',%'")
        .and("k.difficulty >=", filter.difficulty_min)
        .and("k.difficulty <=", filter.difficulty_max)
        .and("k.volume >=", filter.volume_min)
        .and("k.volume <=", filter.volume_max);
    list = match filter.clustered {
        None => list,
        Some(true) => list.and_that(membership),
        Some(false) => list.and_that(
            "NOT EXISTS (SELECT 1 FROM igny8_keyword_clusters c
                WHERE c.account_id = k.account_id AND c.keyword_id = k.id)",
        ),
    };
    list.order(&query.order, key, CREATED_AT).page(&query.page, keyword).await
}

/// A keyword within reach, with its clusters.
async fn find(db: &mut Scoped<'_>, id: KeywordId) -> Result<Keyword> {
    let found = db.query(KEYWORD).bind(id).optional(|row| seen(keyword(row))).await?.flatten();
    let mut keyword = found.ok_or_else(|| Error::not_found("keyword", id))?;
    memberships::fill(db, std::slice::from_mut(&mut keyword)).await?;
    Ok(keyword)
}

/// Moves keywords to a status; what does not exist is passed over.
pub(super) async fn move_all(db: &mut Scoped<'_>, ids: &[KeywordId], to: KeywordStatus) -> Result<()> {
    let now = db.now();
    for ids in ids.chunks(500) {
        db.update("igny8_keywords")
            .always("status", to.as_str())
            .always("updated_at", now)
            .of_all(ids)
            .execute()
            .await?;
    }
    Ok(())
}

/// Whether a keyword of this status becomes clustered when it is put into a cluster.
pub(super) fn joins(status: KeywordStatus) -> bool {
    matches!(status, KeywordStatus::New | KeywordStatus::Orphaned)
}

/// Why a bulk change left a row alone; failures of the store itself end the whole.
pub(super) fn refusal<Id>(id: Id, error: Error) -> Result<Refusal<Id>> {
    match error {
        Error::Storage { .. } => Err(error),
        refused => Ok(Refusal { id, code: refused.code().to_owned(), reason: refused.to_string() }),
    }
}

/// Intents as they are stored: words joined by commas.
pub(super) fn intents_text(intents: &[Intent]) -> String {
    intents.iter().map(|intent| intent.as_str()).collect::<Vec<_>>().join(",")
}

fn intents(text: &str) -> Vec<Intent> {
    text.split(',').filter_map(|word| word.parse().ok()).collect()
}

/// The rank under which a source is stored.
pub(super) const fn rank(source: VolumeSource) -> u8 {
    match source {
        VolumeSource::None => 0,
        VolumeSource::Impressions => 1,
        VolumeSource::Range => 2,
        VolumeSource::Exact => 3,
    }
}

fn keyword(row: &Row<'_>) -> Result<Keyword> {
    let cpc: Option<String> = row.get("cpc")?;
    Ok(Keyword {
        id: row.get("id")?,
        place: row.place()?,
        keyword: row.get("keyword")?,
        volume: row.get("volume")?,
        volume_low: row.get("volume_low")?,
        volume_high: row.get("volume_high")?,
        volume_source: SOURCES.get(row.get::<usize>("volume_source")?).copied().unwrap_or_default(),
        difficulty: row.get("difficulty")?,
        intents: intents(&row.get::<String>("intents")?),
        cpc: cpc.and_then(|cpc| cpc.parse::<Decimal>().ok()),
        country: row.get("country")?,
        serp_urls: row.maybe_json("serp_urls")?.unwrap_or_default(),
        status: row.word("status")?,
        clusters: Vec::<ClusterId>::new(),
        import: row.get("import_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
