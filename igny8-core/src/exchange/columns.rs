//! Where each meaning stands in one particular file, worked out from its header row, the known
//! layouts and the caller's mapping.

use super::layout::{Header, Layout, Tool};
use super::mapping::{Column, ColumnMapping, ColumnSource};
use crate::pipeline::Intent;

/// The columns of one file, as positions counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// The tool whose layout it is.
    pub(super) tool: Tool,
    /// Whether the own writer wrote it, so that every text is to be taken to the letter.
    pub(super) verbatim: bool,
    pub(super) keyword: usize,
    pub(super) volume: Option<usize>,
    pub(super) volume_low: Option<usize>,
    pub(super) volume_high: Option<usize>,
    pub(super) impressions: Option<usize>,
    pub(super) difficulty: Option<usize>,
    pub(super) intent: Option<usize>,
    pub(super) cpc: Option<usize>,
    pub(super) country: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) cluster: Option<usize>,
    pub(super) serp_urls: Option<usize>,
    /// True/false columns, in the file's order.
    pub(super) intent_flags: Vec<(usize, Intent)>,
    /// Keyword Planner's single months: whether they are empty tells ranges from numbers.
    pub(super) months: Vec<usize>,
}

/// Why a row of cells is no header row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoColumns {
    /// No cell names a keyword column.
    NoKeyword,
    /// It would be one, but the caller's mapping names what it does not have.
    NotMapped(Column, ColumnSource),
}

const FLAGS: [(&str, Intent); 4] = [
    ("Informational", Intent::Informational),
    ("Navigational", Intent::Navigational),
    ("Commercial", Intent::Commercial),
    ("Transactional", Intent::Transactional),
];

impl Columns {
    /// Reads a row as a header row.
    pub(super) fn of(cells: &[String], mapping: &ColumnMapping) -> Result<Self, NoColumns> {
        let headers: Vec<Header> = cells.iter().map(|cell| Header::new(cell)).collect();
        // Most rows tried are data; they need not be held against every layout.
        if mapping.source(Column::Keyword).is_none() && !headers.iter().any(Header::is_keyword) {
            return Err(NoColumns::NoKeyword);
        }
        let layout = Layout::of(cells, &headers);
        let mut missing = None;
        let mut place = |column| match mapping.source(column) {
            None => layout.position(column, &headers).filter(|at| !claimed(mapping, &headers, *at)),
            Some(ColumnSource::Nowhere) => None,
            Some(source) => {
                let at = locate(source, &headers);
                if at.is_none() && missing.is_none() {
                    missing = Some((column, source.clone()));
                }
                at
            }
        };
        let keyword = place(Column::Keyword);
        let mut columns = Self {
            tool: layout.tool,
            verbatim: false,
            keyword: keyword.unwrap_or(0),
            volume: place(Column::Volume),
            volume_low: place(Column::VolumeLow),
            volume_high: place(Column::VolumeHigh),
            impressions: place(Column::Impressions),
            difficulty: place(Column::Difficulty),
            intent: place(Column::Intent),
            cpc: place(Column::Cpc),
            country: place(Column::Country),
            status: place(Column::Status),
            cluster: place(Column::Cluster),
            serp_urls: place(Column::SerpUrls),
            intent_flags: Vec::new(),
            months: Vec::new(),
        };
        match (keyword, missing) {
            (_, Some((column, source))) => return Err(NoColumns::NotMapped(column, source)),
            (None, None) => return Err(NoColumns::NoKeyword),
            (Some(_), None) => {}
        }
        for (at, header) in headers.iter().enumerate() {
            if claimed(mapping, &headers, at) {
                continue;
            }
            if layout.intent_flags
                && let Some((_, intent)) = FLAGS.iter().find(|(name, _)| header.is(name))
            {
                columns.intent_flags.push((at, *intent));
            }
            if layout.tool == Tool::GoogleKeywordPlanner && header.is_month() {
                columns.months.push(at);
            }
        }
        Ok(columns)
    }

    /// The columns of a file without a header row: what the mapping gives by position.
    pub(super) fn headless(mapping: &ColumnMapping) -> Result<Self, NoColumns> {
        for (column, source) in mapping.columns() {
            if !matches!(source, ColumnSource::Position(1..) | ColumnSource::Nowhere) {
                return Err(NoColumns::NotMapped(column, source.clone()));
            }
        }
        let place = |column| match mapping.source(column) {
            Some(ColumnSource::Position(position)) => position.checked_sub(1),
            _ => None,
        };
        Ok(Self {
            tool: Tool::Other,
            verbatim: false,
            keyword: place(Column::Keyword).unwrap_or(0),
            volume: place(Column::Volume),
            volume_low: place(Column::VolumeLow),
            volume_high: place(Column::VolumeHigh),
            impressions: place(Column::Impressions),
            difficulty: place(Column::Difficulty),
            intent: place(Column::Intent),
            cpc: place(Column::Cpc),
            country: place(Column::Country),
            status: place(Column::Status),
            cluster: place(Column::Cluster),
            serp_urls: place(Column::SerpUrls),
            intent_flags: Vec::new(),
            months: Vec::new(),
        })
    }

    /// How many columns are understood; more is a better guess at the header row.
    pub(super) fn understood(&self) -> usize {
        self.found().count()
    }

    /// Whether the column at a position is read.
    pub(super) fn uses(&self, at: usize) -> bool {
        self.found().any(|(_, used)| used == at)
    }

    /// The columns that are read, by meaning and position.
    pub(super) fn found(&self) -> impl Iterator<Item = (Column, usize)> {
        let single = [
            (Column::Volume, self.volume),
            (Column::VolumeLow, self.volume_low),
            (Column::VolumeHigh, self.volume_high),
            (Column::Impressions, self.impressions),
            (Column::Difficulty, self.difficulty),
            (Column::Intent, self.intent),
            (Column::Cpc, self.cpc),
            (Column::Country, self.country),
            (Column::Status, self.status),
            (Column::Cluster, self.cluster),
            (Column::SerpUrls, self.serp_urls),
        ];
        std::iter::once((Column::Keyword, self.keyword))
            .chain(single.into_iter().filter_map(|(column, at)| Some((column, at?))))
            .chain(self.intent_flags.iter().map(|(at, _)| (Column::Intent, *at)))
    }
}

/// Whether the caller's mapping has given the column at `at` to something.
fn claimed(mapping: &ColumnMapping, headers: &[Header], at: usize) -> bool {
    mapping.columns().any(|(_, source)| locate(source, headers) == Some(at))
}

fn locate(source: &ColumnSource, headers: &[Header]) -> Option<usize> {
    match source {
        ColumnSource::Header(name) => headers.iter().position(|header| header.is(name)),
        ColumnSource::Position(position) => position.checked_sub(1).filter(|at| *at < headers.len()),
        ColumnSource::Nowhere => None,
    }
}
