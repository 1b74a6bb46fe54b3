//! Reads whole lists page by page, for what needs every row of a selection.

use std::future::Future;

use crate::error::Result;
use crate::ids::KeywordId;
use crate::paging::{Cursor, Direction, Page, Paged};
use crate::pipeline::{Keyword, KeywordField, KeywordFilter, KeywordQuery};
use crate::ports::Store;
use crate::tenancy::TenantScope;

/// Rows a page; also the most ids one filter carries.
const PAGE: u32 = 500;

/// Every row of a list, by following its cursor from the start.
pub(crate) async fn every<T, F, Fut>(mut page: F) -> Result<Vec<T>>
where
    F: FnMut(Page) -> Fut,
    Fut: Future<Output = Result<Paged<T>>>,
{
    let mut rows = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let mut part = page(Page::After { cursor, size: PAGE }).await?;
        rows.append(&mut part.items);
        match part.next {
            Some(next) => cursor = Some(next),
            None => return Ok(rows),
        }
    }
}

/// Every keyword a filter lets through, in the order of their texts, which the store has an index for within a sector.
pub(crate) async fn every_keyword(
    store: &dyn Store,
    scope: &TenantScope,
    filter: KeywordFilter,
) -> Result<Vec<Keyword>> {
    every(|page| {
        let query = KeywordQuery::filtered(filter.clone())
            .order_by(KeywordField::Keyword, Direction::Ascending)
            .page(page);
        async move { store.list_keywords(scope, &query).await }
    })
    .await
}

/// The keywords with these ids, in their order; those that are gone are left out.
pub(crate) async fn keywords_by_id(
    store: &dyn Store,
    scope: &TenantScope,
    ids: &[KeywordId],
) -> Result<Vec<Keyword>> {
    let mut found = std::collections::HashMap::with_capacity(ids.len());
    for part in ids.chunks(PAGE as usize) {
        let filter = KeywordFilter { ids: Some(part.to_vec()), ..KeywordFilter::default() };
        for keyword in every_keyword(store, scope, filter).await? {
            found.insert(keyword.id, keyword);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
