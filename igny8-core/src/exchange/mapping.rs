//! Which column of a file means what: the meanings there are, and a caller's own assignment of
//! them where a file's headers cannot be understood.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a column of a keyword file means. Serialised by the own format's column name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Column {
    /// The keyword itself; the only one a file must have.
    Keyword,
    /// Searches a month: a number or a range.
    Volume,
    /// Lower end of a range of searches a month.
    VolumeLow,
    /// Upper end of that range.
    VolumeHigh,
    /// Search Console impressions, used where there is no volume.
    Impressions,
    /// Ranking difficulty, 0–100.
    Difficulty,
    /// One or more intents.
    Intent,
    /// Price of a click.
    Cpc,
    /// Country or country database.
    Country,
    /// Keyword status.
    Status,
    /// Name of a ready-made cluster.
    Cluster,
    /// Ranking addresses, separated by white space.
    SerpUrls,
}

/// Where a column of a [`ColumnMapping`] is found. In JSON: a text, a number or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ColumnSource {
    /// Under this header; case, spacing and Unicode form do not matter.
    Header(String),
    /// At this position, counted from 1.
    Position(usize),
    /// Nowhere: the file's column of that name means something else.
    Nowhere,
}

/// A caller's assignment of columns. It beats detection for the columns it names; the others are
/// still detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ColumnMapping {
    columns: BTreeMap<Column, ColumnSource>,
    headless: bool,
}

impl Column {
    /// Every meaning, in the order of the own format.
    pub const ALL: [Self; 12] = [
        Self::Keyword,
        Self::Volume,
        Self::Difficulty,
        Self::Intent,
        Self::Status,
        Self::Cluster,
        Self::Cpc,
        Self::Country,
        Self::VolumeLow,
        Self::VolumeHigh,
        Self::Impressions,
        Self::SerpUrls,
    ];

    /// Its header in the own format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Volume => "volume",
            Self::VolumeLow => "volume_low",
            Self::VolumeHigh => "volume_high",
            Self::Impressions => "impressions",
            Self::Difficulty => "difficulty",
            Self::Intent => "intent",
            Self::Cpc => "cpc",
            Self::Country => "country",
            Self::Status => "status",
            Self::Cluster => "cluster",
            Self::SerpUrls => "serp_urls",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ColumnSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => write!(f, "header `{header}`"),
            Self::Position(position) => write!(f, "position {position}"),
            Self::Nowhere => f.write_str("nowhere"),
        }
    }
}

impl From<&str> for ColumnSource {
    fn from(header: &str) -> Self {
        Self::Header(header.to_owned())
    }
}

impl From<String> for ColumnSource {
    fn from(header: String) -> Self {
        Self::Header(header)
    }
}

impl From<usize> for ColumnSource {
    fn from(position: usize) -> Self {
        Self::Position(position)
    }
}

impl ColumnMapping {
    /// A mapping that changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `column` from a header (`"Suchbegriff"`), a position (`3`, counted from 1) or
    /// [`ColumnSource::Nowhere`].
    #[must_use]
    pub fn with(mut self, column: Column, source: impl Into<ColumnSource>) -> Self {
        self.columns.insert(column, source.into());
        self
    }

    /// The file has no header row: its first line is a keyword already. Columns can then be given
    /// by position only; without any, the first one is the keyword.
    #[must_use]
    pub fn headless(mut self) -> Self {
        self.headless = true;
        self
    }

    /// Whether the file is said to have no header row.
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.headless
    }

    /// The assigned columns with their sources.
    pub fn columns(&self) -> impl Iterator<Item = (Column, &ColumnSource)> {
        self.columns.iter().map(|(column, source)| (*column, source))
    }

    /// Whether it leaves everything to detection.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// What the mapping says about `column`, if anything.
    pub(super) fn source(&self, column: Column) -> Option<&ColumnSource> {
        self.columns.get(&column)
    }
}
