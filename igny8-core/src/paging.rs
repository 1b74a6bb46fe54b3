//! How lists are asked for and answered: a filter, an order, and a page by number or by cursor.
//! A page by cursor costs the same however deep it lies; a page by number counts the whole list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A list as a caller asks for it. `F` is the noun's filter, `O` its sortable fields.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery<F, O> {
    /// Which rows.
    pub filter: F,
    /// In which order; the id breaks ties. Empty means newest first.
    pub order: Vec<Order<O>>,
    /// Which part of them.
    pub page: Page,
}

impl<F: Default, O> Default for ListQuery<F, O> {
    fn default() -> Self {
        Self { filter: F::default(), order: Vec::new(), page: Page::default() }
    }
}

impl<F, O> ListQuery<F, O> {
    /// Everything the filter lets through, newest first.
    pub fn filtered(filter: F) -> Self {
        Self { filter, order: Vec::new(), page: Page::default() }
    }

    /// Adds a sort key after those there are.
    #[must_use]
    pub fn order_by(mut self, field: O, direction: Direction) -> Self {
        self.order.push(Order { field, direction });
        self
    }

    /// Chooses the page.
    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.page = page;
        self
    }
}

/// One sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<O> {
    /// The field.
    pub field: O,
    /// Up or down. Unknown (null) values sort as smaller than all others.
    pub direction: Direction,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The `number`-th page (from 1) of `size` rows; the answer carries the total.
    Number {
        /// From 1.
        number: u32,
        /// Rows a page.
        size: u32,
    },
    /// `size` rows after the cursor, from the start without one; the answer carries no total.
    After {
        /// Where the page before ended.
        cursor: Option<Cursor>,
        /// Rows a page.
        size: u32,
    },
}

impl Page {
    /// The first page by cursor.
    #[must_use]
    pub const fn first(size: u32) -> Self {
        Self::After { cursor: None, size }
    }

    /// Rows a page.
    #[must_use]
    pub const fn size(&self) -> u32 {
        match self {
            Self::Number { size, .. } | Self::After { size, .. } => *size,
        }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::Number { number: 1, size: 10 }
    }
}

/// An opaque place in a list, made by the store that answered and understood only by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows the filter lets through in all; only for pages by number.
    pub total: Option<u64>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

impl<T> Paged<T> {
    /// The same page of other rows.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(each).collect(), total: self.total, next: self.next }
    }
}

/// What a bulk change did: who was changed, and who was not and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BulkOutcome_{Id}")]
pub struct BulkOutcome<Id> {
    /// Rows that were changed.
    pub changed: Vec<Id>,
    /// Rows that were left as they are, each with the reason.
    pub refused: Vec<Refusal<Id>>,
}

impl<Id> Default for BulkOutcome<Id> {
    fn default() -> Self {
        Self { changed: Vec::new(), refused: Vec::new() }
    }
}

/// One row that a bulk change left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Refusal_{Id}")]
pub struct Refusal<Id> {
    /// The row.
    pub id: Id,
    /// The stable code of the reason, such as `not_found` or `illegal_move`.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}
