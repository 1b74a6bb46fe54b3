//! Faults that end an import or an export as a whole. A fault of one row is no error but a
//! [`Rejection`](super::Rejection).

use std::io;

use super::layout::KEYWORD_NAMES;
use super::mapping::{Column, ColumnSource};
use super::report::TextEncoding;

/// Why a file cannot be imported. Every message says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No bytes, or nothing but white space.
    #[error("the file is empty: export it again and check that the download finished")]
    Empty,
    /// Not a text file.
    #[error("the file is {looks_like}, not a table of text: export the keywords as CSV")]
    Binary {
        /// What it seems to be.
        looks_like: &'static str,
    },
    /// It claims to be text in an encoding that its bytes do not follow.
    #[error("the file begins as {encoding} text, but most of it is not: export it again as UTF-8 CSV")]
    NotText {
        /// The encoding its first bytes announce.
        encoding: TextEncoding,
    },
    /// A workbook of before 2007, or one behind a password.
    #[error(
        "the file is an .xls or password-protected workbook: save it as .xlsx without a password, or as CSV"
    )]
    OldWorkbook,
    /// A zip archive that is no `.xlsx` workbook, or a damaged one.
    #[error(
        "the workbook{} cannot be read: save it again as .xlsx, or its keyword sheet as CSV",
        of_sheet(sheet)
    )]
    Workbook {
        /// The sheet at fault; `None` for the workbook as a whole.
        sheet: Option<String>,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One of several files cannot be imported, so none is.
    #[error("{name}: {source}")]
    InFile {
        /// The file's name.
        name: String,
        /// Why.
        source: Box<ImportError>,
    },
    /// No header row with a keyword column in the first 40 lines.
    #[error(
        "no keyword column in the first 40 lines; the row most like a header reads {}. \
         Name the column one of {}, separate the cells by comma, semicolon or tab, or map the column yourself",
        quoted(headers), accepted.join(", ")
    )]
    NoKeywordColumn {
        /// The cells of the row that looks most like a header row, at most 20.
        headers: Vec<String>,
        /// Names a keyword column may have; case and spacing do not matter.
        accepted: &'static [&'static str],
    },
    /// A limit of [`ImportLimits`](super::ImportLimits) is exceeded.
    #[error("{}{limit} (the limit is {allowed}): {}", at(*line), limit.advice())]
    TooLarge {
        /// Which limit.
        limit: Limit,
        /// Its value.
        allowed: u64,
        /// The line at which it is exceeded, counted from 1; `None` for the file as a whole.
        line: Option<u64>,
    },
    /// The caller's mapping does not fit the file.
    #[error(
        "the mapping wants {column} from {wanted}, which the file does not have; its columns are {}. \
         Correct the mapping or leave the column out of it",
        quoted(headers)
    )]
    Mapping {
        /// The column that is mapped.
        column: Column,
        /// Where the mapping says it is.
        wanted: ColumnSource,
        /// The headers that the file has, at most 20.
        headers: Vec<String>,
    },
    /// Reading failed.
    #[error("the file could not be read beyond byte {bytes_read}: try again")]
    Io {
        /// Bytes read before.
        bytes_read: u64,
        /// What the reader said.
        source: io::Error,
    },
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Writing failed.
    #[error(
        "the export could not be written after {rows} rows: check the space and the connection, then export again"
    )]
    Io {
        /// Rows handed to the writer before.
        rows: u64,
        /// What the writer said.
        source: io::Error,
    },
}

/// A limit of [`ImportLimits`](super::ImportLimits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// `max_bytes`
    Bytes,
    /// `max_rows`
    Rows,
    /// `max_columns`
    Columns,
    /// `max_cell`
    Cell,
    /// `max_row`
    Row,
    /// `max_workbook`
    Workbook,
    /// `max_unpacked`
    Unpacked,
    /// `max_sheets`
    Sheets,
}

impl ImportError {
    /// No keyword column among these headers.
    pub(super) fn no_keyword_column(headers: Vec<String>) -> Self {
        Self::NoKeywordColumn { headers, accepted: KEYWORD_NAMES }
    }
}

impl Limit {
    fn advice(self) -> &'static str {
        match self {
            Self::Bytes | Self::Rows | Self::Workbook | Self::Unpacked | Self::Sheets => {
                "split the file, or raise the limit"
            }
            Self::Columns => "check the delimiter, or export fewer columns",
            Self::Cell | Self::Row => "look for a quote that is never closed, or raise the limit",
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "the file has too many bytes",
            Self::Rows => "the file has too many rows",
            Self::Columns => "the row has too many columns",
            Self::Cell => "a cell has too many bytes",
            Self::Row => "the row has too many bytes",
            Self::Workbook => "the workbook has too many bytes",
            Self::Unpacked => "the workbook unpacks to too many bytes",
            Self::Sheets => "the workbook has too many sheets",
        })
    }
}

fn at(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

fn of_sheet(sheet: &Option<String>) -> String {
    sheet.as_ref().map_or_else(String::new, |sheet| format!("'s sheet `{sheet}`"))
}

fn quoted(headers: &[String]) -> String {
    let quoted: Vec<String> = headers.iter().map(|header| format!("`{header}`")).collect();
    quoted.join(", ")
}
