//! Which keywords are in which clusters: the one relation behind a keyword's clusters and a cluster's keywords.

use std::collections::HashMap;

use igny8_core::Result;
use igny8_core::ids::{ClusterId, KeywordId, SectorId};
use igny8_core::pipeline::{Keyword, KeywordStatus};

use super::executor::Scoped;
use super::insert::{Bind as _, InsertSql};
use super::listing::ListSql;
use crate::statement::TenantSql;

/// How many ids stand in one statement.
const AT_ONCE: usize = 500;

const MEMBERS: ListSql = ListSql::new(
    "memberships",
    "m.keyword_id, m.cluster_id",
    "(SELECT account_id, keyword_id, cluster_id, keyword_id AS id FROM igny8_keyword_clusters) m",
    "m",
);
const FREE: ListSql = ListSql::new("free keywords", "k.id, k.status", "igny8_keywords k", "k");
const LINKS: InsertSql = InsertSql::new(
    "igny8_keyword_clusters",
    &["sector_id", "keyword_id", "cluster_id"],
    "ON CONFLICT (account_id, keyword_id, cluster_id) DO NOTHING",
);
const UNLINK: TenantSql =
    TenantSql::new("DELETE FROM igny8_keyword_clusters WHERE account_id = $1 AND keyword_id = $2");

/// Fills the keywords' clusters in.
pub(super) async fn fill(db: &mut Scoped<'_>, keywords: &mut [Keyword]) -> Result<()> {
    for part in keywords.chunks_mut(AT_ONCE) {
        let ids: Vec<KeywordId> = part.iter().map(|keyword| keyword.id).collect();
        let links: Vec<(KeywordId, ClusterId)> = db
            .list(&MEMBERS)
            .and_in("m.keyword_id", Some(&ids))
            .all(|row| Ok((row.get("keyword_id")?, row.get("cluster_id")?)))
            .await?;
        let mut clusters: HashMap<KeywordId, Vec<ClusterId>> = HashMap::new();
        for (keyword, cluster) in links {
            clusters.entry(keyword).or_default().push(cluster);
        }
        for keyword in part {
            keyword.clusters = clusters.remove(&keyword.id).unwrap_or_default();
            keyword.clusters.sort_unstable();
        }
    }
    Ok(())
}

/// Puts keywords of the sector into a cluster of the sector.
pub(super) async fn link(
    db: &mut Scoped<'_>,
    sector: SectorId,
    cluster: ClusterId,
    keywords: &[KeywordId],
) -> Result<()> {
    for chunk in keywords.chunks(LINKS.rows_at_once()) {
        let mut insert = db.insert(&LINKS);
        for keyword in chunk {
            insert = insert.row(|values| {
                values.bind(sector).bind(*keyword).bind(cluster);
            });
        }
        insert.statement().execute().await?;
    }
    Ok(())
}

/// Takes a keyword out of every cluster.
pub(super) async fn unlink(db: &mut Scoped<'_>, keyword: KeywordId) -> Result<()> {
    db.query(UNLINK).bind(keyword).execute().await.map(drop)
}

/// Puts those of the keywords into a cluster that are of its sector and, unless `many` clusters are allowed, in none; new
/// and orphaned ones become clustered.
pub(super) async fn place(
    db: &mut Scoped<'_>,
    sector: SectorId,
    cluster: ClusterId,
    keywords: &[KeywordId],
    many: bool,
) -> Result<()> {
    for part in keywords.chunks(AT_ONCE) {
        let mut list = db.list(&FREE).and("k.sector_id =", Some(sector)).and_in("k.id", Some(part));
        if !many {
            // Looked up for each of these keywords. As NOT EXISTS it is a join with every membership of the account.
            list = list.and_that(
                "(SELECT c.cluster_id FROM igny8_keyword_clusters c
                    WHERE c.account_id = k.account_id AND c.keyword_id = k.id LIMIT 1) IS NULL",
            );
        }
        let free: Vec<(KeywordId, KeywordStatus)> =
            list.all(|row| Ok((row.get("id")?, row.word("status")?))).await?;
        let ids: Vec<KeywordId> = free.iter().map(|(id, _)| *id).collect();
        link(db, sector, cluster, &ids).await?;
        let joining: Vec<KeywordId> = free
            .into_iter()
            .filter(|(_, status)| super::keywords::joins(*status))
            .map(|(id, _)| id)
            .collect();
        super::keywords::move_all(db, &joining, KeywordStatus::Clustered).await?;
    }
    Ok(())
}
