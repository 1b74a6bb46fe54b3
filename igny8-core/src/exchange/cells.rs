//! Makes a [`KeywordRow`] of one record, or says which of its cells is at fault.

use std::borrow::Cow;

use super::columns::Columns;
use super::defuse;
use super::intent_cell::{self, NOT_A_FLAG, UNKNOWN_INTENT};
use super::keyword::normalize_keyword;
use super::layout::Tool;
use super::mark::Kind;
use super::number::{self, Figure};
use super::records::Records;
use super::row::{KeywordRow, VolumeSource};
use crate::pipeline::KeywordStatus;

/// Why a record is no row.
#[derive(Debug)]
pub(super) enum Fault {
    /// Every cell is blank, as in the rows a spreadsheet adds at the end: nothing is lost.
    Blank,
    /// The cell at this position is wrong.
    Cell(usize, Cow<'static, str>),
}

/// One record together with what is known about its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) records: &'a Records,
    pub(super) columns: &'a Columns,
    /// How many columns the header row has; 0 for a file without one.
    pub(super) width: usize,
    pub(super) delimiter: u8,
    /// Whether the decoder had to replace bytes, so that U+FFFD in a cell means damage.
    pub(super) damaged: bool,
}

/// Spreadsheets make dates of texts such as `1-10` and `4/20`; what was written is lost.
const A_DATE: &str =
    "the cell holds a date or a time: give its column the format Text and write the value again";

/// Keyword Planner shows accounts with little spend a number in place of a range.
const BUCKETS: [(u32, u32, u32); 7] = [
    (0, 0, 10),
    (50, 10, 100),
    (500, 100, 1_000),
    (5_000, 1_000, 10_000),
    (50_000, 10_000, 100_000),
    (500_000, 100_000, 1_000_000),
    (5_000_000, 1_000_000, 10_000_000),
];

impl<'a> Cells<'a> {
    /// Reads the record.
    ///
    /// A click price or a country that cannot be read is left unknown and the row is kept: no one
    /// plans by them. Every other value that cannot be read refuses the row, so that a shifted or
    /// damaged row is not taken for a keyword.
    pub(super) fn row(self) -> Result<KeywordRow, Fault> {
        self.check_shape()?;
        let columns = self.columns;
        let (keyword, key) = self.keyword()?;
        let mut row = KeywordRow { keyword, key, ..KeywordRow::default() };
        self.read_volume(&mut row)?;
        if let Some(at) = columns.difficulty {
            row.difficulty = number::difficulty(self.text(at)?).map_err(|fault| reject(at, fault))?;
        }
        if let Some(at) = columns.intent {
            row.intents =
                intent_cell::intents(self.text(at)?).ok_or(Fault::Cell(at, UNKNOWN_INTENT.into()))?;
        }
        for &(at, intent) in &columns.intent_flags {
            if intent_cell::flag(self.text(at)?).ok_or(Fault::Cell(at, NOT_A_FLAG.into()))? {
                intent_cell::add(&mut row.intents, intent);
            }
        }
        row.cpc = columns.cpc.and_then(|at| number::money(self.text(at).ok()?));
        row.country = columns.country.and_then(|at| self.name(at).ok()?);
        if let Some(at) = columns.status {
            let word = self.name(at)?;
            let status = word.map(|word| word.to_lowercase().parse::<KeywordStatus>()).transpose();
            row.status = status.map_err(|errors| reject(at, errors))?;
        }
        if let Some(at) = columns.cluster {
            row.cluster = self.name(at)?;
        }
        if let Some(at) = columns.serp_urls {
            let urls = self.name(at)?;
            row.serp_urls = urls.iter().flat_map(|urls| urls.split_whitespace()).map(str::to_owned).collect();
        }
        Ok(row)
    }

    /// Refuses records whose cells cannot be trusted to stand in their columns.
    fn check_shape(self) -> Result<(), Fault> {
        let count = self.records.count();
        if self.records.is_unclosed() {
            let reason =
                "a quote that opens in this cell is never closed, so the rest of the file stands in it";
            return Err(Fault::Cell(count - 1, reason.into()));
        }
        if self.width == 0 || count == self.width {
            return Ok(());
        }
        if self.records.spans_lines() {
            let reason = format!(
                "the row runs over several lines and has {count} cells where the header has {}: a quote is probably not closed",
                self.width
            );
            return Err(Fault::Cell(count - 1, reason.into()));
        }
        if let Some(beyond) = (self.width..count).find(|at| !is_blank(self.records.cell(*at))) {
            let reason = format!(
                "the row has {count} cells, the header {}: put cells that hold the delimiter in quotes",
                self.width
            );
            return Err(Fault::Cell(beyond, reason.into()));
        }
        Ok(())
    }

    fn keyword(self) -> Result<(String, String), Fault> {
        let at = self.columns.keyword;
        let text = defuse::unmarked(self.text(at)?);
        if self.records.spans_lines()
            && text.contains(['\n', '\r'])
            && (self.width == 1 || text.as_bytes().contains(&self.delimiter))
        {
            let reason = "the keyword holds other lines of the file: a quote is probably not closed";
            return Err(Fault::Cell(at, reason.into()));
        }
        normalize_keyword(text).map_err(|fault| {
            if self.records.cells().all(is_blank) { Fault::Blank } else { reject(at, fault) }
        })
    }

    fn read_volume(self, row: &mut KeywordRow) -> Result<(), Fault> {
        let columns = self.columns;
        row.volume_low = self.count(columns.volume_low)?;
        row.volume_high = self.count(columns.volume_high)?;
        if let (Some(low), Some(high), Some(at)) = (row.volume_low, row.volume_high, columns.volume_high)
            && low > high
        {
            return Err(reject(at, number::NumberFault::Backwards));
        }
        let mut figure = Figure::Null;
        if let Some(at) = columns.volume {
            figure = number::volume(&self.number(at)?).map_err(|fault| reject(at, fault))?;
        }
        match self.unbucketed(figure) {
            Figure::Exact(volume) => row.volume = Some(volume),
            Figure::Range(low, high) => {
                row.volume_low = row.volume_low.or(Some(low));
                row.volume_high = row.volume_high.or(Some(high));
            }
            Figure::Null => {}
        }
        // The own writer gives impressions only where they are the volume, whatever range is known beside them.
        if columns.verbatim && row.volume.is_none() {
            row.volume = self.count(columns.impressions)?;
            if row.volume.is_some() {
                row.volume_source = VolumeSource::Impressions;
                return Ok(());
            }
        }
        let ranged = row.volume_low.is_some() || row.volume_high.is_some();
        row.volume_source = if row.volume.is_some() {
            VolumeSource::Exact
        } else if ranged {
            VolumeSource::Range
        } else {
            row.volume = self.count(columns.impressions)?;
            row.volume.map_or(VolumeSource::None, |_| VolumeSource::Impressions)
        };
        Ok(())
    }

    /// The range behind a Keyword Planner number: only a range comes without any single month.
    fn unbucketed(self, figure: Figure) -> Figure {
        let months = &self.columns.months;
        let (Figure::Exact(volume), Tool::GoogleKeywordPlanner, false) =
            (figure, self.columns.tool, months.is_empty())
        else {
            return figure;
        };
        let bucket = BUCKETS.iter().find(|(shown, _, _)| *shown == volume);
        match bucket {
            Some(&(_, low, high)) if months.iter().all(|at| is_blank(self.records.cell(*at))) => {
                Figure::Range(low, high)
            }
            _ => figure,
        }
    }

    fn count(self, at: Option<usize>) -> Result<Option<u32>, Fault> {
        let Some(at) = at else {
            return Ok(None);
        };
        number::count(&self.number(at)?).map_err(|fault| reject(at, fault))
    }

    /// A name or list, trimmed, with the marks that tools write for an unknown one taken as such.
    /// What the own writer wrote is taken to the letter: there a cluster may be called `N/A`.
    fn name(self, at: usize) -> Result<Option<String>, Fault> {
        let cell = self.untrimmed(at)?;
        if cell.contains('\0') {
            return Err(Fault::Cell(at, "the text holds a NUL character".into()));
        }
        let name =
            if self.columns.verbatim { defuse::unmarked(cell) } else { defuse::unmarked(cell.trim()).trim() };
        let unknown = name.trim().is_empty() || (!self.columns.verbatim && number::is_null(name));
        Ok((!unknown).then(|| name.to_owned()))
    }

    /// What a column of counts says. A number of a workbook has a decimal point: with a zero more, three digits behind it
    /// are not taken for a group of thousands.
    fn number(self, at: usize) -> Result<Cow<'a, str>, Fault> {
        let text = self.text(at)?;
        let has_point = self.records.kind(at) == Kind::Number && text.contains('.');
        Ok(if has_point { format!("{text}0").into() } else { text.into() })
    }

    fn text(self, at: usize) -> Result<&'a str, Fault> {
        self.untrimmed(at).map(str::trim)
    }

    fn untrimmed(self, at: usize) -> Result<&'a str, Fault> {
        if self.records.kind(at) == Kind::Date {
            return Err(Fault::Cell(at, A_DATE.into()));
        }
        let Ok(text) = std::str::from_utf8(self.records.cell(at)) else {
            return Err(Fault::Cell(at, "the text is not valid UTF-8".into()));
        };
        if self.damaged && text.contains('\u{fffd}') {
            return Err(Fault::Cell(at, "the text is damaged: some of its bytes are no characters".into()));
        }
        Ok(text)
    }
}

fn reject(at: usize, reason: impl std::fmt::Display) -> Fault {
    Fault::Cell(at, reason.to_string().into())
}

fn is_blank(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty())
}
