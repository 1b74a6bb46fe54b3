//! A keyword file of any kind as the tables it holds: a text is one, a workbook has one a sheet.

use std::io::{self, Chain, Cursor, Read};

use super::error::ImportError;
use super::options::ImportOptions;
use super::reader::KeywordReader;
use super::sheet::SheetText;
use super::workbook::{self, Workbook};

/// A keyword file, to be read table by table.
#[derive(Debug)]
pub struct KeywordFile<R> {
    options: ImportOptions,
    tables: Tables<R>,
}

#[derive(Debug)]
enum Tables<R> {
    /// A text; `None` once it was handed out.
    Text(Option<Whole<R>>),
    Workbook {
        workbook: Box<Workbook>,
        /// Sheets with a keyword column that are still to come, the next one last.
        sheets: Vec<String>,
        skipped: Vec<String>,
        /// How long the workbook is as it is stored.
        bytes: u64,
    },
}

/// A text whose first bytes have been looked at.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The text of one table.
#[derive(Debug)]
pub struct TableText<'f, R>(Text<'f, R>);

#[derive(Debug)]
enum Text<'f, R> {
    Whole(Whole<R>),
    Sheet(Box<SheetText<'f>>),
}

impl<R: Read> KeywordFile<R> {
    /// Looks at the first bytes and, of a workbook, at every sheet.
    ///
    /// # Errors
    /// For a workbook [`ImportError::Workbook`], [`ImportError::OldWorkbook`], [`ImportError::TooLarge`] and, when no sheet
    /// has a keyword column, [`ImportError::NoKeywordColumn`]; [`ImportError::Io`].
    pub fn open(mut reader: R, options: ImportOptions) -> Result<Self, ImportError> {
        let mut front = vec![0; workbook::MAGIC.len()];
        let mut filled = 0;
        while let Some(room) = front.get_mut(filled..).filter(|room| !room.is_empty()) {
            match reader.read(room) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ImportError::Io { bytes_read: filled as u64, source }),
            }
        }
        front.truncate(filled);
        let is_workbook = front == workbook::MAGIC;
        let whole = Cursor::new(front).chain(reader);
        let tables = if is_workbook {
            let mut workbook = Box::new(Workbook::read(whole, &options.limits)?);
            let (mut sheets, skipped) = workbook.sheets_with_keywords(&options)?;
            sheets.reverse();
            Tables::Workbook { bytes: workbook.bytes(), workbook, sheets, skipped }
        } else {
            Tables::Text(Some(whole))
        };
        Ok(Self { options, tables })
    }

    /// The next table; `None` after the last.
    ///
    /// # Errors
    /// Those of [`KeywordReader::open`]; [`ImportError::Workbook`] for a sheet that cannot be read.
    pub fn next_table(&mut self) -> Result<Option<KeywordReader<TableText<'_, R>>>, ImportError> {
        match &mut self.tables {
            Tables::Text(whole) => {
                let Some(whole) = whole.take() else { return Ok(None) };
                KeywordReader::open(TableText(Text::Whole(whole)), self.options.clone()).map(Some)
            }
            Tables::Workbook { workbook, sheets, .. } => {
                let Some(sheet) = sheets.pop() else { return Ok(None) };
                let text = workbook.sheet(&sheet, &self.options.limits)?;
                let text = TableText(Text::Sheet(Box::new(text)));
                KeywordReader::of_sheet(&sheet, text, &self.options).map(Some)
            }
        }
    }

    /// Sheets without a keyword column, in the workbook's order.
    #[must_use]
    pub fn skipped_sheets(&self) -> &[String] {
        match &self.tables {
            Tables::Text(_) => &[],
            Tables::Workbook { skipped, .. } => skipped,
        }
    }

    /// How long a workbook is as it is stored; it was read whole. `None` for a text, whose tables tell how far they are.
    #[must_use]
    pub fn workbook_bytes(&self) -> Option<u64> {
        match &self.tables {
            Tables::Text(_) => None,
            Tables::Workbook { bytes, .. } => Some(*bytes),
        }
    }
}

impl<R: Read> Read for TableText<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Text::Whole(whole) => whole.read(buffer),
            Text::Sheet(sheet) => sheet.read(buffer),
        }
    }
}
