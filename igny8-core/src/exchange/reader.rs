//! Reads a keyword file into batches of rows. Opening it tells what it is; every batch after that
//! costs memory for that batch only.

use std::io::Read;

use super::cells::{Cells, Fault};
use super::columns::Columns;
use super::error::{ImportError, Limit};
use super::header::{self, HEAD_BYTES, HEADER_LINES};
use super::mapping::ColumnMapping;
use super::options::{ImportLimits, ImportOptions};
use super::records::Records;
use super::report::{ColumnFound, Delimiter, Detected, Rejection, clipped};
use super::row::KeywordRow;
use super::source::TextSource;

/// The rows of one table of text. [`KeywordFile`](super::KeywordFile) opens one for every table of a file, workbooks included.
///
/// A dry run is reading it and committing nothing; a preview is its first batch.
#[derive(Debug)]
pub struct KeywordReader<R> {
    source: TextSource<R>,
    records: Records,
    columns: Columns,
    /// The header cells; empty for a file without a header row.
    names: Vec<String>,
    ignored: Vec<String>,
    delimiter: Delimiter,
    /// The sheet of a workbook that it is.
    sheet: Option<String>,
    header_row: Option<u64>,
    limits: ImportLimits,
    rows_read: u64,
    finished: bool,
}

impl<R: Read> KeywordReader<R> {
    /// Reads the beginning of a file: encoding, delimiter, header row, tool and columns.
    ///
    /// # Errors
    /// Any [`ImportError`]: the file is empty, no text, a workbook, has no keyword column, does not
    /// fit the mapping, exceeds a limit in its first lines, or cannot be read.
    pub fn open(reader: R, options: ImportOptions) -> Result<Self, ImportError> {
        let limits = options.limits;
        let mapping = options.mapping.unwrap_or_default();
        Self::begin(reader, limits.max_bytes, &mapping, limits, None)
    }

    /// The same for a sheet, whose text is made by ourselves.
    pub(super) fn of_sheet(sheet: &str, reader: R, options: &ImportOptions) -> Result<Self, ImportError> {
        let mapping = options.mapping.clone().unwrap_or_default();
        // How much a sheet may be is for its workbook to say.
        Self::begin(reader, u64::MAX, &mapping, options.limits, Some(sheet.to_owned()))
    }

    fn begin(
        reader: R,
        max_bytes: u64,
        mapping: &ColumnMapping,
        limits: ImportLimits,
        sheet: Option<String>,
    ) -> Result<Self, ImportError> {
        let mut source = TextSource::open(reader, max_bytes)?;
        let encoding = source.encoding();
        let head = source.head(HEADER_LINES, HEAD_BYTES)?;
        let header = header::find(head, encoding, mapping, limits, sheet.is_some())?;
        let mut records = header::records(header.delimiter, limits, sheet.is_some());
        while header.line.is_some_and(|line| records.line() < line || records.count() == 0) {
            if !records.advance(&mut source)? {
                break;
            }
        }
        let ignored = header
            .names
            .iter()
            .enumerate()
            .filter(|(at, name)| !name.is_empty() && !header.columns.uses(*at))
            .map(|(_, name)| name.clone())
            .collect();
        Ok(Self {
            source,
            records,
            columns: header.columns,
            names: header.names,
            ignored,
            delimiter: header.delimiter,
            sheet,
            header_row: header.line,
            limits,
            rows_read: 0,
            finished: false,
        })
    }

    /// How the file was understood. The encoding may still turn from UTF-8 to Windows-1252 while
    /// nothing but ASCII has been read, so ask again at the end for a report.
    #[must_use]
    pub fn detected(&self) -> Detected {
        Detected {
            tool: self.columns.tool,
            encoding: self.source.encoding(),
            delimiter: self.sheet.is_none().then_some(self.delimiter),
            header_row: self.header_row,
        }
    }

    /// The name of the sheet, in a workbook.
    #[must_use]
    pub fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// What was understood: each column that is read, under its header.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnFound> {
        let found = self.columns.found();
        found
            .map(|(column, at)| ColumnFound { column, header: self.column_name(at), position: at + 1 })
            .collect()
    }

    /// Headers of the columns that are not read, in the file's order.
    #[must_use]
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    /// Bytes of the file read so far; with the file's size, a progress bar.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// Data rows read so far, the rejected ones included, blank ones not.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// The next rows, at least one and at most `max` (0 counts as 1); `None` at the end of the
    /// file. Rows that cannot be used go to `sink` in the file's order and are skipped.
    ///
    /// A click price or a country that cannot be read is left unknown; any other value that cannot
    /// be read refuses its row.
    ///
    /// # Errors
    /// [`ImportError::TooLarge`] and [`ImportError::Io`]. The file cannot be read on after an
    /// error: what was read before must not be committed as if it were whole.
    pub fn next_batch(
        &mut self,
        max: usize,
        sink: &mut dyn FnMut(Rejection),
    ) -> Result<Option<Vec<KeywordRow>>, ImportError> {
        let max = max.max(1);
        let mut rows = Vec::new();
        while rows.len() < max && !self.finished {
            match self.records.advance(&mut self.source) {
                Ok(true) => {}
                Ok(false) => {
                    self.finished = true;
                    break;
                }
                Err(error) => {
                    self.finished = true;
                    return Err(error);
                }
            }
            let cells = Cells {
                records: &self.records,
                columns: &self.columns,
                width: self.names.len(),
                delimiter: self.delimiter.byte(),
                damaged: self.source.is_damaged(),
            };
            let outcome = cells.row();
            if matches!(outcome, Err(Fault::Blank)) {
                continue;
            }
            self.rows_read += 1;
            if self.rows_read > self.limits.max_rows {
                self.finished = true;
                return Err(ImportError::TooLarge {
                    limit: Limit::Rows,
                    allowed: self.limits.max_rows,
                    line: Some(self.records.line()),
                });
            }
            match outcome {
                Ok(row) => rows.push(row),
                Err(Fault::Cell(at, reason)) => sink(Rejection {
                    row: self.records.line(),
                    column: self.column_name(at),
                    value: clipped(self.records.cell(at)),
                    reason: reason.into_owned(),
                    sheet: self.sheet.clone(),
                    file: None,
                }),
                Err(Fault::Blank) => {}
            }
        }
        Ok((!rows.is_empty()).then_some(rows))
    }

    fn column_name(&self, at: usize) -> String {
        match self.names.get(at) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("column {}", at + 1),
        }
    }
}
