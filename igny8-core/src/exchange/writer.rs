//! Writes keywords in the own format: UTF-8 CSV, one row at a time, safe to open in a spreadsheet.
//! [`KeywordReader`](super::KeywordReader) reads the same rows back.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::defuse;
use super::error::ExportError;
use super::intent_cell;
use super::mapping::Column;
use super::row::{KeywordRow, VolumeSource};

/// Columns of the own format that every export has.
const COLUMNS: usize = 8;

/// Settings of one export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportOptions {
    /// Puts an apostrophe before cells that a spreadsheet would run as a formula; on by default.
    /// The importer takes it away again.
    pub defuse: bool,
    /// Adds the columns `volume_low`, `volume_high`, `impressions` and `serp_urls`; on by default.
    /// Without them, rows for which [`KeywordRow::needs_extra_columns`] holds lose those values,
    /// except that a range stands in the volume column as `1000-10000`.
    pub extra_columns: bool,
}

/// A keyword file being written.
///
/// ```
/// use igny8_core::exchange::{ExportOptions, KeywordRow, KeywordWriter};
///
/// let mut writer = KeywordWriter::new(Vec::new(), ExportOptions { extra_columns: false, ..Default::default() })?;
/// writer.write(&KeywordRow { keyword: "=tea".into(), volume: Some(90), ..Default::default() })?;
/// let file = writer.finish()?;
/// assert_eq!(file, b"keyword,volume,difficulty,intent,status,cluster,cpc,country\n'=tea,90,,,,,,\n");
/// # Ok::<(), igny8_core::exchange::ExportError>(())
/// ```
#[derive(Debug)]
pub struct KeywordWriter<W: Write> {
    csv: csv::Writer<W>,
    options: ExportOptions,
    cell: String,
    rows: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { defuse: true, extra_columns: true }
    }
}

impl<W: Write> KeywordWriter<W> {
    /// Begins a file with its header row. Writing is buffered here.
    ///
    /// # Errors
    /// [`ExportError::Io`] when the header cannot be written.
    pub fn new(writer: W, options: ExportOptions) -> Result<Self, ExportError> {
        let mut csv = csv::WriterBuilder::new().from_writer(writer);
        let columns = if options.extra_columns { Column::ALL.len() } else { COLUMNS };
        csv.write_record(Column::ALL[..columns].iter().map(|column| column.name()))
            .map_err(|error| failed(0, error))?;
        Ok(Self { csv, options, cell: String::new(), rows: 0 })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// [`ExportError::Io`] when the writer fails; the file is then incomplete.
    pub fn write(&mut self, row: &KeywordRow) -> Result<(), ExportError> {
        self.write_cells(row).map_err(|error| failed(self.rows, error))?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file and gives the writer back, flushed.
    ///
    /// # Errors
    /// [`ExportError::Io`] when what is still buffered cannot be written.
    pub fn finish(self) -> Result<W, ExportError> {
        let rows = self.rows;
        self.csv.into_inner().map_err(|error| ExportError::Io { rows, source: error.into_error() })
    }

    fn write_cells(&mut self, row: &KeywordRow) -> csv::Result<()> {
        let impressions = row.volume_source == VolumeSource::Impressions;
        self.text(&row.keyword)?;
        match (row.volume, row.volume_low, row.volume_high) {
            (Some(volume), _, _) if !impressions => self.number(volume)?,
            (None, Some(low), Some(high)) if !self.options.extra_columns => {
                self.number(format_args!("{low}-{high}"))?;
            }
            _ => self.nothing()?,
        }
        self.optional(row.difficulty)?;
        self.cell.clear();
        for (at, intent) in row.intents.iter().enumerate() {
            if at > 0 {
                self.cell.push_str(", ");
            }
            self.cell.push_str(intent_cell::word(*intent));
        }
        self.csv.write_field(&self.cell)?;
        self.text(row.status.map_or("", |status| status.as_str()))?;
        self.text(row.cluster.as_deref().unwrap_or_default())?;
        self.optional(row.cpc)?;
        self.text(row.country.as_deref().unwrap_or_default())?;
        if self.options.extra_columns {
            self.optional(row.volume_low)?;
            self.optional(row.volume_high)?;
            self.optional(row.volume.filter(|_| impressions))?;
            self.text(&row.serp_urls.join(" "))?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    fn text(&mut self, text: &str) -> csv::Result<()> {
        if !defuse::needs_mark(text, self.options.defuse) {
            return self.csv.write_field(text);
        }
        self.cell.clear();
        self.cell.push('\'');
        self.cell.push_str(text);
        self.csv.write_field(&self.cell)
    }

    fn optional(&mut self, number: Option<impl std::fmt::Display>) -> csv::Result<()> {
        match number {
            Some(number) => self.number(number),
            None => self.nothing(),
        }
    }

    fn number(&mut self, number: impl std::fmt::Display) -> csv::Result<()> {
        self.cell.clear();
        write!(self.cell, "{number}").map_err(io::Error::other)?;
        self.csv.write_field(&self.cell)
    }

    fn nothing(&mut self) -> csv::Result<()> {
        self.csv.write_field("")
    }
}

/// Whether a row is the header of a written file, byte for byte. People who write such files by
/// hand put spaces after the commas or leave columns out.
pub(super) fn wrote_header(cells: &[&[u8]]) -> bool {
    [COLUMNS, Column::ALL.len()].into_iter().any(|columns| {
        let names = Column::ALL[..columns].iter();
        names.map(|column| column.name().as_bytes()).eq(cells.iter().copied())
    })
}

fn failed(rows: u64, error: csv::Error) -> ExportError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    };
    ExportError::Io { rows, source }
}
