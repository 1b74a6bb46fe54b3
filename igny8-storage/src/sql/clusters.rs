//! Clusters of the sectors within reach. Their figures are sums over their keywords, worked out when they are read.

use async_trait::async_trait;
use igny8_core::ids::{ClusterId, KeywordId, SectorId, SiteId};
use igny8_core::paging::Paged;
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{
    Cluster, ClusterChange, ClusterField, ClusterQuery, ClusterStatus, KeywordStatus, NewCluster,
};
use igny8_core::ports::Clusters;
use igny8_core::tenancy::{Limit, TenantScope};
use igny8_core::{Error, Result};

use super::columns::{Row, seen};
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey, fold};
use super::sectors::site_of;
use super::{Store, keywords, plan};
use crate::statement::TenantSql;

/// A cluster's columns with its figures.
macro_rules! figures {
    () => {
        "c.*,
         (SELECT count(*) FROM igny8_keyword_clusters m
          WHERE m.account_id = c.account_id AND m.cluster_id = c.id) AS keywords_count,
         (SELECT CAST(COALESCE(sum(k.volume), 0) AS BIGINT) FROM igny8_keyword_clusters m
          JOIN igny8_keywords k ON k.account_id = m.account_id AND k.id = m.keyword_id
          WHERE m.account_id = c.account_id AND m.cluster_id = c.id) AS volume"
    };
}

const CLUSTERS: ListSql = ListSql::new("clusters", figures!(), "igny8_clusters c", "c");
const CREATED_AT: SortKey = SortKey::number("created_at", "c.created_at");
const NAME: SortKey = SortKey::text("name", "c.name_key");
const VOLUME: SortKey = SortKey::number(
    "volume",
    "(SELECT CAST(COALESCE(sum(k.volume), 0) AS BIGINT) FROM igny8_keyword_clusters m
      JOIN igny8_keywords k ON k.account_id = m.account_id AND k.id = m.keyword_id
      WHERE m.account_id = c.account_id AND m.cluster_id = c.id)",
);
const COUNT: SortKey = SortKey::number(
    "keywords_count",
    "(SELECT count(*) FROM igny8_keyword_clusters m WHERE m.account_id = c.account_id AND m.cluster_id = c.id)",
);

const CLUSTER: TenantSql = TenantSql::new(concat!(
    "SELECT ",
    figures!(),
    " FROM igny8_clusters c WHERE c.account_id = $1 AND c.id = $2"
));
const BY_NAME: TenantSql = TenantSql::new(
    "SELECT id FROM igny8_clusters WHERE account_id = $1 AND sector_id = $2 AND name_key = $3",
);
const PLACE: TenantSql =
    TenantSql::new("SELECT site_id, sector_id FROM igny8_clusters WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_clusters
         (account_id, id, site_id, sector_id, name, name_key, description, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
);
const ONLY_HERE: TenantSql = TenantSql::new(
    "SELECT k.id FROM igny8_keyword_clusters m
     JOIN igny8_keywords k ON k.account_id = m.account_id AND k.id = m.keyword_id
     WHERE m.account_id = $1 AND m.cluster_id = $2 AND k.status IN ('clustered', 'in_use')
       AND NOT EXISTS (SELECT 1 FROM igny8_keyword_clusters o
           WHERE o.account_id = m.account_id AND o.keyword_id = m.keyword_id AND o.cluster_id <> m.cluster_id)",
);
const DETACH: [TenantSql; 2] = [
    TenantSql::new(
        "UPDATE igny8_content_ideas SET keyword_cluster_id = NULL WHERE account_id = $1 AND keyword_cluster_id = $2",
    ),
    TenantSql::new("UPDATE igny8_tasks SET cluster_id = NULL WHERE account_id = $1 AND cluster_id = $2"),
];
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_clusters WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Clusters for Store {
    async fn create_cluster(
        &self,
        scope: &TenantScope,
        sector: SectorId,
        new: NewCluster,
    ) -> Result<Cluster> {
        let mut db = self.write(scope, "create a cluster").await?;
        let site = site_of(&mut db, sector).await?;
        if by_name(&mut db, sector, &new.name).await?.is_some() {
            return Err(taken(&new.name));
        }
        plan::admit(&mut db, Limit::Clusters, 1).await?;
        insert(&mut db, site, sector, &new).await?;
        let created = find(&mut db, new.id).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_cluster(&self, scope: &TenantScope, id: ClusterId) -> Result<Cluster> {
        find(&mut self.read(scope, "read a cluster").await?, id).await
    }

    async fn list_clusters(&self, scope: &TenantScope, query: &ClusterQuery) -> Result<Paged<Cluster>> {
        let filter = &query.filter;
        let key = |field| match field {
            ClusterField::CreatedAt => CREATED_AT,
            ClusterField::Name => NAME,
            ClusterField::Volume => VOLUME,
            ClusterField::KeywordsCount => COUNT,
        };
        self.read(scope, "list clusters")
            .await?
            .list(&CLUSTERS)
            .visible("c.site_id")
            .and("c.site_id =", filter.site)
            .and("c.sector_id =", filter.sector)
            .and_in("c.id", filter.ids.as_deref())
            .and_folded("c.name_key", filter.names.as_deref())
            .and_search(&["c.name_key"], filter.search.as_deref())
            .and_words("c.status", filter.statuses.iter().map(|status| status.as_str()))
            .order(&query.order, key, CREATED_AT)
            .page(&query.page, cluster)
            .await
    }

    async fn update_cluster(
        &self,
        scope: &TenantScope,
        id: ClusterId,
        change: ClusterChange,
    ) -> Result<Cluster> {
        let mut db = self.write(scope, "change a cluster").await?;
        let before = find(&mut db, id).await?;
        if let Some(to) = change.status {
            before.status.check_move(to)?;
        }
        let now = db.now();
        db.update("igny8_clusters")
            .set("name", change.name.clone())
            .set("name_key", change.name.as_deref().map(fold))
            .set("description", change.description)
            .set("status", change.status.map(ClusterStatus::as_str))
            .always("updated_at", now)
            .of(id)
            .execute()
            .await
            .or_taken(|| taken(change.name.as_deref().unwrap_or_default()))?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_cluster(&self, scope: &TenantScope, id: ClusterId) -> Result<()> {
        let mut db = self.write(scope, "delete a cluster").await?;
        find(&mut db, id).await?;
        let orphans: Vec<KeywordId> = db.query(ONLY_HERE).bind(id).all(|row| row.get("id")).await?;
        keywords::move_all(&mut db, &orphans, KeywordStatus::Orphaned).await?;
        for sql in DETACH {
            db.query(sql).bind(id).execute().await?;
        }
        db.query(DELETE).bind(id).execute().await?;
        db.commit().await
    }
}

/// The cluster of the sector with this name, compared without case.
pub(super) async fn by_name(db: &mut Scoped<'_>, sector: SectorId, name: &str) -> Result<Option<ClusterId>> {
    db.query(BY_NAME).bind(sector).bind(fold(name)).optional(|row| row.get("id")).await
}

/// Writes a new cluster of a name that is known to be free; whether the plan has room is the caller's to ask.
pub(super) async fn insert(
    db: &mut Scoped<'_>,
    site: SiteId,
    sector: SectorId,
    new: &NewCluster,
) -> Result<()> {
    let now = db.now();
    db.query(CREATE)
        .bind(new.id)
        .bind(site)
        .bind(sector)
        .bind(new.name.as_str())
        .bind(fold(&new.name))
        .bind(new.description.as_deref())
        .bind(ClusterStatus::New.as_str())
        .bind(now)
        .execute()
        .await
        .or_taken(|| taken(&new.name))
        .or_unlinked(|| Error::not_found("sector", sector))
        .map(drop)
}

/// Where a cluster is.
pub(super) async fn place_of(db: &mut Scoped<'_>, id: ClusterId) -> Result<Option<(SiteId, SectorId)>> {
    db.query(PLACE).bind(id).optional(|row| Ok((row.get("site_id")?, row.get("sector_id")?))).await
}

/// Checks that a cluster is of this sector.
///
/// # Errors
/// `NotFound` when it is not.
pub(super) async fn check_in_sector(db: &mut Scoped<'_>, id: ClusterId, sector: SectorId) -> Result<()> {
    match place_of(db, id).await? {
        Some((_, own)) if own == sector => Ok(()),
        _ => Err(Error::not_found("cluster", id)),
    }
}

async fn find(db: &mut Scoped<'_>, id: ClusterId) -> Result<Cluster> {
    let found = db.query(CLUSTER).bind(id).optional(|row| seen(cluster(row))).await?.flatten();
    found.ok_or_else(|| Error::not_found("cluster", id))
}

fn taken(name: &str) -> Error {
    Error::conflict("cluster", format!("the sector has a cluster `{name}` already"))
}

fn cluster(row: &Row<'_>) -> Result<Cluster> {
    Ok(Cluster {
        id: row.get("id")?,
        place: row.place()?,
        name: row.get("name")?,
        description: row.get("description")?,
        keywords_count: row.get("keywords_count")?,
        volume: row.get("volume")?,
        status: row.word("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
