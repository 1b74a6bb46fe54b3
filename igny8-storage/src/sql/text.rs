//! SQL under construction: what lists, updates and inserts are composed of.
//! Text comes from the program alone; what callers sent is bound, or, for ids, written as 128 bits in hexadecimal.

use igny8_core::ids::AccountId;
use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use uuid::Uuid;

use super::columns::Parameter;
use super::{Arguments, push_next_placeholder, uuid_literal};

/// SQL under construction, with its values. Only executors begin one, so `$1` is always the account.
pub(crate) struct Text {
    sql: String,
    arguments: Result<Arguments, BoxDynError>,
    bound: usize,
}

impl Text {
    /// A text whose `$1` is the account.
    pub(super) fn of_tenant(account: AccountId) -> Self {
        let mut text = Self { sql: String::new(), arguments: Ok(Arguments::default()), bound: 0 };
        text.keep(account);
        text
    }

    /// The text of an INSERT, whose values all come in order: see [`push_next`](Self::push_next).
    pub(super) fn of_rows() -> Self {
        Self { sql: String::new(), arguments: Ok(Arguments::default()), bound: 0 }
    }

    /// Adds the next value of a text in which no value is named twice.
    pub(super) fn push_next<'t, P: Parameter<'t>>(&mut self, value: P) {
        let number = self.keep(value);
        push_next_placeholder(&mut self.sql, number);
    }

    /// Adds text of the program's own; never anything a caller sent.
    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Puts text of the program's own before what there is.
    pub(super) fn prepend(&mut self, sql: &str) {
        self.sql.insert_str(0, sql);
    }

    /// Adds a value, as its placeholder.
    pub(super) fn push_value<'t, P: Parameter<'t>>(&mut self, value: P) {
        let number = self.keep(value);
        self.push_placeholder(number);
    }

    /// Adds a placeholder for a value that was kept before.
    pub(super) fn push_placeholder(&mut self, number: usize) {
        self.sql.push('$');
        self.sql.push_str(&number.to_string());
    }

    /// Keeps a value without a place in the text, and tells its number.
    pub(super) fn keep<'t, P: Parameter<'t>>(&mut self, value: P) -> usize {
        add(&mut self.arguments, value);
        self.bound += 1;
        self.bound
    }

    /// Adds `IN (…)`, or what no row fulfils when there are no ids. Ids stand in the text itself: there may be tens of
    /// thousands, and of a UUID only its 128 bits get there.
    pub(super) fn push_ids<'t, P: Parameter<'t, Column = Uuid>>(
        &mut self,
        column: &str,
        ids: impl Iterator<Item = P>,
    ) {
        let mut any = false;
        for id in ids {
            match id.to_column() {
                Ok(id) => {
                    if any {
                        self.push(", ");
                    } else {
                        self.push(column);
                        self.push(" IN (");
                    }
                    self.push(&uuid_literal(id));
                    any = true;
                }
                Err(fault) => self.arguments = Err(fault),
            }
        }
        self.push(if any { ")" } else { "FALSE" });
    }

    /// The text and its values, to be run.
    pub(super) fn into_parts(self) -> (String, Result<Arguments, BoxDynError>) {
        (self.sql, self.arguments)
    }
}

impl Clone for Text {
    fn clone(&self) -> Self {
        let arguments = match &self.arguments {
            Ok(arguments) => Ok(arguments.clone()),
            Err(fault) => Err(fault.to_string().into()),
        };
        Self { sql: self.sql.clone(), arguments, bound: self.bound }
    }
}

/// Adds a value, unless one before it could not be stored.
pub(super) fn add<'t, P: Parameter<'t>>(arguments: &mut Result<Arguments, BoxDynError>, value: P) {
    if let Ok(values) = arguments
        && let Err(fault) = value.to_column().and_then(|column| values.add(column))
    {
        *arguments = Err(fault);
    }
}
