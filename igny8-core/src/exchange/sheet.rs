//! A sheet of a workbook as comma-separated text, one line a row, so that everything after it is the same as for files.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, XlsxCellReader};

use super::error::{ImportError, Limit};
use super::mark::{Kind, without_marks};
use super::options::ImportLimits;
use super::workbook::{guarded, unreadable};

/// Text that is made at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// The last row a sheet may have, counted from 0.
const LAST_ROW: u32 = 1_048_575;

/// Days are counted from 1900 to the end of 9999.
const DAYS: f64 = 2_958_466.0;

/// The text of a sheet, made as it is read. Line breaks within cells become spaces, so that lines are the sheet's rows.
pub(super) struct SheetText<'w> {
    name: String,
    cells: XlsxCellReader<'w, Cursor<Vec<u8>>>,
    /// The cell that came after the row just written: row, column, text.
    ahead: Option<Placed<'w>>,
    /// Cells of the row being put together. Texts that cells share are not copied before the row is known to be within limits.
    row: Vec<Cow<'w, str>>,
    /// Bytes of that row.
    row_bytes: usize,
    /// The row that is written next, counted from 0.
    next_row: u32,
    text: Vec<u8>,
    start: usize,
    /// Whether the last cell has been read; there is no reading on after it.
    ended: bool,
    limits: ImportLimits,
    /// Bytes of text that this and all other sheets may still make.
    text_left: &'w mut u64,
}

/// A cell that holds something: row, column, text.
type Placed<'w> = (u32, usize, Cow<'w, str>);

impl<'w> SheetText<'w> {
    pub(super) fn new(
        name: &str,
        cells: XlsxCellReader<'w, Cursor<Vec<u8>>>,
        limits: ImportLimits,
        text_left: &'w mut u64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            cells,
            ahead: None,
            row: Vec::new(),
            row_bytes: 0,
            next_row: 0,
            // The mark settles the encoding, whatever the cells begin with.
            text: "\u{feff}".as_bytes().to_vec(),
            start: 0,
            ended: false,
            limits,
            text_left,
        }
    }

    /// Whether every row has been made.
    fn is_done(&self) -> bool {
        self.ended && self.ahead.is_none()
    }

    /// Makes the next chunk of text.
    fn extend(&mut self) -> Result<(), ImportError> {
        self.text.clear();
        self.start = 0;
        while self.text.len() < CHUNK && !self.is_done() {
            self.write_row()?;
        }
        let left = self.text_left.checked_sub(self.text.len() as u64);
        *self.text_left = left.ok_or_else(|| self.too_large(Limit::Bytes, self.next_row))?;
        Ok(())
    }

    /// Writes the next row that has cells, and the empty ones before it.
    fn write_row(&mut self) -> Result<(), ImportError> {
        let first = match self.ahead.take() {
            Some(cell) => Some(cell),
            None => self.next_cell()?,
        };
        let Some((row, column, text)) = first else { return Ok(()) };
        self.row.clear();
        self.row_bytes = 0;
        self.place(row, column, text)?;
        while let Some((next, column, text)) = self.next_cell()? {
            if next != row {
                self.ahead = Some((next, column, text));
                break;
            }
            self.place(row, column, text)?;
        }
        if row < self.next_row || row > LAST_ROW {
            let fault = io::Error::other(format!("row {} stands in the wrong place", u64::from(row) + 1));
            return Err(unreadable(Some(&self.name), fault));
        }
        for _ in self.next_row..row {
            self.text.push(b'\n');
        }
        for (at, cell) in self.row.iter().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            write_cell(&mut self.text, cell);
        }
        self.text.push(b'\n');
        self.next_row = row + 1;
        Ok(())
    }

    fn place(&mut self, row: u32, column: usize, text: Cow<'w, str>) -> Result<(), ImportError> {
        self.row_bytes = self.row_bytes.saturating_add(text.len());
        if column >= self.limits.max_columns {
            return Err(self.too_large(Limit::Columns, row));
        }
        if text.len() > self.limits.max_cell {
            return Err(self.too_large(Limit::Cell, row));
        }
        if self.row_bytes > self.limits.max_row {
            return Err(self.too_large(Limit::Row, row));
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, Cow::Borrowed(""));
        }
        if let Some(cell) = self.row.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    fn too_large(&self, limit: Limit, row: u32) -> ImportError {
        ImportError::TooLarge { limit, allowed: self.limits.of(limit), line: Some(u64::from(row) + 1) }
    }

    /// The next cell that holds anything.
    fn next_cell(&mut self) -> Result<Option<Placed<'w>>, ImportError> {
        while !self.ended {
            let cell = guarded(Some(&self.name), || self.cells.next_cell())?;
            match cell {
                None => self.ended = true,
                Some(cell) => {
                    let (row, column) = cell.get_position();
                    if let Some(text) = text_of(cell.get_value()) {
                        return Ok(Some((row, column as usize, text)));
                    }
                }
            }
        }
        Ok(None)
    }
}

impl Read for SheetText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.start == self.text.len() && !self.is_done() {
            self.extend().map_err(io::Error::other)?;
        }
        let ready = self.text.get(self.start..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.start += count;
        Ok(count)
    }
}

impl fmt::Debug for SheetText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SheetText").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a cell shows; `None` when it is empty or an error such as `#N/A`.
fn text_of<'w>(value: &DataRef<'w>) -> Option<Cow<'w, str>> {
    let text = match value {
        DataRef::Empty | DataRef::Error(_) => return None,
        DataRef::Int(number) => marked(Kind::Number, number),
        DataRef::Float(number) => marked(Kind::Number, number),
        DataRef::Bool(truth) => truth.to_string().into(),
        DataRef::String(text) => without_marks(text).to_owned().into(),
        DataRef::SharedString(text) => Cow::Borrowed(without_marks(text)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => marked(Kind::Date, text),
        DataRef::DateTime(moment) => marked(Kind::Date, date(moment)),
    };
    (!text.is_empty()).then_some(text)
}

fn marked(kind: Kind, shown: impl fmt::Display) -> Cow<'static, str> {
    format!("{}{shown}", kind.mark()).into()
}

/// A date as a person knows it again; what is none, such as a length of time, as the number that is stored.
fn date(moment: &ExcelDateTime) -> String {
    let stored = moment.as_f64();
    if !moment.is_datetime() || !(1.0..DAYS).contains(&stored) {
        return stored.to_string();
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

fn write_cell(line: &mut Vec<u8>, cell: &str) {
    let quoted = cell.contains(['"', ',', '\n', '\r']) || cell.starts_with(char::is_whitespace);
    if !quoted {
        line.extend_from_slice(cell.as_bytes());
        return;
    }
    line.push(b'"');
    for byte in cell.bytes() {
        match byte {
            b'"' => line.extend_from_slice(b"\"\""),
            b'\n' | b'\r' => line.push(b' '),
            byte => line.push(byte),
        }
    }
    line.push(b'"');
}
