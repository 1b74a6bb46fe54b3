//! Cuts text into records of cells within limits, and keeps count of the lines.
//! One record is held at a time, in buffers that are used again.

use super::error::{ImportError, Limit};
use super::mark::Kind;
use super::options::ImportLimits;

/// UTF-8 text that is handed out in chunks.
pub(super) trait Text {
    /// The text that is at hand; empty at the end only.
    fn chunk(&mut self) -> Result<&[u8], ImportError>;
    /// Marks the front of the chunk as used up.
    fn consume(&mut self, bytes: usize);
}

impl Text for &[u8] {
    fn chunk(&mut self) -> Result<&[u8], ImportError> {
        Ok(self)
    }

    fn consume(&mut self, bytes: usize) {
        *self = &self[bytes..];
    }
}

/// The current record, and where the next begins.
#[derive(Debug)]
pub(super) struct Records {
    csv: csv_core::Reader,
    limits: ImportLimits,
    cells: Vec<u8>,
    /// Where each cell ends in `cells`; as many as the record has are valid.
    ends: Vec<usize>,
    count: usize,
    line: u64,
    spans_lines: bool,
    unclosed: bool,
    last_byte: u8,
    /// Whether cells begin with the marks of a sheet.
    marked: bool,
}

impl Records {
    pub(super) fn new(delimiter: u8, limits: ImportLimits) -> Self {
        Self {
            csv: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            limits,
            cells: vec![0; 4 * 1024],
            ends: vec![0; 64],
            count: 0,
            line: 1,
            spans_lines: false,
            unclosed: false,
            last_byte: 0,
            marked: false,
        }
    }

    /// Records of a sheet's text, whose cells are marked.
    pub(super) fn of_sheet(delimiter: u8, limits: ImportLimits) -> Self {
        Self { marked: true, ..Self::new(delimiter, limits) }
    }

    /// Moves to the next record that is not an empty line; `false` at the end.
    pub(super) fn advance(&mut self, text: &mut impl Text) -> Result<bool, ImportError> {
        self.skip_line_ends(text)?;
        self.line = self.csv.line();
        let (mut written, mut ended) = (0, 0);
        let at_end = loop {
            let input = text.chunk()?;
            let at_end = input.is_empty();
            let (result, used, out, ends) =
                self.csv.read_record(input, &mut self.cells[written..], &mut self.ends[ended..]);
            if used > 0 {
                self.last_byte = input[used - 1];
            }
            text.consume(used);
            written += out;
            ended += ends;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull => self.grow_cells(written, ended)?,
                csv_core::ReadRecordResult::OutputEndsFull => self.grow_ends()?,
                csv_core::ReadRecordResult::Record => break at_end,
                csv_core::ReadRecordResult::End => {
                    self.count = 0;
                    return Ok(false);
                }
            }
        };
        self.count = ended;
        self.finish(written, at_end)?;
        Ok(true)
    }

    /// How many cells the record has.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A cell's bytes, unquoted and without its mark; empty beyond the last.
    pub(super) fn cell(&self, at: usize) -> &[u8] {
        self.marked_cell(at).1
    }

    /// What a cell is; everything is text but in a sheet.
    pub(super) fn kind(&self, at: usize) -> Kind {
        self.marked_cell(at).0
    }

    fn marked_cell(&self, at: usize) -> (Kind, &[u8]) {
        if at >= self.count {
            return (Kind::Text, &[]);
        }
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        let cell = &self.cells[start..self.ends[at]];
        if self.marked { Kind::split(cell) } else { (Kind::Text, cell) }
    }

    /// All cells of the record.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).map(|at| self.cell(at))
    }

    /// The line the record starts at, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether a quoted cell of the record holds a line end.
    pub(super) fn spans_lines(&self) -> bool {
        self.spans_lines
    }

    /// Whether the file ended within a quoted cell, so that the last cell holds what were rows.
    pub(super) fn is_unclosed(&self) -> bool {
        self.unclosed
    }

    /// Steps over what is left of a line end and over empty lines, so that a record's line is the
    /// one it starts at: the parser itself would count them to the record.
    fn skip_line_ends(&mut self, text: &mut impl Text) -> Result<(), ImportError> {
        loop {
            let chunk = text.chunk()?;
            let mut lines = 0;
            let mut skipped = 0;
            for &byte in chunk {
                match byte {
                    b'\n' if self.last_byte == b'\r' => {}
                    b'\n' | b'\r' => lines += 1,
                    _ => break,
                }
                self.last_byte = byte;
                skipped += 1;
            }
            let more = skipped > 0 && skipped == chunk.len();
            text.consume(skipped);
            self.csv.set_line(self.csv.line() + lines);
            if !more {
                return Ok(());
            }
        }
    }

    fn finish(&mut self, written: usize, at_end: bool) -> Result<(), ImportError> {
        // The parser counts line feeds; a lone carriage return ends a line as well.
        let after = self.csv.line() + u64::from(!at_end && self.last_byte == b'\r');
        self.csv.set_line(after);
        self.spans_lines = after - self.line > u64::from(!at_end);
        let last = self.cell(self.count.saturating_sub(1));
        self.unclosed =
            at_end && self.last_byte != b'"' && last.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        if self.count > self.limits.max_columns {
            return Err(self.too_large(Limit::Columns));
        }
        if written > self.limits.max_row {
            return Err(self.too_large(Limit::Row));
        }
        if written > self.limits.max_cell && self.cells().any(|cell| cell.len() > self.limits.max_cell) {
            return Err(self.too_large(Limit::Cell));
        }
        Ok(())
    }

    fn grow_cells(&mut self, written: usize, ended: usize) -> Result<(), ImportError> {
        let cell_start = if ended == 0 { 0 } else { self.ends[ended - 1] };
        if written.saturating_sub(cell_start) > self.limits.max_cell {
            return Err(self.too_large(Limit::Cell));
        }
        if written > self.limits.max_row {
            return Err(self.too_large(Limit::Row));
        }
        self.cells.resize(self.cells.len() * 2, 0);
        Ok(())
    }

    fn grow_ends(&mut self) -> Result<(), ImportError> {
        if self.ends.len() > self.limits.max_columns {
            return Err(self.too_large(Limit::Columns));
        }
        self.ends.resize(self.ends.len() * 2, 0);
        Ok(())
    }

    fn too_large(&self, limit: Limit) -> ImportError {
        ImportError::TooLarge { limit, allowed: self.limits.of(limit), line: Some(self.line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<(u64, String, bool)> {
        let mut records = Records::new(b',', ImportLimits::default());
        let mut text = text.as_bytes();
        let mut lines = Vec::new();
        while records.advance(&mut text).unwrap() {
            let cell = String::from_utf8_lossy(records.cell(0)).into_owned();
            lines.push((records.line(), cell, records.spans_lines()));
        }
        lines
    }

    #[test]
    fn a_record_knows_its_line() {
        let row = |line, cell: &str, spans| (line, cell.to_owned(), spans);
        let expected = [row(1, "a", false), row(4, "b\nc", true), row(6, "d", false), row(7, "e", false)];
        assert_eq!(lines_of("a,1\n\n\n\"b\nc\"\nd\ne"), expected);
        assert_eq!(
            lines_of("a,1\r\n\r\n\r\n\"b\r\nc\"\r\nd\r\ne\r\n"),
            [row(1, "a", false), row(4, "b\r\nc", true), row(6, "d", false), row(7, "e", false)]
        );
        assert_eq!(lines_of("a\r\rb\rc"), [row(1, "a", false), row(3, "b", false), row(4, "c", false)]);
    }

    #[test]
    fn an_open_quote_is_noticed() {
        let mut records = Records::new(b',', ImportLimits::default());
        for (text, unclosed) in [("\"a,1\nb,2\n", true), ("\"a\nb\"", false), ("a,b", false)] {
            let mut bytes = text.as_bytes();
            assert!(records.advance(&mut bytes).unwrap());
            assert_eq!(records.is_unclosed(), unclosed, "{text}");
            records = Records::new(b',', ImportLimits::default());
        }
    }

    #[test]
    fn limits_hold_at_every_size() {
        let limits =
            ImportLimits { max_columns: 100, max_cell: 10_000, max_row: 20_000, ..ImportLimits::default() };
        let read = |text: String| {
            let mut text = text.as_bytes();
            Records::new(b',', limits).advance(&mut text)
        };
        let is = |wanted: Limit, read: Result<bool, ImportError>| matches!(read, Err(ImportError::TooLarge { limit, .. }) if limit == wanted);
        assert!(read(",".repeat(99)).unwrap());
        assert!(is(Limit::Columns, read(",".repeat(100))));
        assert!(is(Limit::Columns, read(",".repeat(200_000))));
        assert!(read("x".repeat(10_000)).unwrap());
        assert!(is(Limit::Cell, read("x".repeat(10_001))));
        assert!(is(Limit::Cell, read("x".repeat(1_000_000))));
        assert!(is(Limit::Row, read(format!("{0},{0},{0}", "x".repeat(9_999)))));
    }
}
