//! Which keywords a run works on, and what of their sector is there already.

use std::collections::HashMap;

use super::request::AutoCluster;
use crate::error::{Error, Result};
use crate::functions::FunctionContext;
use crate::functions::function::{check_found, shared_place};
use crate::functions::selection::{every, every_keyword, keywords_by_id};
use crate::ids::{ClusterId, KeywordId, SectorId, SiteId};
use crate::paging::Page;
use crate::pipeline::{
    Cluster, ClusterFilter, ClusterQuery, ClusterStatus, Keyword, KeywordFilter, KeywordQuery, KeywordStatus,
};
use crate::ports::ClusterText;

/// Site, sector and count of the keywords that the input selects.
pub(super) async fn count(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<(SiteId, SectorId, u64)> {
    if !input.ids.is_empty() {
        let rows = selected(cx, input).await?;
        let (site, sector) = shared_place("ids", rows.iter().map(|keyword| keyword.place))?;
        let sector = sector.ok_or_else(|| Error::invalid("ids", "must be of one sector"))?;
        return Ok((site, sector, rows.len() as u64));
    }
    if input.import_id.is_none() && input.sector_id.is_none() {
        return Err(Error::invalid("ids", "give ids, import_id or sector_id"));
    }
    let query = KeywordQuery::filtered(input.filter()).page(Page::Number { number: 1, size: 1 });
    let page = cx.store().list_keywords(cx.scope(), &query).await?;
    let Some(first) = page.items.first() else {
        return Err(Error::invalid("ids", "there is no keyword here that is in no cluster yet"));
    };
    Ok((first.place.site(), first.place.sector(), page.total.unwrap_or(0)))
}

/// The keywords that the input selects and that are in no cluster.
pub(super) async fn selected(cx: &FunctionContext<'_>, input: &AutoCluster) -> Result<Vec<Keyword>> {
    if input.ids.is_empty() {
        return every_keyword(cx.store(), cx.scope(), input.filter()).await;
    }
    let found = keywords_by_id(cx.store(), cx.scope(), &input.ids).await?;
    let known: std::collections::HashSet<KeywordId> = found.iter().map(|keyword| keyword.id).collect();
    check_found("ids", &input.ids, |id| known.contains(&id))?;
    let is_free = |keyword: &Keyword| {
        keyword.clusters.is_empty() && matches!(keyword.status, KeywordStatus::New | KeywordStatus::Orphaned)
    };
    Ok(found.into_iter().filter(is_free).collect())
}

/// The clusters of a sector.
pub(super) async fn clusters_of(cx: &FunctionContext<'_>, sector: SectorId) -> Result<Vec<Cluster>> {
    let filter = ClusterFilter { sector: Some(sector), ..ClusterFilter::default() };
    every(|page| {
        let query = ClusterQuery::filtered(filter.clone()).page(page);
        async move { cx.store().list_clusters(cx.scope(), &query).await }
    })
    .await
}

/// Clusters that keywords may join, with the keywords they have; one without any goes by its name.
pub(super) async fn settled(
    cx: &FunctionContext<'_>,
    sector: SectorId,
) -> Result<(Vec<ClusterId>, Vec<Vec<ClusterText>>)> {
    let mut clusters = clusters_of(cx, sector).await?;
    clusters.retain(|cluster| cluster.status != ClusterStatus::Archived);
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
