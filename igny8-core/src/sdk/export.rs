//! Keywords of a sector as a file in the own format, streamed.

use std::collections::HashMap;
use std::io::Write;

use super::KeywordsRoom;
use crate::error::{Error, Result};
use crate::exchange::{ExportError, ExportOptions, KeywordRow, KeywordWriter, normalize_keyword};
use crate::ids::ClusterId;
use crate::paging::{Cursor, Direction, Page};
use crate::pipeline::{ClusterFilter, ClusterQuery, Keyword, KeywordField, KeywordFilter, KeywordQuery};

/// Rows read from the store at once.
const EXPORT_PAGE: u32 = 1_000;

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Keywords written, one a row.
    pub keywords: u64,
    /// Memberships of keywords in further clusters: a row has room for one, the keyword's first.
    pub clusters_left_out: u64,
}

impl KeywordsRoom {
    /// Writes the keywords a filter lets through as UTF-8 CSV in the own format, by keyword. Imported again, the file makes
    /// the same rows, save that a keyword is in its first cluster only: a sector that allows many for one loses the others,
    /// which the report counts.
    ///
    /// # Errors
    /// [`Error::Storage`] when the writer fails; the store's.
    pub async fn export_csv(
        &self,
        filter: KeywordFilter,
        file: impl Write + Send,
        options: ExportOptions,
    ) -> Result<ExportReport> {
        let mut writer = KeywordWriter::new(file, options).map_err(write_failed)?;
        let mut cursor: Option<Cursor> = None;
        let mut report = ExportReport::default();
        loop {
            let query = KeywordQuery::filtered(filter.clone())
                .order_by(KeywordField::Keyword, Direction::Ascending)
                .page(Page::After { cursor, size: EXPORT_PAGE });
            let page = self.list(&query).await?;
            let names = self.cluster_names(&page.items).await?;
            for keyword in page.items {
                report.keywords += 1;
                report.clusters_left_out += keyword.clusters.len().saturating_sub(1) as u64;
                let cluster = keyword.clusters.first().and_then(|id| names.get(id)).cloned();
                writer.write(&row_of(keyword, cluster)).map_err(write_failed)?;
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        writer.finish().map_err(write_failed)?;
        Ok(report)
    }

    async fn cluster_names(&self, keywords: &[Keyword]) -> Result<HashMap<ClusterId, String>> {
        let mut ids: Vec<ClusterId> =
            keywords.iter().filter_map(|keyword| keyword.clusters.first().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut names = HashMap::with_capacity(ids.len());
        for part in ids.chunks(500) {
            let filter = ClusterFilter { ids: Some(part.to_vec()), ..ClusterFilter::default() };
            let query = ClusterQuery::filtered(filter).page(Page::first(500));
            let page = self.services.store.list_clusters(&self.scope, &query).await?;
            names.extend(page.items.into_iter().map(|cluster| (cluster.id, cluster.name)));
        }
        Ok(names)
    }
}

fn row_of(keyword: Keyword, cluster: Option<String>) -> KeywordRow {
    // What is stored was normalised when it came in, so doing so again cannot fail.
    let key = normalize_keyword(&keyword.keyword).map(|(_, key)| key).unwrap_or_default();
    KeywordRow {
        key,
        keyword: keyword.keyword,
        volume: keyword.volume,
        volume_low: keyword.volume_low,
        volume_high: keyword.volume_high,
        volume_source: keyword.volume_source,
        difficulty: keyword.difficulty,
        intents: keyword.intents,
        cpc: keyword.cpc,
        country: keyword.country,
        status: Some(keyword.status),
        cluster,
        serp_urls: keyword.serp_urls,
    }
}

fn write_failed(error: ExportError) -> Error {
    Error::storage("write the exported file", error)
}
