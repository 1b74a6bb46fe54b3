//! Keyword files into a sector: streamed, all or nothing, with a report of what was understood.

use std::io::Read;

use super::KeywordsRoom;
use crate::clustering::apart;
use crate::error::{Error, Result};
use crate::exchange::{
    ImportError, ImportOptions, ImportReport, KeywordFile, REPORTED_REJECTIONS, Received, Rejection,
    TableReport,
};
use crate::ids::{ImportId, SectorId};
use crate::ports::ImportSession;
use crate::tenancy::Action;

/// Rows handed to the store at once.
const BATCH: usize = 2_000;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportStep {
    /// Bytes of all files read so far; a workbook's are read at once.
    pub bytes: u64,
    /// Rows read so far, refused ones included.
    pub rows: u64,
}

type Source<'a> = Box<dyn Read + Send + 'a>;
type StepListener<'a> = Box<dyn FnMut(ImportStep) + Send + 'a>;
type RejectionListener<'a> = Box<dyn FnMut(&Rejection) + Send + 'a>;

/// An import: what to read, and how.
///
/// ```no_run
/// # async fn example(igny8: igny8_core::Igny8, scope: igny8_core::tenancy::TenantScope, sector: igny8_core::ids::SectorId)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use igny8_core::sdk::ImportRequest;
/// use std::fs::File;
///
/// let request = ImportRequest::into_sector(sector)
///     .file("semrush.xlsx", File::open("semrush.xlsx")?)
///     .file("planner.csv", File::open("planner.csv")?)
///     .dry_run()
///     .preview(10);
/// for table in igny8.keywords(&scope).import(request).await?.tables {
///     println!("{:?}: {} with {} rows, not read: {:?}", table.file, table.detected.tool, table.rows, table.ignored_columns);
/// }
/// # Ok(())
/// # }
/// ```
pub struct ImportRequest<'a> {
    sector: SectorId,
    files: Vec<(Option<String>, Source<'a>)>,
    options: ImportOptions,
    dry_run: bool,
    preview: usize,
    on_step: Option<StepListener<'a>>,
    on_rejection: Option<RejectionListener<'a>>,
}

impl std::fmt::Debug for ImportRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportRequest")
            .field("sector", &self.sector)
            .field("files", &self.files.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("options", &self.options)
            .field("dry_run", &self.dry_run)
            .field("preview", &self.preview)
            .finish_non_exhaustive()
    }
}

impl<'a> ImportRequest<'a> {
    /// An import into a sector, everything detected. It needs at least one file.
    #[must_use]
    pub fn into_sector(sector: SectorId) -> Self {
        Self {
            sector,
            files: Vec::new(),
            options: ImportOptions::default(),
            dry_run: false,
            preview: 0,
            on_step: None,
            on_rejection: None,
        }
    }

    /// A file to read, under the name that report and errors call it by. Several are one import, in their order.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: impl Read + Send + 'a) -> Self {
        self.files.push((Some(name.into()), Box::new(file)));
        self
    }

    /// Column mapping and limits, for all files.
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

    /// Puts the first rows of every table, as they were understood, into the report.
    #[must_use]
    pub fn preview(mut self, rows: usize) -> Self {
        self.preview = rows;
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

/// An import under way.
struct Import<'r, 'a> {
    request: &'r mut ImportRequest<'a>,
    session: Box<dyn ImportSession>,
    tables: Vec<TableReport>,
    rejected: Vec<Rejection>,
    rejected_total: u64,
    skipped_sheets: Vec<String>,
    step: ImportStep,
}

impl Import<'_, '_> {
    async fn read_file(&mut self, name: Option<&str>, mut file: KeywordFile<Source<'_>>) -> Result<()> {
        let named = |error| named(name, error);
        let (before, workbook) = (self.step, file.workbook_bytes());
        self.step.bytes += workbook.unwrap_or_default();
        self.skipped_sheets.extend_from_slice(file.skipped_sheets());
        while let Some(mut table) = file.next_table().map_err(named)? {
            let rows_before = self.step.rows;
            let mut report = TableReport::of(name, &table);
            loop {
                let mut sink = |rejection: Rejection| {
                    report.rejected += 1;
                    self.rejected_total += 1;
                    let rejection = Rejection { file: name.map(str::to_owned), ..rejection };
                    if let Some(on_rejection) = &mut self.request.on_rejection {
                        on_rejection(&rejection);
                    }
                    if self.rejected.len() < REPORTED_REJECTIONS {
                        self.rejected.push(rejection);
                    }
                };
                let Some(rows) = table.next_batch(BATCH, &mut sink).map_err(named)? else { break };
                let missing = self.request.preview.saturating_sub(report.preview.len());
                report.preview.extend(rows.iter().take(missing).cloned());
                self.session.push(rows).await?;
                self.step.rows = rows_before + table.rows_read();
                if workbook.is_none() {
                    self.step.bytes = before.bytes + table.bytes_read();
                }
                if let Some(on_step) = &mut self.request.on_step {
                    on_step(self.step);
                }
            }
            report.rows = table.rows_read();
            report.detected = table.detected();
            self.step.rows = rows_before + report.rows;
            if workbook.is_none() {
                self.step.bytes = before.bytes + table.bytes_read();
            }
            self.tables.push(report);
        }
        Ok(())
    }
}

impl<'a> ImportRequest<'a> {
    /// Takes the files, their workbooks unpacked and checked, on a thread of its own: that takes seconds of CPU and must
    /// neither stand in a runtime's way nor keep others from writing to the store.
    async fn open_files(&mut self) -> Result<Vec<(Option<String>, KeywordFile<Source<'a>>)>> {
        let mut options = self.options.clone();
        let mut opened = Vec::with_capacity(self.files.len());
        for (name, file) in std::mem::take(&mut self.files) {
            let named = |error| named(name.as_deref(), error);
            let file = match KeywordFile::receive(file, options.clone()).map_err(named)? {
                Received::Text(file) => file,
                Received::Workbook(stored) => {
                    let sheets = apart(move || stored.open()).await?.map_err(named)?;
                    sheets.lessen(&mut options.limits);
                    KeywordFile::of_sheets(sheets)
                }
            };
            opened.push((name, file));
        }
        Ok(opened)
    }
}

/// An error, and in which of the files it is.
fn named(name: Option<&str>, error: ImportError) -> ImportError {
    match name {
        Some(name) => ImportError::InFile { name: name.to_owned(), source: Box::new(error) },
        None => error,
    }
}

impl KeywordsRoom {
    /// Imports one keyword file, text or `.xlsx` workbook, into a sector. See [`import`](Self::import).
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub async fn import_csv(&self, sector: SectorId, file: impl Read + Send) -> Result<ImportReport> {
        let mut request = ImportRequest::into_sector(sector);
        request.files.push((None, Box::new(file)));
        self.import(request).await
    }

    /// Imports keyword files: all of them whole or, on any error, nothing at all. Refused rows are reported and skipped.
    ///
    /// Workbooks are read whole, then unpacked and checked on a thread of their own; then the store's import begins, which a
    /// dry run does too, and no one else may be able to write until it has ended. In it texts are read from their sources and
    /// sheets from memory; both block for the length of a batch, so a slow source is better spooled first.
    ///
    /// # Errors
    /// [`Error::Import`] for files that cannot be read; [`Error::PlanLimit`]; [`Error::NotFound`] for the sector;
    /// [`Error::Forbidden`]; [`Error::Invalid`] without a file.
    pub async fn import(&self, mut request: ImportRequest<'_>) -> Result<ImportReport> {
        self.scope.require(Action::Edit)?;
        let id = ImportId::new();
        let files = request.open_files().await?;
        let session = self.services.store.begin_import(&self.scope, request.sector, id).await?;
        let mut import = Import {
            request: &mut request,
            session,
            tables: Vec::new(),
            rejected: Vec::new(),
            rejected_total: 0,
            skipped_sheets: Vec::new(),
            step: ImportStep::default(),
        };
        for (name, file) in files {
            import.read_file(name.as_deref(), file).await?;
        }
        let Import { mut session, tables, rejected, rejected_total, skipped_sheets, .. } = import;
        let first = tables.first().ok_or_else(|| Error::invalid("files", "give at least one file"))?;
        let (ignored_columns, detected) = (first.ignored_columns.clone(), first.detected);
        let totals = if request.dry_run { session.totals().await? } else { session.commit().await? };
        Ok(ImportReport {
            id,
            created: totals.created,
            updated: totals.updated,
            duplicates: totals.duplicates,
            rejected,
            rejected_total,
            ignored_columns,
            detected,
            tables,
            skipped_sheets,
        })
    }
}
