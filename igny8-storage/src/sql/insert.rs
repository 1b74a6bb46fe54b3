//! Many rows in one INSERT, the account written into each by the builder itself.
//! Use `rows_at_once` to cut a long input: databases bound the values of one statement, or grow slow with them.

use igny8_core::ids::AccountId;

use super::VALUES_AT_ONCE;
use super::columns::Parameter;
use super::executor::{Line, Statement};
use super::text::Text;

/// The rows' table and columns, and what follows the rows (`ON CONFLICT …`, `RETURNING …`).
#[derive(Debug)]
pub(crate) struct InsertSql {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) after: &'static str,
}

impl InsertSql {
    /// `columns` without `account_id`, which comes first by itself; `after` may be empty.
    pub(crate) const fn new(
        table: &'static str,
        columns: &'static [&'static str],
        after: &'static str,
    ) -> Self {
        Self { table, columns, after }
    }

    /// How many rows one statement may hold.
    pub(crate) const fn rows_at_once(&self) -> usize {
        let rows = VALUES_AT_ONCE / (self.columns.len() + 1);
        if rows == 0 { 1 } else { rows }
    }
}

/// A row that binds its values, one a column, in the columns' order.
pub(crate) trait Stored: Sync {
    /// Binds them, without the account.
    fn bind(&self, values: &mut impl Bind);
}

/// Where a row's values go.
pub(crate) trait Bind {
    /// Binds the next column's value.
    fn bind<'t, P: Parameter<'t>>(&mut self, value: P) -> &mut Self;
}

/// An INSERT under construction.
#[must_use = "nothing is inserted until the statement is run"]
pub(crate) struct Insert<'q> {
    text: Text,
    account: AccountId,
    sql: &'static InsertSql,
    rows: usize,
    line: Line<'q>,
}

impl<'q> Insert<'q> {
    pub(crate) fn new(account: AccountId, sql: &'static InsertSql, line: Line<'q>) -> Self {
        let mut text = Text::of_rows();
        text.push("INSERT INTO ");
        text.push(sql.table);
        text.push(" (account_id");
        for column in sql.columns {
            text.push(", ");
            text.push(column);
        }
        text.push(") VALUES ");
        Self { text, account, sql, rows: 0, line }
    }

    /// Adds a row; `values` binds one value a column, in the columns' order.
    pub(crate) fn row(mut self, values: impl FnOnce(&mut Values<'_>)) -> Self {
        self.text.push(if self.rows == 0 { "(" } else { ", (" });
        self.text.push_next(self.account);
        values(&mut Values { text: &mut self.text });
        self.text.push(")");
        self.rows += 1;
        self
    }

    /// The statement, to be run. At least one row must have been added.
    pub(crate) fn statement(mut self) -> Statement<'q> {
        self.text.push(" ");
        self.text.push(self.sql.after);
        let kept = self.rows == 1 || self.rows == self.sql.rows_at_once();
        Statement::composed(self.line, self.text, kept)
    }
}

/// The values of one row.
pub(crate) struct Values<'t> {
    text: &'t mut Text,
}

impl Bind for Values<'_> {
    fn bind<'t, P: Parameter<'t>>(&mut self, value: P) -> &mut Self {
        self.text.push(", ");
        self.text.push_next(value);
        self
    }
}
