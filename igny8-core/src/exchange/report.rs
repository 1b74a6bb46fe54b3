//! What an import understood, did and refused: the answer a person sees.
//! The reader fills in what it detected, the store what it created.

use std::fmt;
use std::io::Read;

use crate::ids::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layout::Tool;
use super::mapping::Column;
use super::reader::KeywordReader;
use super::row::KeywordRow;

/// How many rejections an [`ImportReport`] holds; a sink can have all of them.
pub const REPORTED_REJECTIONS: usize = 1_000;

/// Characters of a refused value that are shown.
const SHOWN_CHARACTERS: usize = 80;

/// The outcome of one import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// The import's id, which every keyword it created or updated carries.
    pub id: ImportId,
    /// Keywords that were new.
    pub created: u64,
    /// Keywords that were there already and were matched.
    pub updated: u64,
    /// Rows whose keyword stood in the file before; merged into it.
    pub duplicates: u64,
    /// The first [`REPORTED_REJECTIONS`] refused rows, in the file's order.
    pub rejected: Vec<Rejection>,
    /// How many rows were refused in all.
    pub rejected_total: u64,
    /// Headers of the first table's columns that were not read, in the file's order.
    pub ignored_columns: Vec<String>,
    /// How the first table was understood.
    pub detected: Detected,
    /// Every table that was read: each file is one, or, as a workbook, each of its sheets with a keyword column.
    pub tables: Vec<TableReport>,
    /// Sheets without a keyword column, which were not read.
    pub skipped_sheets: Vec<String>,
}

/// What was understood of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableReport {
    /// The name the caller gave its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The sheet, in a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// How it was understood.
    pub detected: Detected,
    /// The columns that were read.
    pub columns: Vec<ColumnFound>,
    /// Headers of the columns that were not read, in the file's order.
    pub ignored_columns: Vec<String>,
    /// Rows with anything in them, the refused ones included.
    pub rows: u64,
    /// How many of them were refused.
    pub rejected: u64,
    /// The first rows as they were understood; as many as a preview asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preview: Vec<KeywordRow>,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnFound {
    /// What it means.
    pub column: Column,
    /// Its header; `column 3` where there is none.
    pub header: String,
    /// Where it stands, counted from 1.
    pub position: usize,
}

/// One refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejection {
    /// The line of the file (in a workbook, the row of the sheet) it starts at, counted from 1.
    pub row: u64,
    /// The header of the column at fault.
    pub column: String,
    /// What stood there, cut after 80 characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
    /// The sheet, in a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The name the caller gave the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// How a file was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Detected {
    /// The tool that wrote it.
    pub tool: Tool,
    /// Its character encoding. A file that is plain ASCII so far counts as UTF-8, so this is
    /// final only when the file has been read.
    pub encoding: TextEncoding,
    /// What separates its cells; `None` in a workbook.
    pub delimiter: Option<Delimiter>,
    /// The line of its header row, counted from 1; `None` when the caller said it has none.
    pub header_row: Option<u64>,
}

/// Character encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TextEncoding {
    /// UTF-8 (or ASCII), with or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
    /// Windows-1252, the superset of Latin-1.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Delimiter {
    /// `,`
    #[serde(rename = ",")]
    Comma,
    /// `;`
    #[serde(rename = ";")]
    Semicolon,
    /// A tab.
    #[serde(rename = "\t")]
    Tab,
}

impl TableReport {
    /// What is known of a table before its rows are read.
    #[must_use]
    pub fn of<R: Read>(file: Option<&str>, table: &KeywordReader<R>) -> Self {
        Self {
            file: file.map(str::to_owned),
            sheet: table.sheet().map(str::to_owned),
            detected: table.detected(),
            columns: table.columns(),
            ignored_columns: table.ignored_columns().to_vec(),
            rows: 0,
            rejected: 0,
            preview: Vec::new(),
        }
    }
}

impl Delimiter {
    /// The candidates, the most common first.
    pub(super) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The byte it stands for.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "windows-1252",
        })
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        })
    }
}

/// The beginning of a cell, short enough for a message.
pub(super) fn clipped(cell: &[u8]) -> String {
    // A character has at most four bytes, so more bytes than this are never shown.
    let head = &cell[..cell.len().min(4 * (SHOWN_CHARACTERS + 1))];
    let text = String::from_utf8_lossy(head);
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
