//! What an import did, table by table: counts, and every reason why a row came differently or not at all.
//! Of each reason it keeps how many rows it met and the first of their ids.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many ids are kept of each reason.
const KEPT: usize = 20;

/// What an import did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Each table, in the order it was read.
    pub tables: Vec<TableReport>,
    /// Tables of IGNY8's in the source that this program does not know.
    pub unknown_tables: Vec<String>,
    /// What no import carries over, and what to do about it.
    pub not_carried: Vec<&'static str>,
}

impl Report {
    /// What was done with a table.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableReport> {
        self.tables.iter().find(|table| table.table == name)
    }
}

/// What was done with one table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TableReport {
    /// Its name in the source.
    pub table: String,
    /// Whether the source has it.
    pub found: bool,
    /// Rows read.
    pub read: u64,
    /// Rows that are new here.
    pub created: u64,
    /// Rows that were here before; they are left as they are.
    pub unchanged: u64,
    /// Rows that did not come.
    pub skipped: u64,
    /// Why they did not.
    pub reasons: BTreeMap<String, Rows>,
    /// What came differently, on rows that came.
    pub notes: BTreeMap<String, Rows>,
    /// Columns of the source that have no place here.
    pub columns_left_out: Vec<String>,
}

/// Which rows a reason met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// How many.
    pub count: u64,
    /// The first of them, by their id in the source.
    pub ids: Vec<i64>,
}

impl Rows {
    pub(super) fn add(&mut self, id: i64) {
        self.count += 1;
        if self.ids.len() < KEPT {
            self.ids.push(id);
        }
    }
}

impl TableReport {
    /// Notes that a row came differently.
    pub(super) fn note(&mut self, id: i64, what: impl Into<String>) {
        self.notes.entry(what.into()).or_default().add(id);
    }

    /// Counts a row.
    pub(super) fn count(&mut self, id: i64, outcome: Outcome) {
        self.read += 1;
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Skipped(why) => {
                self.skipped += 1;
                self.reasons.entry(why).or_default().add(id);
            }
        }
    }
}

/// What became of a row.
pub(super) enum Outcome {
    /// It is new here.
    Created,
    /// It was here.
    Unchanged,
    /// It did not come, and why.
    Skipped(String),
}

impl Outcome {
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    pub(super) fn created_if(is_new: bool) -> Self {
        if is_new { Self::Created } else { Self::Unchanged }
    }
}
