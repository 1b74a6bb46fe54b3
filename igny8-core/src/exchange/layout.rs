//! The keyword tools whose exports are known, as a table: by which headers a tool is recognised
//! and what it calls each column. A new tool is a new entry here and a test.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::mapping::Column;

/// Which tool wrote a file, as far as its headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tool {
    /// The own format, as [`KeywordWriter`](super::KeywordWriter) writes it or a person by hand.
    Own,
    /// Semrush Keyword Magic and its relatives.
    SemrushKeywordMagic,
    /// Semrush Keyword Strategy Builder.
    SemrushStrategyBuilder,
    /// Answers of the Semrush API saved to a file.
    SemrushApi,
    /// Semrush Organic Research, positions.
    SemrushPositions,
    /// Ahrefs Keywords Explorer.
    AhrefsKeywordsExplorer,
    /// Ahrefs Site Explorer, organic keywords.
    AhrefsOrganicKeywords,
    /// Google Ads Keyword Planner.
    GoogleKeywordPlanner,
    /// Google Search Console, queries.
    GoogleSearchConsole,
    /// Any other table with a keyword column.
    Other,
}

/// One tool's export.
#[derive(Debug)]
pub(super) struct Layout {
    /// The tool it belongs to.
    pub(super) tool: Tool,
    /// Sets of headers; a file that has all of one set comes from this tool.
    marks: &'static [&'static [&'static str]],
    /// The tool's names for columns, the preferred first. [`COMMON`] is consulted after them.
    names: &'static [(Column, &'static [&'static str])],
    /// Whether the intents stand in one true/false column each.
    pub(super) intent_flags: bool,
}

/// Headers in the form in which they are compared.
#[derive(Debug)]
pub(super) struct Header {
    /// The whole header.
    full: String,
    /// Without a bracketed end such as `(USD)`.
    bare: String,
}

/// Names that mean the same in every file. Never here: `Global volume` (not the country's),
/// `Competition` (of advertisers), anything of a single tool.
const COMMON: &[(Column, &[&str])] = &[
    (Column::Keyword, KEYWORD_NAMES),
    (
        Column::Volume,
        &[
            "Volume",
            "Search Volume",
            "Avg. monthly searches",
            "Average monthly searches",
            "Monthly searches",
            "Monthly search volume",
            "Monthly volume",
            "Avg. search volume",
            "Average search volume",
            "Searches",
            "MSV",
            "SV",
        ],
    ),
    (Column::VolumeLow, &["volume_low", "Min search volume"]),
    (Column::VolumeHigh, &["volume_high", "Max search volume"]),
    (Column::Impressions, &["Impressions"]),
    (
        Column::Difficulty,
        &["Difficulty", "Keyword Difficulty", "KD", "KD %", "Keyword Difficulty Index", "SEO Difficulty"],
    ),
    (Column::Intent, &["Intent", "Intents", "Keyword Intents", "Keyword Intent", "Search Intent"]),
    (Column::Cpc, &["CPC", "Cost per click"]),
    (Column::Country, &["Country", "Country code"]),
    (Column::Cluster, &["Cluster", "Cluster name", "Keyword cluster", "Keyword group"]),
    (Column::SerpUrls, &["serp_urls", "SERP URL"]),
];

/// Names of the keyword column, the preferred first.
pub(super) const KEYWORD_NAMES: &[&str] = &[
    "Keyword",
    "Keywords",
    "Top queries",
    "Query",
    "Queries",
    "Search term",
    "Search terms",
    "Search query",
    "Keyphrase",
    "Key phrase",
    "Phrase",
];

const SEMRUSH_NAMES: &[(Column, &[&str])] = &[(Column::Country, &["Database"])];

/// The known tools. The first whose mark fits is the one, so the more particular stand first.
const LAYOUTS: &[Layout] = &[
    Layout {
        tool: Tool::SemrushStrategyBuilder,
        marks: &[&["Keyword", "Seed keyword"], &["Keyword", "Page type"], &["Keyword", "Topic", "Page"]],
        // A page is the group of keywords one article can serve; a topic holds several pages.
        names: &[(Column::Country, &["Database"]), (Column::Cluster, &["Page", "Topic"])],
        intent_flags: false,
    },
    Layout {
        tool: Tool::SemrushPositions,
        marks: &[
            &["Keyword", "Search Volume", "Previous position"],
            &["Keyword", "Search Volume", "Position Type"],
            &["Keyword", "Position", "Traffic Cost"],
            &["Keyword", "Keyword Intents"],
        ],
        names: SEMRUSH_NAMES,
        intent_flags: false,
    },
    Layout {
        tool: Tool::SemrushApi,
        marks: &[
            &["Keyword", "Keyword Difficulty Index"],
            &["Keyword", "Search Volume", "Database"],
            &["Keyword", "Search Volume", "Number of Results"],
        ],
        names: SEMRUSH_NAMES,
        intent_flags: false,
    },
    Layout {
        tool: Tool::AhrefsOrganicKeywords,
        marks: &[&["Keyword", "Branded"], &["Keyword", "Current position"], &["Keyword", "Volume", "KD"]],
        names: &[],
        intent_flags: true,
    },
    Layout {
        tool: Tool::AhrefsKeywordsExplorer,
        marks: &[
            &["Keyword", "CPS"],
            &["Keyword", "Parent Keyword"],
            &["Keyword", "Parent Topic"],
            &["Keyword", "Global volume"],
            &["Keyword", "Traffic potential"],
            &["#", "Keyword", "Difficulty"],
        ],
        names: &[],
        intent_flags: false,
    },
    Layout {
        tool: Tool::SemrushKeywordMagic,
        marks: &[
            &["Keyword", "Competitive Density"],
            &["Keyword", "Keyword Difficulty"],
            &["Keyword", "Volume", "SERP Features"],
        ],
        names: SEMRUSH_NAMES,
        intent_flags: false,
    },
    Layout {
        tool: Tool::GoogleKeywordPlanner,
        marks: &[
            &["Keyword", "Avg. monthly searches"],
            &["Keyword", "Min search volume", "Max search volume"],
            &["Keyword", "Competition (indexed value)"],
        ],
        names: &[],
        intent_flags: false,
    },
    Layout {
        tool: Tool::GoogleSearchConsole,
        marks: &[&["Top queries"], &["Query", "Impressions"], &["Queries", "Impressions"]],
        names: &[],
        intent_flags: false,
    },
];

/// What the own writer writes, and what a person writes by hand. Only here a status is one of ours: other tools have words
/// of their own.
const OWN: Layout =
    Layout { tool: Tool::Own, marks: &[], names: &[(Column::Status, &["status"])], intent_flags: false };

const OTHER: Layout = Layout { tool: Tool::Other, marks: &[], names: &[], intent_flags: false };

/// Whether a row of headers is of the own format: its keyword column has the own name to the letter, or all columns have
/// own names in whatever case, as once a person or a spreadsheet wrote them. A cluster must then be among them: a keyword
/// with a status is found in other tools' files too.
fn is_own(cells: &[String], headers: &[Header]) -> bool {
    let has = |column: Column| headers.iter().any(|header| header.is(column.name()));
    let is_own =
        |header: &Header| header.full.is_empty() || Column::ALL.iter().any(|column| header.is(column.name()));
    cells.iter().any(|cell| cell.trim() == Column::Keyword.name())
        || (has(Column::Keyword) && has(Column::Cluster) && headers.iter().all(is_own))
}

impl Layout {
    /// The layout a row of headers belongs to.
    pub(super) fn of(cells: &[String], headers: &[Header]) -> &'static Self {
        let has = |name: &&str| headers.iter().any(|header| header.is(name));
        let known = LAYOUTS.iter().find(|layout| layout.marks.iter().any(|mark| mark.iter().all(has)));
        match known {
            Some(layout) => layout,
            None if is_own(cells, headers) => &OWN,
            None => &OTHER,
        }
    }

    /// Where `column` stands: the first header that has its most preferred name.
    pub(super) fn position(&self, column: Column, headers: &[Header]) -> Option<usize> {
        // `CPC (USD)`, `KD (%)`. Elsewhere a bracket changes the meaning, as in `Traffic (%)`.
        let brackets = matches!(column, Column::Cpc | Column::Difficulty);
        let find = |name: &str| {
            headers
                .iter()
                .position(|header| header.is(name))
                .or_else(|| headers.iter().position(|header| brackets && header.is_without_brackets(name)))
        };
        [self.names, COMMON]
            .into_iter()
            .flatten()
            .filter(|(named, _)| *named == column)
            .flat_map(|(_, names)| names.iter())
            .find_map(|name| find(name))
    }
}

impl Header {
    pub(super) fn new(header: &str) -> Self {
        let full: String = letters(header).collect();
        let bare = match full.rfind('(') {
            Some(at) if full.ends_with(')') => full[..at].to_owned(),
            _ => full.clone(),
        };
        Self { full, bare }
    }

    /// Whether it is the header of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        letters(name).eq(self.full.chars())
    }

    /// Whether it has this name once a bracketed end is left out.
    fn is_without_brackets(&self, name: &str) -> bool {
        letters(name).eq(self.bare.chars())
    }

    /// Whether it is one of the names that keyword columns have.
    pub(super) fn is_keyword(&self) -> bool {
        KEYWORD_NAMES.iter().any(|name| self.is(name))
    }

    /// Whether it is one of Keyword Planner's columns of a single month, `Searches: Jan 2026`.
    pub(super) fn is_month(&self) -> bool {
        self.full.strip_prefix("searches").is_some_and(|month| month.ends_with(|c: char| c.is_ascii_digit()))
    }
}

/// What counts in a header: not case, spaces, Unicode form, `_ - . : %` or invisible marks.
fn letters(header: &str) -> impl Iterator<Item = char> {
    header.nfkc().flat_map(char::to_lowercase).filter(|character| {
        !character.is_whitespace()
            && !matches!(character, '_' | '-' | '.' | ':' | '%' | '\u{feff}' | '\u{200b}')
    })
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own format",
            Self::SemrushKeywordMagic => "Semrush Keyword Magic",
            Self::SemrushStrategyBuilder => "Semrush Keyword Strategy Builder",
            Self::SemrushApi => "Semrush API",
            Self::SemrushPositions => "Semrush Positions",
            Self::AhrefsKeywordsExplorer => "Ahrefs Keywords Explorer",
            Self::AhrefsOrganicKeywords => "Ahrefs Organic keywords",
            Self::GoogleKeywordPlanner => "Google Keyword Planner",
            Self::GoogleSearchConsole => "Google Search Console",
            Self::Other => "other table",
        })
    }
}
