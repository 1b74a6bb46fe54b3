//! Which keywords a run works on, and what of their sector is there already.

use std::collections::{HashMap, HashSet};

use super::request::AutoCluster;
use crate::error::{Error, Result};
use crate::functions::FunctionContext;
use crate::functions::function::{check_found, shared_place};
use crate::functions::selection::{every, every_keyword, keywords_by_id};
use crate::ids::{ClusterId, KeywordId, SectorId, SiteId};
use crate::paging::{Direction, Page};
use crate::pipeline::{
    Cluster, ClusterField, ClusterFilter, ClusterQuery, ClusterStatus, Keyword, KeywordFilter, KeywordQuery,
    KeywordStatus,
};
use crate::ports::ClusterText;

/// Site, sector and count of the keywords that the input selects.
pub(super) async fn count(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<(SiteId, SectorId, u64)> {
    if !input.ids.is_empty() {
        let found = keywords_by_id(cx.store(), cx.scope(), &input.ids).await?;
        let known: HashSet<KeywordId> = found.iter().map(|keyword| keyword.id).collect();
        check_found("ids", &input.ids, |id| known.contains(&id))?;
        let rows: Vec<Keyword> = found.into_iter().filter(is_free).collect();
        let (site, sector) = shared_place("ids", rows.iter().map(|keyword| keyword.place))?;
        let sector = sector.ok_or_else(|| Error::invalid("ids", "must be of one sector"))?;
        return Ok((site, sector, rows.len() as u64));
    }
    if input.import_id.is_none() && input.sector_id.is_none() {
        return Err(Error::invalid("ids", "give ids, import_id or sector_id"));
    }
    let (first, total) = first_of(cx, input).await?;
    let Some(first) = first else {
        return Err(Error::invalid("ids", "there is no keyword here that is in no cluster yet"));
    };
    Ok((first.place.site(), first.place.sector(), total))
}

/// One of the keywords that a filter selects, and how many there are.
async fn first_of(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<(Option<Keyword>, u64)> {
    let query = KeywordQuery::filtered(input.filter()).page(Page::Number { number: 1, size: 1 });
    let page = cx.store().list_keywords(cx.scope(), &query).await?;
    Ok((page.items.into_iter().next(), page.total.unwrap_or(0)))
}

/// The keywords that the input selects, that are there, and that are in no cluster.
pub(super) async fn selected(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Vec<Keyword>> {
    if !input.ids.is_empty() {
        let found = keywords_by_id(cx.store(), cx.scope(), &input.ids).await?;
        return Ok(found.into_iter().filter(is_free).collect());
    }
    // An import is into one sector, and within a sector pages are read by an index.
    let sector = match input.sector_id {
        Some(sector) => Some(sector),
        None => first_of(cx, input).await?.0.map(|first| first.place.sector()),
    };
    match sector {
        Some(_) => every_keyword(cx.store(), cx.scope(), KeywordFilter { sector, ..input.filter() }).await,
        None => Ok(Vec::new()),
    }
}

/// Whether a keyword may be put into a cluster.
pub(super) fn is_free(keyword: &Keyword) -> bool {
    keyword.clusters.is_empty() && matches!(keyword.status, KeywordStatus::New | KeywordStatus::Orphaned)
}

/// The most searched clusters of a sector that are not put aside.
pub(super) async fn clusters_in_use(
    cx: &FunctionContext<'_>,
    sector: SectorId,
    most: u32,
) -> Result<Vec<Cluster>> {
    let query = ClusterQuery::filtered(in_use(sector))
        .order_by(ClusterField::Volume, Direction::Descending)
        .page(Page::first(most));
    Ok(cx.store().list_clusters(cx.scope(), &query).await?.items)
}

fn in_use(sector: SectorId) -> ClusterFilter {
    let statuses = vec![ClusterStatus::New, ClusterStatus::Pending, ClusterStatus::Finalized];
    ClusterFilter { sector: Some(sector), statuses, ..ClusterFilter::default() }
}

/// Clusters that keywords may join, with the keywords they have; one without any goes by its name.
pub(super) async fn settled(
    cx: &FunctionContext<'_>,
    sector: SectorId,
) -> Result<(Vec<ClusterId>, Vec<Vec<ClusterText>>)> {
    let clusters = every(|page| {
        let query = ClusterQuery::filtered(in_use(sector)).order_by(ClusterField::Name, Direction::Ascending);
        async move { cx.store().list_clusters(cx.scope(), &query.page(page)).await }
    })
    .await?;
    if clusters.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let places: HashMap<ClusterId, usize> =
        clusters.iter().enumerate().map(|(at, cluster)| (cluster.id, at)).collect();
    let mut texts: Vec<Vec<ClusterText>> = vec![Vec::new(); clusters.len()];
    let filter = KeywordFilter { sector: Some(sector), clustered: Some(true), ..KeywordFilter::default() };
    for keyword in every_keyword(cx.store(), cx.scope(), filter).await? {
        for place in keyword.clusters.iter().filter_map(|cluster| places.get(cluster)) {
            texts[*place].push(text(&keyword));
        }
    }
    for (cluster, texts) in clusters.iter().zip(&mut texts) {
        if texts.is_empty() {
            texts.push(ClusterText { text: cluster.name.clone(), volume: None, serp_urls: Vec::new() });
        }
    }
    Ok((clusters.iter().map(|cluster| cluster.id).collect(), texts))
}

/// A keyword as a clusterer sees it.
pub(super) fn text(keyword: &Keyword) -> ClusterText {
    ClusterText {
        text: keyword.keyword.clone(),
        volume: keyword.volume.or(keyword.volume_high).map(u64::from),
        serp_urls: keyword.serp_urls.clone(),
    }
}
