//! Keyword files in and out of a sector: streamed, all or nothing, with a report of what was understood.

use std::io::{Read, Write};

use super::KeywordsRoom;
use crate::error::{Error, Result};
use crate::exchange::{
    ExportOptions, ImportOptions, ImportReport, KeywordReader, KeywordRow, KeywordWriter, Rejection,
    VolumeSource,
};
use crate::ids::{ClusterId, ImportId, SectorId};
use crate::paging::{Cursor, Direction, Page};
use crate::pipeline::{
    ClusterFilter, ClusterQuery, Keyword, KeywordField, KeywordFilter, KeywordQuery, KeywordStatus,
};
use crate::tenancy::Action;

/// Rows handed to the store at once.
const BATCH: usize = 2_000;
/// Rows read from the store at once.
const EXPORT_PAGE: u32 = 1_000;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportStep {
    /// Bytes of the file read so far.
    pub bytes: u64,
    /// Rows read so far, refused ones included.
    pub rows: u64,
}

type StepListener<'a> = Box<dyn FnMut(ImportStep) + Send + 'a>;
type RejectionListener<'a> = Box<dyn FnMut(&Rejection) + Send + 'a>;

/// An import: what to read, and how.
pub struct ImportRequest<'a> {
    sector: SectorId,
    options: ImportOptions,
    dry_run: bool,
    on_step: Option<StepListener<'a>>,
    on_rejection: Option<RejectionListener<'a>>,
}

impl std::fmt::Debug for ImportRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportRequest")
            .field("sector", &self.sector)
            .field("options", &self.options)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

impl<'a> ImportRequest<'a> {
    /// An import into a sector, everything detected.
    #[must_use]
    pub fn into_sector(sector: SectorId) -> Self {
        Self { sector, options: ImportOptions::default(), dry_run: false, on_step: None, on_rejection: None }
    }

    /// Column mapping and limits.
    #[must_use]
    pub fn options(mut self, options: ImportOptions) -> Self {
        self.options = options;
        self
    }

    /// Only reports what an import would do.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Called after every batch.
    #[must_use]
    pub fn on_step(mut self, step: impl FnMut(ImportStep) + Send + 'a) -> Self {
        self.on_step = Some(Box::new(step));
        self
    }

    /// Called for every refused row; the report keeps only the first 1,000.
    #[must_use]
    pub fn on_rejection(mut self, sink: impl FnMut(&Rejection) + Send + 'a) -> Self {
        self.on_rejection = Some(Box::new(sink));
        self
    }
}

impl KeywordsRoom {
    /// Imports a keyword file into a sector. See [`import`](Self::import).
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub async fn import_csv(&self, sector: SectorId, file: impl Read + Send) -> Result<ImportReport> {
        self.import(file, ImportRequest::into_sector(sector)).await
    }

    /// Imports a keyword file: whole or, on any error, not at all. Reading blocks for the length of a batch; a slow source is
    /// better spooled first. Refused rows are reported and skipped.
    ///
    /// # Errors
    /// [`Error::Import`] for files that cannot be read; [`Error::PlanLimit`]; [`Error::NotFound`] for the sector;
    /// [`Error::Forbidden`].
    pub async fn import(
        &self,
        file: impl Read + Send,
        mut request: ImportRequest<'_>,
    ) -> Result<ImportReport> {
        self.scope.require(Action::Edit)?;
        let id = ImportId::new();
        let mut reader = KeywordReader::open(file, request.options.clone())?;
        let mut report = ImportReport::new(id, reader.detected(), reader.ignored_columns().to_vec());
        let mut session = self.services.store.begin_import(&self.scope, request.sector, id).await?;
        loop {
            let mut sink = |rejection: Rejection| {
                if let Some(on_rejection) = &mut request.on_rejection {
                    on_rejection(&rejection);
                }
                report.reject(rejection);
            };
            let Some(rows) = reader.next_batch(BATCH, &mut sink)? else {
                break;
            };
            let rows: Vec<KeywordRow> =
                rows.into_iter().filter(|row| knows_status(row, reader.rows_read(), &mut sink)).collect();
            session.push(rows).await?;
            if let Some(on_step) = &mut request.on_step {
                on_step(ImportStep { bytes: reader.bytes_read(), rows: reader.rows_read() });
            }
        }
        let totals = if request.dry_run { session.totals().await? } else { session.commit().await? };
        report.detected = reader.detected();
        report.created = totals.created;
        report.updated = totals.updated;
        report.duplicates = totals.duplicates;
        Ok(report)
    }

    /// Writes the keywords a filter lets through as UTF-8 CSV in the own format, by keyword. Imported again, the file makes the same rows.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the writer fails; the store's.
    pub async fn export_csv(
        &self,
        filter: KeywordFilter,
        file: impl Write + Send,
        options: ExportOptions,
    ) -> Result<u64> {
        let mut writer = KeywordWriter::new(file, options).map_err(write_failed)?;
        let mut cursor: Option<Cursor> = None;
        let mut count = 0;
        loop {
            let query = KeywordQuery::filtered(filter.clone())
                .order_by(KeywordField::Keyword, Direction::Ascending)
                .page(Page::After { cursor, size: EXPORT_PAGE });
            let page = self.list(&query).await?;
            let names = self.cluster_names(&page.items).await?;
            for keyword in page.items {
                let cluster = keyword
                    .clusters
                    .first()
                    .and_then(|id| names.iter().find(|(known, _)| known == id))
                    .map(|(_, name)| name.clone());
                writer.write(&row_of(keyword, cluster)).map_err(write_failed)?;
                count += 1;
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        writer.finish().map_err(write_failed)?;
        Ok(count)
    }

    async fn cluster_names(&self, keywords: &[Keyword]) -> Result<Vec<(ClusterId, String)>> {
        let mut ids: Vec<ClusterId> =
            keywords.iter().filter_map(|keyword| keyword.clusters.first().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut names = Vec::with_capacity(ids.len());
        for part in ids.chunks(500) {
            let filter = ClusterFilter { ids: Some(part.to_vec()), ..ClusterFilter::default() };
            let query = ClusterQuery::filtered(filter).page(Page::first(500));
            let page = self.services.store.list_clusters(&self.scope, &query).await?;
            names.extend(page.items.into_iter().map(|cluster| (cluster.id, cluster.name)));
        }
        Ok(names)
    }
}

fn knows_status(row: &KeywordRow, line: u64, sink: &mut impl FnMut(Rejection)) -> bool {
    let Some(word) = &row.status else { return true };
    match word.parse::<KeywordStatus>() {
        Ok(_) => true,
        Err(errors) => {
            sink(Rejection {
                row: line,
                column: "status".to_owned(),
                value: word.clone(),
                reason: errors.to_string(),
            });
            false
        }
    }
}

fn row_of(keyword: Keyword, cluster: Option<String>) -> KeywordRow {
    let volume_source = if keyword.volume.is_some() {
        VolumeSource::Exact
    } else if keyword.volume_low.is_some() || keyword.volume_high.is_some() {
        VolumeSource::Range
    } else {
        VolumeSource::None
    };
    KeywordRow {
        key: keyword.keyword.to_lowercase(),
        keyword: keyword.keyword,
        volume: keyword.volume,
        volume_low: keyword.volume_low,
        volume_high: keyword.volume_high,
        volume_source,
        difficulty: keyword.difficulty,
        intents: keyword.intents,
        cpc: keyword.cpc,
        country: keyword.country,
        status: Some(keyword.status.to_string()),
        cluster,
        serp_urls: keyword.serp_urls,
    }
}

fn write_failed(error: crate::exchange::ExportError) -> Error {
    Error::storage("write the exported file", error)
}
