//! A sheet of a workbook as comma-separated text, one line a row, so that everything after it is the same as for files.

use std::fmt;
use std::io::{self, Cursor, Read};

use calamine::{DataRef, XlsxCellReader};

use super::error::{ImportError, Limit};
use super::workbook::unreadable;

/// Text that is made at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// The last row a sheet may have, counted from 0.
const LAST_ROW: u32 = 1_048_575;

/// The text of a sheet, made as it is read. Line breaks within cells become spaces, so that lines are the sheet's rows.
pub(super) struct SheetText<'w> {
    name: String,
    cells: XlsxCellReader<'w, Cursor<Vec<u8>>>,
    /// The cell that came after the row just written: row, column, text.
    ahead: Option<(u32, usize, String)>,
    /// Cells of the row being put together.
    row: Vec<String>,
    /// The row that is written next, counted from 0.
    next_row: u32,
    text: Vec<u8>,
    start: usize,
    /// Whether the last cell has been read; there is no reading on after it.
    ended: bool,
    max_columns: usize,
}

impl<'w> SheetText<'w> {
    pub(super) fn new(name: &str, cells: XlsxCellReader<'w, Cursor<Vec<u8>>>, max_columns: usize) -> Self {
        Self {
            name: name.to_owned(),
            cells,
            ahead: None,
            row: Vec::new(),
            next_row: 0,
            // The mark settles the encoding, whatever the cells begin with.
            text: "\u{feff}".as_bytes().to_vec(),
            start: 0,
            ended: false,
            max_columns,
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

    fn place(&mut self, row: u32, column: usize, text: String) -> Result<(), ImportError> {
        if column >= self.max_columns {
            let (allowed, line) = (self.max_columns as u64, Some(u64::from(row) + 1));
            return Err(ImportError::TooLarge { limit: Limit::Columns, allowed, line });
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        if let Some(cell) = self.row.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    /// The next cell that holds anything.
    fn next_cell(&mut self) -> Result<Option<(u32, usize, String)>, ImportError> {
        while !self.ended {
            let cell = self.cells.next_cell().map_err(|fault| unreadable(Some(&self.name), fault))?;
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
fn text_of(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::Empty | DataRef::Error(_) => return None,
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(moment) => moment.as_f64().to_string(),
    };
    (!text.is_empty()).then_some(text)
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
