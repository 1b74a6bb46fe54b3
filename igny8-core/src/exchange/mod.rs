//! Keyword files in and out: whatever a keyword tool exports becomes [`KeywordRow`]s, and rows
//! become the own CSV format again. Pure over [`std::io::Read`] and [`std::io::Write`].
//!
//! Reading goes through these rooms, in this order:
//!
//! ```text
//! file     a text or a workbook       -> tables
//! workbook an .xlsx, weighed (package) -> sheet: a sheet as text
//! source   bytes of any encoding      -> UTF-8 text, chunk by chunk
//! header   the first 40 lines         -> delimiter, header row, tool (layout), columns
//! records  text                       -> one record of cells at a time, within the limits
//! cells    one record                 -> KeywordRow or Rejection
//! reader   all of it                  -> batches for a store to commit
//! ```
//!
//! Nothing here keeps more than one chunk, one record and one batch, so memory does not grow with
//! the file; only a workbook is held as it is stored, with its table of texts. That a keyword stands twice in a file is therefore found by the store, which merges
//! the two with [`better`].
//!
//! ```
//! use igny8_core::exchange::{ImportOptions, KeywordFile};
//!
//! let text = "Keyword,Volume,Keyword Difficulty\nhot flashes,\"40,500\",84\n,10,1\n";
//! let mut file = KeywordFile::open(text.as_bytes(), ImportOptions::default())?;
//! let mut rejected = Vec::new();
//! while let Some(mut table) = file.next_table()? {
//!     while let Some(rows) = table.next_batch(1_000, &mut |rejection| rejected.push(rejection))? {
//!         assert_eq!(rows[0].key, "hot flashes");
//!         assert_eq!(rows[0].volume, Some(40_500));
//!     }
//! }
//! assert_eq!(rejected[0].row, 3);
//! # Ok::<(), igny8_core::exchange::ImportError>(())
//! ```

mod cells;
mod columns;
mod defuse;
mod encoding;
mod error;
mod file;
mod header;
mod intent_cell;
mod keyword;
mod layout;
mod mapping;
mod mark;
mod number;
mod options;
mod package;
mod reader;
mod records;
mod report;
mod row;
mod sheet;
mod source;
mod workbook;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{ExportError, ImportError, Limit};
pub(crate) use file::Received;
pub use file::{KeywordFile, TableText};
pub use keyword::{KEYWORD_CHARACTERS, KeywordFault, normalize_keyword};
pub use layout::Tool;
pub use mapping::{Column, ColumnMapping, ColumnSource};
pub use options::{ImportLimits, ImportOptions};
pub use reader::KeywordReader;
pub use report::{
    ColumnFound, Delimiter, Detected, ImportReport, REPORTED_REJECTIONS, Rejection, TableReport, TextEncoding,
};
pub use row::{KeywordRow, VolumeSource, better};
pub use writer::{ExportOptions, KeywordWriter};
