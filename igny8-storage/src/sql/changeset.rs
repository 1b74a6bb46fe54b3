//! Applies what an item of a run changes, in the transaction that ends the item: all of it or nothing.

use std::collections::HashMap;

use igny8_core::ids::{ClusterId, KeywordId, SectorId, SiteId};
use igny8_core::pipeline::moves::Moves;
use igny8_core::pipeline::{ClusterStatus, NewCluster, NewIdea};
use igny8_core::runs::{Change, Changeset};
use igny8_core::tenancy::Limit;
use igny8_core::{Error, Result};

use super::executor::Scoped;
use super::listing::fold;
use super::{clusters, contents, ideas, images, memberships, plan, sectors, tasks};
use crate::statement::TenantSql;

const CLUSTER_STATUS: TenantSql =
    TenantSql::new("SELECT status FROM igny8_clusters WHERE account_id = $1 AND id = $2");
const MOVE_CLUSTER: TenantSql = TenantSql::new(
    "UPDATE igny8_clusters SET status = $3, updated_at = $4 WHERE account_id = $1 AND id = $2",
);

/// What the changes take of the plan's metered limits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    pub(super) words: u64,
    pub(super) images: u64,
}

/// What is known of clusters and sectors while one changeset is applied.
#[derive(Default)]
struct Known {
    /// The cluster that an id of the changeset stands for.
    aliases: HashMap<ClusterId, ClusterId>,
    /// The changeset's clusters by sector and folded name.
    names: HashMap<(SectorId, String), ClusterId>,
    /// Whether a sector allows many clusters a keyword.
    many: HashMap<SectorId, bool>,
}

impl Known {
    fn cluster(&self, id: ClusterId) -> ClusterId {
        self.aliases.get(&id).copied().unwrap_or(id)
    }
}

/// Applies the changes in their order.
pub(super) async fn apply(db: &mut Scoped<'_>, changes: Changeset) -> Result<Made> {
    let mut made = Made::default();
    let mut known = Known::default();
    for change in changes.0 {
        match change {
            Change::CreateCluster { site, sector, cluster } => {
                create_cluster(db, &mut known, site, sector, cluster).await?;
            }
            Change::PlaceKeywords { cluster, keywords } => {
                place_keywords(db, &mut known, cluster, &keywords).await?;
            }
            Change::MoveCluster { cluster, to } => move_cluster(db, known.cluster(cluster), to).await?,
            Change::CreateIdea { site, sector, idea } => create_idea(db, &known, site, sector, idea).await?,
            Change::MoveIdea { idea, to } => ideas::advance(db, idea, to).await?,
            Change::CreateTask { site, sector, mut task } => {
                task.cluster = task.cluster.map(|cluster| known.cluster(cluster));
                tasks::insert(db, site, sector, &task).await?;
            }
            Change::MoveTask { task, to } => tasks::advance(db, task, to).await?,
            Change::SaveDraft { task, content, draft, run } => {
                let written = match run {
                    Some(run) => contents::has_written(db, task, run).await?,
                    None => false,
                };
                if !written {
                    contents::write(db, task, content, &draft, run).await?;
                    made.words += u64::from(draft.word_count);
                }
            }
            Change::CreateImage { image, .. } => images::insert(db, &image).await?,
            Change::ChangeImage { image, change } => {
                made.images += u64::from(images::advance(db, image, change).await?);
            }
            _ => return Err(Error::Configuration("this store is older than the core: update it".to_owned())),
        }
    }
    Ok(made)
}

async fn create_cluster(
    db: &mut Scoped<'_>,
    known: &mut Known,
    site: SiteId,
    sector: SectorId,
    cluster: NewCluster,
) -> Result<()> {
    if clusters::place_of(db, cluster.id).await?.is_some() {
        return Ok(());
    }
    let name = (sector, fold(&cluster.name));
    let there = match known.names.get(&name) {
        Some(id) => Some(*id),
        None => clusters::by_name(db, sector, &cluster.name).await?,
    };
    if let Some(there) = there {
        known.aliases.insert(cluster.id, there);
        return Ok(());
    }
    plan::admit(db, Limit::Clusters, 1).await?;
    clusters::insert(db, site, sector, &cluster).await?;
    known.names.insert(name, cluster.id);
    Ok(())
}

async fn place_keywords(
    db: &mut Scoped<'_>,
    known: &mut Known,
    cluster: ClusterId,
    keywords: &[KeywordId],
) -> Result<()> {
    let cluster = known.cluster(cluster);
    let (_, sector) =
        clusters::place_of(db, cluster).await?.ok_or_else(|| Error::not_found("cluster", cluster))?;
    let many = match known.many.get(&sector) {
        Some(many) => *many,
        None => {
            let many = sectors::find(db, sector).await?.many_clusters_per_keyword;
            known.many.insert(sector, many);
            many
        }
    };
    memberships::place(db, sector, cluster, keywords, many).await
}

async fn move_cluster(db: &mut Scoped<'_>, cluster: ClusterId, to: ClusterStatus) -> Result<()> {
    let status =
        db.query(CLUSTER_STATUS).bind(cluster).optional(|row| row.word::<ClusterStatus>("status")).await?;
    if status.is_some_and(|from| from != to && from.may_become(to)) {
        let now = db.now();
        db.query(MOVE_CLUSTER).bind(cluster).bind(to.as_str()).bind(now).execute().await?;
    }
    Ok(())
}

async fn create_idea(
    db: &mut Scoped<'_>,
    known: &Known,
    site: SiteId,
    sector: SectorId,
    mut idea: NewIdea,
) -> Result<()> {
    if ideas::exists(db, idea.id).await? {
        return Ok(());
    }
    plan::admit(db, Limit::ContentIdeas, 1).await?;
    idea.cluster = idea.cluster.map(|cluster| known.cluster(cluster));
    ideas::insert(db, site, sector, &idea).await
}
