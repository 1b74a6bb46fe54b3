//! A keyword file of any kind as the tables it holds: a text is one, a workbook has one a sheet.

use std::io::{self, Chain, Cursor, Read};

use super::error::ImportError;
use super::options::{ImportLimits, ImportOptions};
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
    Workbook(Sheets),
}

/// A file whose first bytes tell what it is; a workbook is in memory then.
pub(crate) enum Received<R> {
    Text(KeywordFile<R>),
    Workbook(Stored),
}

/// A workbook as it is stored, of which nothing is understood yet.
pub(crate) struct Stored {
    workbook: Vec<u8>,
    options: ImportOptions,
}

/// A workbook of which it is known which sheets have keywords.
#[derive(Debug)]
pub(crate) struct Sheets {
    options: ImportOptions,
    workbook: Box<Workbook>,
    /// Sheets with a keyword column that are still to come, the next one last.
    to_come: Vec<String>,
    skipped: Vec<String>,
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
    pub fn open(reader: R, options: ImportOptions) -> Result<Self, ImportError> {
        match Self::receive(reader, options)? {
            Received::Text(file) => Ok(file),
            Received::Workbook(stored) => stored.open().map(Self::of_sheets),
        }
    }

    /// Reads the first bytes and, of a workbook, all others, so that what takes its time is left to [`Stored::open`].
    pub(crate) fn receive(mut reader: R, options: ImportOptions) -> Result<Received<R>, ImportError> {
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
        if !is_workbook {
            return Ok(Received::Text(Self { options, tables: Tables::Text(Some(whole)) }));
        }
        let workbook = Workbook::receive(whole, &options.limits)?;
        Ok(Received::Workbook(Stored { workbook, options }))
    }

    /// The file that a workbook's sheets are.
    pub(crate) fn of_sheets(sheets: Sheets) -> Self {
        Self { options: sheets.options.clone(), tables: Tables::Workbook(sheets) }
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
            Tables::Workbook(sheets) => {
                let Some(sheet) = sheets.to_come.pop() else { return Ok(None) };
                let text = sheets.workbook.sheet(&sheet, &self.options.limits)?;
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
            Tables::Workbook(sheets) => &sheets.skipped,
        }
    }

    /// How long a workbook is as it is stored; it was read whole. `None` for a text, whose tables tell how far they are.
    #[must_use]
    pub fn workbook_bytes(&self) -> Option<u64> {
        match &self.tables {
            Tables::Text(_) => None,
            Tables::Workbook(sheets) => Some(sheets.workbook.bytes()),
        }
    }
}

impl Stored {
    /// Unpacks and checks the workbook and looks at every sheet.
    pub(crate) fn open(self) -> Result<Sheets, ImportError> {
        let mut workbook = Box::new(Workbook::open(self.workbook, &self.options.limits)?);
        let (mut to_come, skipped) = workbook.sheets_with_keywords(&self.options)?;
        to_come.reverse();
        Ok(Sheets { options: self.options, workbook, to_come, skipped })
    }
}

impl Sheets {
    /// What is left of the limits for a further workbook that is held beside this one.
    pub(crate) fn lessen(&self, limits: &mut ImportLimits) {
        limits.max_workbook = limits.max_workbook.saturating_sub(self.workbook.bytes());
        limits.max_unpacked = limits.max_unpacked.saturating_sub(self.workbook.held());
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
