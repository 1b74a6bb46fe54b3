//! Imports of keywords: one long write, batch by batch, in which the merge rules are the database's own. A backend may
//! gather the rows first and merge them at the end; rows that go into clusters are merged at once, after those before them.
//! Memory does not grow with the file: what was seen before is asked of the table.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use igny8_core::Result;
use igny8_core::exchange::{KeywordRow, better};
use igny8_core::ids::{ClusterId, ImportId, KeywordId, SectorId, SiteId};
use igny8_core::pipeline::{KeywordStatus, NewCluster};
use igny8_core::ports::{ImportSession, ImportTotals};
use igny8_core::tenancy::{Limit, Plan, TenantScope};
use sqlx::types::Json;

use super::executor::LongWrite;
use super::insert::{Bind, InsertSql, Stored};
use super::keywords::{intents_text, rank};
use super::sectors::{find as sector, site_of};
use super::{Store, clusters, memberships, plan};
use crate::statement::TenantSql;

const COLUMNS: &[&str] = &[
    "id",
    "site_id",
    "sector_id",
    "keyword",
    "keyword_key",
    "volume",
    "volume_low",
    "volume_high",
    "volume_source",
    "difficulty",
    "intents",
    "cpc",
    "country",
    "serp_urls",
    "status",
    "import_id",
    "created_at",
    "updated_at",
];

/// The row of the same import that came before, against the one that comes now.
macro_rules! same_import {
    () => {
        "igny8_keywords.import_id = excluded.import_id"
    };
}
/// Of two rows of one import, whether the one that comes now has the better volume: from the more certain source, else larger.
macro_rules! now_better {
    () => {
        "(excluded.volume_source, COALESCE(excluded.volume, -1), COALESCE(excluded.volume_high, -1),
            COALESCE(excluded.volume_low, -1))
          > (igny8_keywords.volume_source, COALESCE(igny8_keywords.volume, -1), COALESCE(igny8_keywords.volume_high, -1),
            COALESCE(igny8_keywords.volume_low, -1))"
    };
}
/// A volume figure: the better row's within one import; of a keyword that was there before, the file's in place of it.
macro_rules! figure {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN ",
            same_import!(),
            " AND NOT (",
            now_better!(),
            ") THEN igny8_keywords.",
            $column,
            " ELSE excluded.",
            $column,
            " END"
        )
    };
}
/// Another fact: the better row's first within one import, filled from the other; of a keyword that was there before, the
/// file's in place of it.
macro_rules! fact {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN NOT (",
            same_import!(),
            ") THEN excluded.",
            $column,
            " WHEN ",
            now_better!(),
            " THEN COALESCE(excluded.",
            $column,
            ", igny8_keywords.",
            $column,
            ") ELSE COALESCE(igny8_keywords.",
            $column,
            ", excluded.",
            $column,
            ") END"
        )
    };
}
/// What a keyword had before the import, kept from the first row that touches it to the import's end.
macro_rules! prior {
    ($column:literal) => {
        concat!(
            "prior_",
            $column,
            " = CASE WHEN ",
            same_import!(),
            " THEN igny8_keywords.prior_",
            $column,
            " ELSE igny8_keywords.",
            $column,
            " END"
        )
    };
}
/// One intent that the earlier row lacks and the later has.
macro_rules! further_intent {
    ($word:literal) => {
        concat!(
            " || CASE WHEN ',' || excluded.intents || ',' LIKE '%,",
            $word,
            ",%'
                AND ',' || igny8_keywords.intents || ',' NOT LIKE '%,",
            $word,
            ",%' THEN ',",
            $word,
            "' ELSE '' END"
        )
    };
}
macro_rules! merge {
    ($after:literal) => {
        concat!(
            "ON CONFLICT (account_id, sector_id, keyword_key) DO UPDATE SET
               keyword = CASE WHEN ",
            same_import!(),
            " THEN igny8_keywords.keyword ELSE excluded.keyword END, ",
            figure!("volume"),
            ", ",
            figure!("volume_low"),
            ", ",
            figure!("volume_high"),
            ", ",
            figure!("volume_source"),
            ", ",
            fact!("difficulty"),
            ", ",
            fact!("cpc"),
            ", ",
            fact!("country"),
            ", ",
            fact!("serp_urls"),
            ", ",
            prior!("volume"),
            ", ",
            prior!("volume_low"),
            ", ",
            prior!("volume_high"),
            ", ",
            prior!("volume_source"),
            ", ",
            prior!("difficulty"),
            ", ",
            prior!("intents"),
            ", ",
            prior!("cpc"),
            ", ",
            prior!("country"),
            ", ",
            prior!("serp_urls"),
            ",
               intents = CASE WHEN ",
            same_import!(),
            " AND igny8_keywords.intents <> '' THEN igny8_keywords.intents",
            further_intent!("informational"),
            further_intent!("navigational"),
            further_intent!("commercial"),
            further_intent!("transactional"),
            " ELSE excluded.intents END,
               import_id = excluded.import_id, updated_at = excluded.updated_at",
            $after
        )
    };
}

const ROWS: InsertSql = InsertSql::new("igny8_keywords", COLUMNS, merge!(""));
/// What tells keywords of a sector apart.
const KEY: &str = "keyword_key";
/// The same, for rows that go into clusters.
const ROWS_TOLD: InsertSql = InsertSql::new("igny8_keywords", COLUMNS, merge!(" RETURNING id, keyword_key"));

const TOUCHED: TenantSql = TenantSql::new(
    "SELECT count(*) AS touched, CAST(COALESCE(sum(CASE WHEN created_at = $4 THEN 1 ELSE 0 END), 0) AS BIGINT) AS created
     FROM igny8_keywords WHERE account_id = $1 AND sector_id = $2 AND import_id = $3",
);

/// What the file does not say stays as it was. A keyword whose prior source is null is new.
const FILL: TenantSql = TenantSql::new(
    "UPDATE igny8_keywords SET
         volume_source = CASE WHEN volume IS NOT NULL OR prior_volume IS NULL AND volume_source > 0 THEN volume_source
             ELSE prior_volume_source END,
         volume = COALESCE(volume, prior_volume), volume_low = COALESCE(volume_low, prior_volume_low),
         volume_high = COALESCE(volume_high, prior_volume_high), difficulty = COALESCE(difficulty, prior_difficulty),
         cpc = COALESCE(cpc, prior_cpc), country = COALESCE(country, prior_country),
         serp_urls = COALESCE(serp_urls, prior_serp_urls),
         intents = CASE WHEN intents <> '' THEN intents ELSE prior_intents END,
         prior_volume = NULL, prior_volume_low = NULL, prior_volume_high = NULL, prior_volume_source = NULL,
         prior_difficulty = NULL, prior_intents = NULL, prior_cpc = NULL, prior_country = NULL, prior_serp_urls = NULL
     WHERE account_id = $1 AND sector_id = $2 AND import_id = $3 AND prior_volume_source IS NOT NULL",
);

/// An import under way.
struct Import {
    db: LongWrite,
    site: SiteId,
    sector: SectorId,
    import: ImportId,
    many_clusters: bool,
    plan: Plan,
    /// Keywords of the account before the import.
    before: u64,
    /// Rows handed over so far.
    pushed: u64,
    /// Clusters by folded name, as far as rows have named them.
    clusters: HashMap<String, ClusterId>,
}

/// Begins an import into a sector.
pub(super) async fn begin(
    store: &Store,
    scope: &TenantScope,
    sector_id: SectorId,
    import: ImportId,
) -> Result<Box<dyn ImportSession>> {
    let mut db = store.long_write(scope, "import keywords").await?;
    let mut scoped = db.scoped();
    let site = site_of(&mut scoped, sector_id).await?;
    let many_clusters = sector(&mut scoped, sector_id).await?.many_clusters_per_keyword;
    let plan = plan::plan_of(&mut scoped).await?;
    let before = match plan.limit(Limit::Keywords) {
        Some(_) => plan::used(&mut scoped, Limit::Keywords).await?,
        None => 0,
    };
    let clusters = HashMap::new();
    Ok(Box::new(Import {
        db,
        site,
        sector: sector_id,
        import,
        many_clusters,
        plan,
        before,
        pushed: 0,
        clusters,
    }))
}

#[async_trait]
impl ImportSession for Import {
    async fn push(&mut self, rows: Vec<KeywordRow>) -> Result<()> {
        self.pushed += rows.len() as u64;
        let rows = merged(rows);
        let (plain, grouped): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.cluster.is_none());
        if !plain.is_empty() {
            let place = self.place();
            let rows: Vec<Placed<'_>> = plain.iter().map(|row| Placed { row, place }).collect();
            self.db.load(&ROWS, &rows).await?;
        }
        if !grouped.is_empty() {
            self.db.merge(&ROWS, KEY).await?;
        }
        for chunk in grouped.chunks(ROWS_TOLD.rows_at_once()) {
            self.write_grouped(chunk).await?;
        }
        // Counted only when the rows handed over could have passed the plan's limit.
        if self.plan.admit(Limit::Keywords, self.before, self.pushed).is_err() {
            self.merge().await?;
        }
        Ok(())
    }

    async fn totals(&mut self) -> Result<ImportTotals> {
        self.merge().await?;
        let mut scoped = self.db.scoped();
        let now = scoped.now();
        let (touched, created): (u64, u64) = scoped
            .query(TOUCHED)
            .bind(self.sector)
            .bind(self.import)
            .bind(now)
            .one(|row| Ok((row.get("touched")?, row.get("created")?)))
            .await?;
        Ok(ImportTotals { created, updated: touched - created, duplicates: self.pushed - touched })
    }

    async fn commit(mut self: Box<Self>) -> Result<ImportTotals> {
        let totals = self.totals().await?;
        if totals.updated > 0 {
            self.db.scoped().query(FILL).bind(self.sector).bind(self.import).execute().await?;
        }
        self.db.commit().await?;
        Ok(totals)
    }
}

impl Import {
    fn place(&mut self) -> Place {
        let now = self.db.scoped().now();
        Place { site: self.site, sector: self.sector, import: self.import, now }
    }

    /// Every row handed over is a keyword from here on, and the plan has room for them, others' of meanwhile counted.
    async fn merge(&mut self) -> Result<()> {
        self.db.merge(&ROWS, KEY).await?;
        if self.plan.limit(Limit::Keywords).is_none() {
            return Ok(());
        }
        let used = plan::used(&mut self.db.scoped(), Limit::Keywords).await?;
        self.plan.admit(Limit::Keywords, used, 0)
    }

    async fn write_grouped(&mut self, rows: &[KeywordRow]) -> Result<()> {
        let (place, sector) = (self.place(), self.sector);
        let mut scoped = self.db.scoped();
        let mut insert = scoped.insert(&ROWS_TOLD);
        for row in rows {
            insert = insert.row(|values| Placed { row, place }.bind(values));
        }
        let written: HashMap<String, KeywordId> = insert
            .statement()
            .all(|row| Ok((row.get("keyword_key")?, row.get("id")?)))
            .await?
            .into_iter()
            .collect();
        // In the order of the rows: of two spellings of a name, the first is the new cluster's.
        let mut order = Vec::new();
        let mut members: HashMap<ClusterId, Vec<KeywordId>> = HashMap::new();
        for row in rows {
            if let (Some(name), Some(id)) = (&row.cluster, written.get(&row.key)) {
                let cluster = self.cluster(name).await?;
                let placed = members.entry(cluster).or_default();
                if placed.is_empty() {
                    order.push(cluster);
                }
                placed.push(*id);
            }
        }
        for cluster in order {
            let keywords = members.get(&cluster).map_or(&[][..], Vec::as_slice);
            memberships::place(&mut self.db.scoped(), sector, cluster, keywords, self.many_clusters).await?;
        }
        Ok(())
    }

    /// The cluster of this name, made when the sector has none.
    async fn cluster(&mut self, name: &str) -> Result<ClusterId> {
        let name: String = name.trim().chars().take(255).collect();
        let folded = super::listing::fold(&name);
        if let Some(known) = self.clusters.get(&folded) {
            return Ok(*known);
        }
        let mut scoped = self.db.scoped();
        let id = match clusters::by_name(&mut scoped, self.sector, &name).await? {
            Some(known) => known,
            None => {
                plan::admit(&mut scoped, Limit::Clusters, 1).await?;
                let new = NewCluster::named(name);
                clusters::insert(&mut scoped, self.site, self.sector, &new).await?;
                new.id
            }
        };
        self.clusters.insert(folded, id);
        Ok(id)
    }
}

/// Where an import's rows go, and when.
#[derive(Clone, Copy)]
struct Place {
    site: SiteId,
    sector: SectorId,
    import: ImportId,
    now: DateTime<Utc>,
}

/// A row on its way into the table.
struct Placed<'a> {
    row: &'a KeywordRow,
    place: Place,
}

impl Stored for Placed<'_> {
    fn bind(&self, values: &mut impl Bind) {
        let Self { row, place } = self;
        let status = row.status.unwrap_or(KeywordStatus::New);
        values
            .bind(KeywordId::new())
            .bind(place.site)
            .bind(place.sector)
            .bind(row.keyword.as_str())
            .bind(row.key.as_str())
            .bind(row.volume)
            .bind(row.volume_low)
            .bind(row.volume_high)
            .bind(rank(row.volume_source))
            .bind(row.difficulty)
            .bind(intents_text(&row.intents))
            .bind(row.cpc.map(|cpc| cpc.to_string()))
            .bind(row.country.as_deref())
            .bind((!row.serp_urls.is_empty()).then_some(Json(&row.serp_urls)))
            .bind(status.as_str())
            .bind(place.import)
            .bind(place.now)
            .bind(place.now);
    }
}

/// The rows with each keyword once, in the order they came first.
fn merged(rows: Vec<KeywordRow>) -> Vec<KeywordRow> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    let mut merged: Vec<KeywordRow> = Vec::with_capacity(rows.len());
    for row in rows {
        match places.get(&row.key).and_then(|at| merged.get_mut(*at)) {
            Some(first) => *first = better(first, &row),
            None => {
                places.insert(row.key.clone(), merged.len());
                merged.push(row);
            }
        }
    }
    merged
}
