//! What a caller can set about an import: the meaning of columns and how much is too much.
//! The defaults fit every known export.

use super::error::Limit;
use super::mapping::ColumnMapping;

/// Settings of one import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The meaning of columns, where detection is to be overruled.
    pub mapping: Option<ColumnMapping>,
    /// How large a file may be.
    pub limits: ImportLimits,
}

/// How large a file may be. What exceeds one ends the import with
/// [`ImportError::TooLarge`](super::ImportError::TooLarge).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// Bytes of the file as it is stored, and of the text that a workbook's sheets make; 4 GiB by default.
    pub max_bytes: u64,
    /// Data rows of one table, the rejected ones included; 20 million by default.
    pub max_rows: u64,
    /// Columns of any row; 4,096 by default.
    pub max_columns: usize,
    /// Bytes of one cell as UTF-8; 1 MiB by default.
    pub max_cell: usize,
    /// Bytes of one row as UTF-8: what the reader's memory is bounded by; 4 MiB by default.
    pub max_row: usize,
    /// Bytes of a workbook as it is stored, which are held in memory; 128 MiB by default. The workbooks of one
    /// [`ImportRequest`](crate::sdk::ImportRequest) are held together and share this and the next limit.
    pub max_workbook: u64,
    /// Bytes a workbook's parts have once unpacked; 1 GiB by default. Of the parts that are held in memory, its table of
    /// texts among them, each may have a quarter, and so may what is held beside them (a text costs 24 bytes more). While a
    /// part is read, its longest text may be in memory up to four times.
    pub max_unpacked: u64,
    /// Sheets of a workbook, charts among them; 1,000 by default.
    pub max_sheets: usize,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            max_bytes: 4 << 30,
            max_rows: 20_000_000,
            max_columns: 4_096,
            max_cell: 1 << 20,
            max_row: 4 << 20,
            max_workbook: 128 << 20,
            max_unpacked: 1 << 30,
            max_sheets: 1_000,
        }
    }
}

impl ImportLimits {
    /// How much of this is allowed.
    pub(super) const fn of(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Bytes => self.max_bytes,
            Limit::Rows => self.max_rows,
            Limit::Columns => self.max_columns as u64,
            Limit::Cell => self.max_cell as u64,
            Limit::Row => self.max_row as u64,
            Limit::Workbook => self.max_workbook,
            Limit::Unpacked => self.max_unpacked,
            Limit::Sheets => self.max_sheets as u64,
        }
    }
}
