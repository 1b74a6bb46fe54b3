//! An `.xlsx` workbook, held in memory as it is stored. Before anything of it is understood, every part is unpacked once
//! against the limits, so that a zip bomb ends as an error.

use std::fmt;
use std::io::{self, Cursor, Read};

use calamine::{Reader, Xlsx};
use zip::ZipArchive;

use super::error::{ImportError, Limit};
use super::options::{ImportLimits, ImportOptions};
use super::reader::KeywordReader;
use super::sheet::SheetText;

/// The first bytes of a zip archive.
pub(super) const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// Parts with this in their path are streamed; all others are held in memory.
const SHEETS: &str = "/worksheets/";

/// A workbook.
pub(super) struct Workbook {
    xlsx: Xlsx<Cursor<Vec<u8>>>,
    bytes: u64,
}

impl Workbook {
    /// Takes a whole workbook in.
    pub(super) fn read(file: impl Read, limits: &ImportLimits) -> Result<Self, ImportError> {
        let allowed = limits.max_workbook.min(limits.max_bytes);
        let mut stored = Vec::new();
        let read = file.take(allowed.saturating_add(1)).read_to_end(&mut stored);
        read.map_err(|source| ImportError::Io { bytes_read: stored.len() as u64, source })?;
        if stored.len() as u64 > allowed {
            return Err(ImportError::TooLarge { limit: Limit::Workbook, allowed, line: None });
        }
        check_unpacked(&stored, limits.max_unpacked)?;
        let bytes = stored.len() as u64;
        let xlsx = Xlsx::new(Cursor::new(stored)).map_err(|fault| unreadable(None, fault))?;
        Ok(Self { xlsx, bytes })
    }

    /// How long it is as it is stored.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The names of the sheets with a keyword column, and of those without.
    pub(super) fn sheets_with_keywords(
        &mut self,
        options: &ImportOptions,
    ) -> Result<(Vec<String>, Vec<String>), ImportError> {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        let mut missed = ImportError::Empty;
        for name in self.xlsx.sheet_names() {
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
        let cells = self.xlsx.worksheet_cells_reader(name);
        let cells = cells.map_err(|fault| unreadable(Some(name), fault))?;
        Ok(SheetText::new(name, cells, limits.max_columns))
    }
}

impl fmt::Debug for Workbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workbook").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Unpacks every part once, keeping nothing: what an archive says about its own sizes may be a lie.
fn check_unpacked(stored: &[u8], allowed: u64) -> Result<(), ImportError> {
    let too_large = || ImportError::TooLarge { limit: Limit::Unpacked, allowed, line: None };
    let mut archive = ZipArchive::new(Cursor::new(stored)).map_err(|fault| unreadable(None, fault))?;
    let mut left = allowed;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|fault| unreadable(None, fault))?;
        let streamed = part.name().is_ok_and(|name| name.contains(SHEETS));
        let most = if streamed { left } else { left.min(allowed / 4) };
        let mut part = part.take(most.saturating_add(1));
        let unpacked = io::copy(&mut part, &mut io::sink()).map_err(|fault| unreadable(None, fault))?;
        if unpacked > most {
            return Err(too_large());
        }
        left -= unpacked;
    }
    Ok(())
}

/// The workbook, or one of its sheets, is damaged or something else.
pub(super) fn unreadable(
    sheet: Option<&str>,
    fault: impl std::error::Error + Send + Sync + 'static,
) -> ImportError {
    ImportError::Workbook { sheet: sheet.map(str::to_owned), source: Box::new(fault) }
}
