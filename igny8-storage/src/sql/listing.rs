//! Lists: filters, search, order by several keys, pages by number with a total and pages by cursor.
//!
//! A list is a [`ListSql`] and a chain on [`Listing`]; filters that are `None` or empty are left out:
//!
//! ```text
//! const TASKS: ListSql = ListSql::new("tasks", "t.id, t.title", "igny8_tasks t", "t");
//! const NEWEST: SortKey = SortKey::number("created_at", "t.created_at");
//!
//! self.read(scope, "list tasks").await?
//!     .list(&TASKS)
//!     .visible("t.site_id")
//!     .and("t.sector_id =", filter.sector)
//!     .and_in("t.id", filter.ids.as_deref())
//!     .and_words("t.status", filter.statuses.iter().map(|status| status.as_str()))
//!     .and_search(&["t.title_key"], filter.search.as_deref())
//!     .order(&query.order, task_key, NEWEST)
//!     .page(&query.page, task)
//!     .await
//! ```

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use igny8_core::ids::SiteId;
use igny8_core::paging::{Cursor, Direction, Order, Page, Paged};
use igny8_core::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::columns::{Parameter, Row};
use super::executor::{Line, Statement};
use super::text::Text;

/// What a list selects. The condition on the account is added by the builder.
#[derive(Debug)]
pub(crate) struct ListSql {
    noun: &'static str,
    columns: &'static str,
    from: &'static str,
    rows: &'static str,
}

impl ListSql {
    /// `from` is a table with its alias, and joins if any (each on `account_id` too); `rows` is the alias whose
    /// `account_id` and `id` the list goes by; `noun` tells one list's cursors from another's.
    pub(crate) const fn new(
        noun: &'static str,
        columns: &'static str,
        from: &'static str,
        rows: &'static str,
    ) -> Self {
        Self { noun, columns, from, rows }
    }
}

/// Something a list can be ordered by. The expression is never null: `CASE WHEN t.volume IS NULL THEN -1 ELSE t.volume END`,
/// so that what is unknown sorts as smaller than everything, on every database, and an index on the expression serves it.
/// Not COALESCE: under row-level security PostgreSQL keeps a condition on one away from the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SortKey {
    name: &'static str,
    expression: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Number,
    Text,
}

impl SortKey {
    /// A key of whole numbers or times.
    pub(crate) const fn number(name: &'static str, expression: &'static str) -> Self {
        Self { name, expression, kind: Kind::Number }
    }

    /// A key of text.
    pub(crate) const fn text(name: &'static str, expression: &'static str) -> Self {
        Self { name, expression, kind: Kind::Text }
    }
}

/// A list under construction.
#[must_use = "a list is read by `page` or `all`"]
pub(crate) struct Listing<'q> {
    filter: Text,
    sql: &'static ListSql,
    keys: Vec<(SortKey, Direction)>,
    sites: Option<&'q BTreeSet<SiteId>>,
    line: Line<'q>,
}

impl<'q> Listing<'q> {
    pub(super) fn new(
        mut filter: Text,
        sql: &'static ListSql,
        sites: Option<&'q BTreeSet<SiteId>>,
        line: Line<'q>,
    ) -> Self {
        filter.push(" WHERE ");
        filter.push(sql.rows);
        filter.push(".account_id = $1");
        Self { filter, sql, keys: Vec::new(), sites, line }
    }

    /// Only rows of sites within the scope's reach. Every list of site- or sector-bound rows has this.
    pub(crate) fn visible(mut self, site_column: &'static str) -> Self {
        if let Some(sites) = self.sites {
            self.filter.push(" AND ");
            self.filter.push_ids(site_column, sites.iter().copied());
        }
        self
    }

    /// A condition that ends in a comparison, such as `k.volume >=`, when there is a value.
    pub(crate) fn and<'t, P: Parameter<'t>>(self, condition: &'static str, value: Option<P>) -> Self {
        self.and_within(condition, value, "")
    }

    /// A condition around a value, such as `EXISTS (SELECT … WHERE c.account_id = $1 AND c.cluster_id =` and `)`.
    pub(crate) fn and_within<'t, P: Parameter<'t>>(
        mut self,
        before: &'static str,
        value: Option<P>,
        after: &'static str,
    ) -> Self {
        if let Some(value) = value {
            self.filter.push(" AND ");
            self.filter.push(before);
            self.filter.push(" ");
            self.filter.push_value(value);
            self.filter.push(after);
        }
        self
    }

    /// A condition without a value.
    pub(crate) fn and_that(mut self, condition: &'static str) -> Self {
        self.filter.push(" AND ");
        self.filter.push(condition);
        self
    }

    /// Just these, when given; an empty list is no row at all.
    pub(crate) fn and_in<'t, P>(mut self, column: &'static str, ids: Option<&[P]>) -> Self
    where
        P: Parameter<'t, Column = Uuid> + Copy,
    {
        if let Some(ids) = ids {
            self.filter.push(" AND ");
            self.filter.push_ids(column, ids.iter().copied());
        }
        self
    }

    /// One of these words; none given means any.
    pub(crate) fn and_words(
        mut self,
        column: &'static str,
        words: impl Iterator<Item = &'static str>,
    ) -> Self {
        let mut any = false;
        for word in words {
            if any {
                self.filter.push(", ");
            } else {
                self.filter.push(" AND ");
                self.filter.push(column);
                self.filter.push(" IN (");
            }
            self.filter.push_value(word);
            any = true;
        }
        if any {
            self.filter.push(")");
        }
        self
    }

    /// A folded column is one of these texts, when given; an empty list is no row at all.
    pub(crate) fn and_folded(mut self, key_column: &'static str, texts: Option<&[String]>) -> Self {
        let Some(texts) = texts else { return self };
        self.filter.push(" AND ");
        if texts.is_empty() {
            self.filter.push("FALSE");
            return self;
        }
        self.filter.push(key_column);
        for (at, text) in texts.iter().enumerate() {
            self.filter.push(if at == 0 { " IN (" } else { ", " });
            self.filter.push_value(fold(text));
        }
        self.filter.push(")");
        self
    }

    /// One of the folded columns contains the text, without regard to case.
    pub(crate) fn and_search(mut self, key_columns: &[&'static str], text: Option<&str>) -> Self {
        let Some(text) = text else { return self };
        let number = self.filter.keep(pattern(text));
        for (at, column) in key_columns.iter().enumerate() {
            self.filter.push(if at == 0 { " AND (" } else { " OR " });
            self.filter.push(column);
            self.filter.push(" LIKE ");
            self.filter.push_placeholder(number);
            self.filter.push(" ESCAPE '\\'");
        }
        self.filter.push(")");
        self
    }

    /// The order asked for, or newest first; the id breaks ties in the last key's direction.
    pub(crate) fn order<O: Copy>(
        mut self,
        order: &[Order<O>],
        key: impl Fn(O) -> SortKey,
        newest: SortKey,
    ) -> Self {
        self.keys = order.iter().map(|by| (key(by.field), by.direction)).collect();
        if self.keys.is_empty() {
            self.keys.push((newest, Direction::Descending));
        }
        self
    }

    /// The page.
    pub(crate) async fn page<T>(
        mut self,
        page: &Page,
        mut each: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Paged<T>> {
        let size = page.size();
        if size == 0 {
            return Err(Error::invalid("page_size", "must be at least 1"));
        }
        let total = match page {
            Page::Number { number: 0, .. } => return Err(Error::invalid("page", "must be at least 1")),
            Page::Number { .. } => Some(self.count().await?),
            Page::After { .. } => None,
        };
        let mut text = self.filter.clone();
        if let Page::After { cursor: Some(cursor), .. } = page {
            self.push_after(&mut text, &Place::parse(cursor, &self.signature(), &self.kinds())?);
        }
        let mut text = self.select(text);
        text.push(" LIMIT ");
        // One more than the page holds tells whether there is a next one.
        text.push_value(i64::from(size) + 1);
        if let Page::Number { number, .. } = page {
            text.push(" OFFSET ");
            text.push_value(i64::from(*number - 1) * i64::from(size));
        }
        let signature = self.signature();
        let keys = self.kinds();
        let mut rows = Statement::composed(self.line, text, false)
            .all(|row| Ok((each(row)?, Place::read(row, &keys)?)))
            .await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = match rows.last() {
            Some((_, place)) if more => Some(place.cursor(&signature)?),
            _ => None,
        };
        Ok(Paged { items: rows.into_iter().map(|(item, _)| item).collect(), total, next })
    }

    /// The whole list, for those that are short by nature.
    pub(crate) async fn all<T>(self, each: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let text = self.select(self.filter.clone());
        Statement::composed(self.line, text, false).all(each).await
    }

    async fn count(&mut self) -> Result<u64> {
        let mut text = self.filter.clone();
        text.prepend(&format!("SELECT count(*) AS total FROM {}", self.sql.from));
        Statement::composed(self.line.again(), text, false).one(|row| row.get("total")).await
    }

    /// The rows that come after the place in the list's order.
    fn push_after(&self, text: &mut Text, place: &Place) {
        let id = format!("{}.id", self.sql.rows);
        let last = self.keys.last().map_or(Direction::Descending, |(_, direction)| *direction);
        let mut places: Vec<(&str, Direction, usize)> = Vec::with_capacity(self.keys.len() + 1);
        for ((key, direction), value) in self.keys.iter().zip(&place.values) {
            let number = match value {
                Value::Number(number) => text.keep(*number),
                Value::Text(word) => text.keep(word.as_str()),
            };
            places.push((key.expression, *direction, number));
        }
        places.push((&id, last, text.keep(place.id)));
        if places.iter().all(|(_, direction, _)| *direction == last) {
            // Row values, because indexes serve them.
            text.push(" AND (");
            text.push(&places.iter().map(|(expression, ..)| *expression).collect::<Vec<_>>().join(", "));
            text.push(if last == Direction::Ascending { ") > (" } else { ") < (" });
            text.push(&places.iter().map(|(.., number)| format!("${number}")).collect::<Vec<_>>().join(", "));
            text.push(")");
            return;
        }
        for (at, (expression, direction, number)) in places.iter().enumerate() {
            text.push(if at == 0 { " AND ((" } else { " OR (" });
            for (equal, _, number) in &places[..at] {
                text.push(&format!("{equal} = ${number} AND "));
            }
            let beyond = if *direction == Direction::Ascending { '>' } else { '<' };
            text.push(&format!("{expression} {beyond} ${number})"));
        }
        text.push(")");
    }

    fn select(&self, mut text: Text) -> Text {
        let mut head = format!("SELECT {}", self.sql.columns);
        for (at, (key, _)) in self.keys.iter().enumerate() {
            head.push_str(&format!(", {} AS sort_{at}", key.expression));
        }
        head.push_str(&format!(", {}.id AS sort_id FROM {}", self.sql.rows, self.sql.from));
        text.prepend(&head);
        for (at, (key, direction)) in self.keys.iter().enumerate() {
            let lead = if at == 0 { " ORDER BY" } else { "," };
            text.push(&format!("{lead} {} {}", key.expression, word(*direction)));
        }
        if let Some((_, direction)) = self.keys.last() {
            text.push(&format!(", {}.id {}", self.sql.rows, word(*direction)));
        }
        text
    }

    fn kinds(&self) -> Vec<Kind> {
        self.keys.iter().map(|(key, _)| key.kind).collect()
    }

    /// What a cursor is good for: this list in this order.
    fn signature(&self) -> String {
        let keys: Vec<String> =
            self.keys.iter().map(|(key, direction)| format!("{} {}", key.name, word(*direction))).collect();
        format!("{}: {}", self.sql.noun, keys.join(", "))
    }
}

/// Text as it is compared: lowercase, white space folded to single spaces. What the `…_key` columns hold, except a
/// keyword's, which is the core's.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in fold(text).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

/// Where a page ends: the last row's keys and id.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    list: String,
    values: Vec<Value>,
    id: Uuid,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(i64),
    Text(String),
}

impl Place {
    fn read(row: &Row<'_>, keys: &[Kind]) -> Result<Self> {
        let mut values = Vec::with_capacity(keys.len());
        for (at, kind) in keys.iter().enumerate() {
            let column = format!("sort_{at}");
            values.push(match kind {
                Kind::Number => Value::Number(row.get(&column)?),
                Kind::Text => Value::Text(row.get(&column)?),
            });
        }
        Ok(Self { list: String::new(), values, id: row.get("sort_id")? })
    }

    fn cursor(&self, signature: &str) -> Result<Cursor> {
        let place = Self { list: signature.to_owned(), values: self.values.clone(), id: self.id };
        let json = serde_json::to_vec(&place).map_err(|fault| Error::storage("make a cursor", fault))?;
        Ok(Cursor(URL_SAFE_NO_PAD.encode(json)))
    }

    fn parse(cursor: &Cursor, signature: &str, keys: &[Kind]) -> Result<Self> {
        let place: Option<Self> = URL_SAFE_NO_PAD
            .decode(&cursor.0)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .filter(|place: &Self| {
                let fits = place.values.iter().zip(keys).all(|pair| {
                    matches!(pair, (Value::Number(_), Kind::Number) | (Value::Text(_), Kind::Text))
                });
                place.list == signature && place.values.len() == keys.len() && fits
            });
        place.ok_or_else(|| Error::invalid("cursor", "is not a cursor of this list in this order"))
    }
}
