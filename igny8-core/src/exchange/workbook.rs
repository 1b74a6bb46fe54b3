//! An `.xlsx` workbook, held in memory as it is stored. Before anything of it is understood, every part is unpacked once
//! against the limits, so that a zip bomb ends as an error.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Reader, SheetType, Xlsx, XlsxError};

use super::error::{ImportError, Limit};
use super::options::{ImportLimits, ImportOptions};
use super::package;
use super::reader::KeywordReader;
use super::sheet::SheetText;

/// The first bytes of a zip archive.
pub(super) const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// A workbook.
pub(super) struct Workbook {
    xlsx: Xlsx<Cursor<Vec<u8>>>,
    bytes: u64,
    /// Bytes that are held of what it unpacks to.
    held: u64,
    /// Bytes of text that its sheets may still make: cells that share a text make more than they unpack to.
    text_left: u64,
}

impl Workbook {
    /// Takes a whole workbook in, as it is stored.
    pub(super) fn receive(file: impl Read, limits: &ImportLimits) -> Result<Vec<u8>, ImportError> {
        let allowed = limits.max_workbook.min(limits.max_bytes);
        let mut stored = Vec::new();
        let read = file.take(allowed.saturating_add(1)).read_to_end(&mut stored);
        read.map_err(|source| ImportError::Io { bytes_read: stored.len() as u64, source })?;
        if stored.len() as u64 > allowed {
            return Err(ImportError::TooLarge { limit: Limit::Workbook, allowed, line: None });
        }
        Ok(stored)
    }

    /// Opens a stored workbook.
    pub(super) fn open(stored: Vec<u8>, limits: &ImportLimits) -> Result<Self, ImportError> {
        let held = package::weigh(&stored, limits.max_unpacked)?;
        let bytes = stored.len() as u64;
        let xlsx = guarded(None, || Xlsx::new(Cursor::new(stored)))?;
        let sheets = xlsx.sheets_metadata().len();
        if sheets > limits.max_sheets {
            let allowed = limits.max_sheets as u64;
            return Err(ImportError::TooLarge { limit: Limit::Sheets, allowed, line: None });
        }
        Ok(Self { xlsx, bytes, held, text_left: limits.max_bytes })
    }

    /// How long it is as it is stored.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How much of what it unpacks to is in memory.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// The names of the sheets with a keyword column, and of those without, such as charts.
    pub(super) fn sheets_with_keywords(
        &mut self,
        options: &ImportOptions,
    ) -> Result<(Vec<String>, Vec<String>), ImportError> {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        let mut missed = ImportError::Empty;
        let sheets = self.xlsx.sheets_metadata().iter();
        let sheets: Vec<(String, SheetType)> = sheets.map(|sheet| (sheet.name.clone(), sheet.typ)).collect();
        for (name, kind) in sheets {
            // A chart or a dialog has no cells.
            if kind != SheetType::WorkSheet {
                without.push(name);
                continue;
            }
            let read = self
                .sheet(&name, &options.limits)
                .and_then(|text| KeywordReader::of_sheet(&name, text, options).map(drop));
            match read {
                Ok(()) => with.push(name),
                Err(error @ (ImportError::NoKeywordColumn { .. } | ImportError::Mapping { .. })) => {
                    missed = error;
                    without.push(name);
                }
                Err(ImportError::Empty) => without.push(name),
                Err(error) => return Err(error),
            }
        }
        if with.is_empty() { Err(missed) } else { Ok((with, without)) }
    }

    /// A sheet as text.
    pub(super) fn sheet(&mut self, name: &str, limits: &ImportLimits) -> Result<SheetText<'_>, ImportError> {
        let Self { xlsx, text_left, .. } = self;
        let cells = guarded(Some(name), || xlsx.worksheet_cells_reader(name))?;
        Ok(SheetText::new(name, cells, *limits, text_left))
    }
}

impl fmt::Debug for Workbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workbook").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Runs the library that reads workbooks. A host may build it with overflow checks: numbers that no sheet has, such as
/// row 9999999999, are then panics, which must not be more than a damaged workbook.
pub(super) fn guarded<T>(
    sheet: Option<&str>,
    read: impl FnOnce() -> Result<T, XlsxError>,
) -> Result<T, ImportError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|fault| unreadable(sheet, fault)),
        Err(_) => Err(unreadable(sheet, io::Error::other("a number in it is beyond all bounds"))),
    }
}

/// The workbook, or one of its sheets, is damaged or something else.
pub(super) fn unreadable(
    sheet: Option<&str>,
    fault: impl std::error::Error + Send + Sync + 'static,
) -> ImportError {
    ImportError::Workbook { sheet: sheet.map(str::to_owned), source: Box::new(fault) }
}
