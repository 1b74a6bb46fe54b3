//! Partial changes: an UPDATE of the columns that change, bound to the account and to rows by id.
//! `None` leaves a column as it is, which is what the core's change types mean by it.

use uuid::Uuid;

use super::columns::Parameter;
use super::executor::{Line, Statement};
use super::text::Text;

/// An UPDATE under construction.
#[must_use = "nothing is changed until the statement is run"]
pub(crate) struct Update<'q> {
    text: Text,
    changes: usize,
    line: Line<'q>,
}

impl<'q> Update<'q> {
    pub(super) fn new(mut text: Text, table: &'static str, line: Line<'q>) -> Self {
        text.push("UPDATE ");
        text.push(table);
        text.push(" SET ");
        Self { text, changes: 0, line }
    }

    /// Sets the column when there is a value; `Some(None)` empties it.
    pub(crate) fn set<'t, P: Parameter<'t>>(self, column: &'static str, value: Option<P>) -> Self {
        match value {
            Some(value) => self.always(column, value),
            None => self,
        }
    }

    /// Sets the column. An update needs at least one such, usually `updated_at`.
    pub(crate) fn always<'t, P: Parameter<'t>>(mut self, column: &'static str, value: P) -> Self {
        if self.changes > 0 {
            self.text.push(", ");
        }
        self.text.push(column);
        self.text.push(" = ");
        self.text.push_value(value);
        self.changes += 1;
        self
    }

    /// The statement for the account's row of this id.
    pub(crate) fn of<'t, P: Parameter<'t>>(mut self, id: P) -> Statement<'q> {
        self.text.push(" WHERE account_id = $1 AND id = ");
        self.text.push_value(id);
        Statement::composed(self.line, self.text, false)
    }

    /// The statement for the account's rows of these ids; of none, when there are none.
    pub(crate) fn of_all<'t, P>(mut self, ids: &[P]) -> Statement<'q>
    where
        P: Parameter<'t, Column = Uuid> + Copy,
    {
        self.text.push(" WHERE account_id = $1 AND ");
        self.text.push_ids("id", ids.iter().copied());
        Statement::composed(self.line, self.text, false)
    }
}
