//! Reads a list by number and by cursor and insists that both give the same rows.
//! Rows are told apart by what a person would call them, so that a failure can be read.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::check::{Outcome, check, check_eq};
use crate::credits::{CreditTransaction, CreditUsage};
use crate::error::Result;
use crate::paging::{Page, Paged};
use crate::pipeline::{Cluster, Content, Idea, Image, Keyword, Task};
use crate::runs::Run;
use crate::tenancy::User;

/// Rows a page: few, so that short lists have several.
const SIZE: u32 = 2;

/// A row of a list: identity, and what a person would call it.
pub(super) trait Listed {
    fn identity(&self) -> uuid::Uuid;
    fn label(&self) -> String;
}

macro_rules! listed_rows {
    ($($row:ty: $label:expr;)+) => {$(
        impl Listed for $row {
            fn identity(&self) -> uuid::Uuid {
                self.id.as_uuid()
            }

            fn label(&self) -> String {
                let label: fn(&$row) -> String = $label;
                label(self)
            }
        }
    )+};
}

listed_rows! {
    User: |user| user.email.clone();
    Keyword: |keyword| keyword.keyword.clone();
    Cluster: |cluster| cluster.name.clone();
    Idea: |idea| idea.title.clone();
    Task: |task| task.title.clone();
    Content: |content| content.draft.title.clone();
    Image: |image| image.prompt.clone();
    Run: |run| run.input["name"].as_str().unwrap_or_default().to_owned();
    CreditTransaction: |transaction| transaction.idempotency_key.clone();
    CreditUsage: |usage| usage.operation_type.clone();
}

/// The labels of a whole list in its order, read through a [`Workplace`](super::world::Workplace) both ways.
macro_rules! listed {
    ($at:ident.$list:ident, $query:expr) => {
        $crate::testing::listing::read_both_ways(|page| {
            let query = $query.clone().page(page);
            async move { $at.store.$list(&$at.scope, &query).await }
        })
        .await?
    };
}
pub(super) use listed;

/// The labels without regard to their order.
pub(super) fn sorted(mut labels: Vec<String>) -> Vec<String> {
    labels.sort();
    labels
}

/// Reads the whole list by number, then by cursor; answers with the labels of its rows.
pub(super) async fn read_both_ways<T, L, F>(list: L) -> Outcome<Vec<String>>
where
    T: Listed + Debug,
    L: Fn(Page) -> F,
    F: Future<Output = Result<Paged<T>>>,
{
    let by_number = read_by_number(&list).await?;
    let by_cursor = read_by_cursor(&list).await?;
    check_eq!(by_cursor, by_number);
    Ok(by_number)
}

async fn read_by_number<T, L, F>(list: &L) -> Outcome<Vec<String>>
where
    T: Listed + Debug,
    L: Fn(Page) -> F,
    F: Future<Output = Result<Paged<T>>>,
{
    let mut rows = Rows::default();
    for number in 1.. {
        let page = list(Page::Number { number, size: SIZE }).await?;
        check!(page.items.len() <= SIZE as usize, "page {number} holds {} rows of {SIZE}", page.items.len());
        check!(page.total.is_some(), "page {number} carries no total");
        let over = page.items.is_empty();
        rows.take(&page.items)?;
        if over {
            check_eq!(page.total, Some(rows.labels.len() as u64));
            break;
        }
    }
    Ok(rows.labels)
}

async fn read_by_cursor<T, L, F>(list: &L) -> Outcome<Vec<String>>
where
    T: Listed + Debug,
    L: Fn(Page) -> F,
    F: Future<Output = Result<Paged<T>>>,
{
    let mut rows = Rows::default();
    let mut cursor = None;
    loop {
        let later = cursor.is_some();
        let page = list(Page::After { cursor, size: SIZE }).await?;
        check!(page.items.len() <= SIZE as usize, "a page holds {} rows of {SIZE}", page.items.len());
        check!(page.total.is_none(), "a page by cursor carries the total {:?}", page.total);
        check!(
            !(later && page.items.is_empty()),
            "the page before the last said that more follows, and none did"
        );
        rows.take(&page.items)?;
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(rows.labels),
        }
    }
}

#[derive(Default)]
struct Rows {
    seen: BTreeSet<uuid::Uuid>,
    labels: Vec<String>,
}

impl Rows {
    fn take<T: Listed + Debug>(&mut self, items: &[T]) -> Outcome {
        for row in items {
            check!(self.seen.insert(row.identity()), "{row:?} stands on two pages");
            self.labels.push(row.label());
        }
        Ok(())
    }
}
