//! Finds the header row: tries each delimiter on the first lines and takes the row of which most
//! is understood.

use super::columns::{Columns, NoColumns};
use super::error::{ImportError, Limit};
use super::mapping::{Column, ColumnMapping, ColumnSource};
use super::options::ImportLimits;
use super::records::Records;
use super::report::{Delimiter, TextEncoding, clipped};
use super::source::Head;
use super::writer;

/// A header row stands within this many lines.
pub(super) const HEADER_LINES: usize = 40;

/// Bytes of decoded text that are searched at most; above the default limits of cell and row, so
/// that a first row beyond those is known as such.
pub(super) const HEAD_BYTES: usize = 5 << 20;

/// Headers that an error names.
const NAMED_HEADERS: usize = 20;

/// What the first lines tell about a file.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) delimiter: Delimiter,
    pub(super) columns: Columns,
    /// The header cells, trimmed; empty for a file without a header row.
    pub(super) names: Vec<String>,
    /// The line of the header row; `None` for a file without one.
    pub(super) line: Option<u64>,
}

/// One delimiter's best header row, with what ranks it.
struct Candidate {
    header: Header,
    /// Rows of the head with filled cells beyond the header's last: a sign of a wrong delimiter.
    overlong: usize,
}

/// What was seen where no header row was found, for the error that says so.
#[derive(Default)]
struct Missed {
    not_mapped: Option<(Column, ColumnSource)>,
    widest: Vec<String>,
    too_large: Option<ImportError>,
}

/// Finds the header row of a file, or of a sheet, whose text is made by ourselves.
pub(super) fn find(
    head: Head<'_>,
    encoding: TextEncoding,
    mapping: &ColumnMapping,
    limits: ImportLimits,
    sheet: bool,
) -> Result<Header, ImportError> {
    if head.text.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(ImportError::Empty);
    }
    if mapping.is_headless() {
        return without_header(head, mapping, limits, sheet);
    }
    let mut missed = Missed::default();
    // Of equals `max_by_key` keeps the last, which in this order is the most common delimiter.
    let best = delimiters(sheet)
        .iter()
        .rev()
        .filter_map(|delimiter| {
            let records = records(*delimiter, limits, sheet);
            candidate(head, *delimiter, records, mapping, &mut missed)
        })
        .max_by_key(|candidate| {
            let cells = candidate.header.names.len();
            (candidate.header.columns.understood(), std::cmp::Reverse(candidate.overlong), cells)
        });
    match best {
        Some(candidate) => Ok(candidate.header),
        None => Err(missed.explain(head.text, encoding)),
    }
}

/// The best header row under one delimiter.
fn candidate(
    head: Head<'_>,
    delimiter: Delimiter,
    mut records: Records,
    mapping: &ColumnMapping,
    missed: &mut Missed,
) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    let mut widths = Vec::new();
    let mut text = head.text;
    loop {
        match records.advance(&mut text) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                missed.keep(error);
                break;
            }
        }
        let cut = text.is_empty() && !head.whole;
        if records.line() > HEADER_LINES as u64 || (cut && records.line() > 1) {
            break;
        }
        let names: Vec<String> = records.cells().map(name).collect();
        widths.push(filled(&names));
        match Columns::of(&names, mapping) {
            Ok(mut columns) => {
                columns.verbatim =
                    mapping.is_empty() && writer::wrote_header(&records.cells().collect::<Vec<_>>());
                let better =
                    best.as_ref().is_none_or(|best| columns.understood() > best.header.columns.understood());
                if better {
                    best = Some(Candidate {
                        header: Header { delimiter, columns, names, line: Some(records.line()) },
                        overlong: 0,
                    });
                }
            }
            Err(NoColumns::NotMapped(column, source)) => {
                missed.not_mapped.get_or_insert((column, source));
                missed.row(names);
            }
            Err(NoColumns::NoKeyword) => missed.row(names),
        }
    }
    let mut best = best?;
    let width = best.header.names.len();
    best.overlong = widths.iter().filter(|filled| **filled > width).count();
    Some(best)
}

/// A file whose first line is data: the delimiter that makes the most cells of it.
fn without_header(
    head: Head<'_>,
    mapping: &ColumnMapping,
    limits: ImportLimits,
    sheet: bool,
) -> Result<Header, ImportError> {
    let mut widest: Option<(usize, Delimiter)> = None;
    for &delimiter in delimiters(sheet) {
        let mut records = records(delimiter, limits, sheet);
        records.advance(&mut { head.text })?;
        if widest.is_none_or(|(cells, _)| records.count() > cells) {
            widest = Some((records.count(), delimiter));
        }
    }
    let (cells, delimiter) = widest.unwrap_or((0, Delimiter::Comma));
    let names: Vec<String> = (1..=cells).map(|position| format!("column {position}")).collect();
    match Columns::headless(mapping) {
        Ok(columns) => Ok(Header { delimiter, columns, names: Vec::new(), line: None }),
        Err(NoColumns::NotMapped(column, wanted)) => Err(ImportError::Mapping {
            column,
            wanted,
            headers: names.into_iter().take(NAMED_HEADERS).collect(),
        }),
        Err(NoColumns::NoKeyword) => Err(ImportError::no_keyword_column(names)),
    }
}

/// What may separate the cells, the most common first.
fn delimiters(sheet: bool) -> &'static [Delimiter] {
    if sheet { &[Delimiter::Comma] } else { &Delimiter::ALL }
}

/// The records of a file, or of a sheet.
pub(super) fn records(delimiter: Delimiter, limits: ImportLimits, sheet: bool) -> Records {
    if sheet { Records::of_sheet(delimiter.byte(), limits) } else { Records::new(delimiter.byte(), limits) }
}

impl Missed {
    fn row(&mut self, names: Vec<String>) {
        if filled(&names) > filled(&self.widest) {
            self.widest = names;
        }
    }

    /// Of several exceeded limits the columns tell most: only the right delimiter makes many.
    fn keep(&mut self, error: ImportError) {
        let columns = matches!(error, ImportError::TooLarge { limit: Limit::Columns, .. });
        if columns || self.too_large.is_none() {
            self.too_large = Some(error);
        }
    }

    fn explain(self, text: &[u8], encoding: TextEncoding) -> ImportError {
        if let Some(error) = self.too_large {
            return error;
        }
        let shown = String::from_utf8_lossy(text);
        let (mut all, mut broken, mut controls) = (0_usize, 0_usize, 0_usize);
        for character in shown.chars() {
            all += 1;
            broken += usize::from(character == '\u{fffd}');
            controls += usize::from(character.is_control() && !character.is_whitespace());
        }
        if broken * 10 > all {
            return ImportError::NotText { encoding };
        }
        if controls * 50 > all {
            return ImportError::Binary { looks_like: "binary data" };
        }
        let headers: Vec<String> =
            self.widest.iter().take(NAMED_HEADERS).map(|name| clipped(name.as_bytes())).collect();
        match self.not_mapped {
            Some((column, wanted)) => ImportError::Mapping { column, wanted, headers },
            None => ImportError::no_keyword_column(headers),
        }
    }
}

fn name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

/// Cells up to the last that holds something.
fn filled(names: &[String]) -> usize {
    names.iter().rposition(|name| !name.is_empty()).map_or(0, |at| at + 1)
}
