//! What an import understood, did and refused: the answer a person sees.
//! The reader fills in what it detected, the store what it created.

use std::fmt;

use crate::ids::ImportId;
use serde::{Deserialize, Serialize};

use super::layout::Tool;

/// How many rejections an [`ImportReport`] holds; a sink can have all of them.
pub const REPORTED_REJECTIONS: usize = 1_000;

/// Characters of a refused value that are shown.
const SHOWN_CHARACTERS: usize = 80;

/// The outcome of one import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Headers of the columns that were not read, in the file's order.
    pub ignored_columns: Vec<String>,
    /// How the file was understood.
    pub detected: Detected,
}

/// One refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The line of the file it starts at, counted from 1.
    pub row: u64,
    /// The header of the column at fault.
    pub column: String,
    /// What stood there, cut after 80 characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How a file was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// The tool that wrote it.
    pub tool: Tool,
    /// Its character encoding. A file that is plain ASCII so far counts as UTF-8, so this is
    /// final only when the file has been read.
    pub encoding: TextEncoding,
    /// What separates its cells.
    pub delimiter: Delimiter,
    /// The line of its header row, counted from 1; `None` when the caller said it has none.
    pub header_row: Option<u64>,
}

/// Character encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

impl ImportReport {
    /// A report in which nothing has happened yet.
    #[must_use]
    pub fn new(id: ImportId, detected: Detected, ignored_columns: Vec<String>) -> Self {
        Self {
            id,
            created: 0,
            updated: 0,
            duplicates: 0,
            rejected: Vec::new(),
            rejected_total: 0,
            ignored_columns,
            detected,
        }
    }

    /// Counts a refused row and keeps it if it is among the first.
    pub fn reject(&mut self, rejection: Rejection) {
        self.rejected_total += 1;
        if self.rejected.len() < REPORTED_REJECTIONS {
            self.rejected.push(rejection);
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
