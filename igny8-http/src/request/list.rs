//! The list a request asks for: filters, `ordering`, and `page` and `page_size` or `cursor`.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use igny8_core::error::FieldErrors;
use igny8_core::paging::{Cursor, Direction, ListQuery, Order, Page, Paged};
use serde::de::DeserializeOwned;

use super::query::{pairs, typed};
use crate::ApiError;
use crate::answer::Listed;

/// The filters of one noun's list, and what it may be ordered by.
pub(crate) trait ListParams: DeserializeOwned + Send {
    /// The core's filter.
    type Filter: Send;
    /// The core's sortable fields.
    type Field: Copy + Send + Sync + 'static;
    /// What `ordering` may name.
    const ORDERING: &'static [(&'static str, Self::Field)];

    /// The filter that the parameters make.
    fn into_filter(self) -> Self::Filter;
}

/// The parameters that every list takes beside its filters.
pub(crate) const PAGING: [&str; 4] = ["page", "page_size", "cursor", "ordering"];

const DEFAULT_SIZE: u32 = 10;
const MAX_SIZE: u32 = 100;

/// A list as a request asks for it, and what is needed to link the pages beside it.
#[derive(Debug)]
pub(crate) struct List<P: ListParams> {
    /// For the core.
    pub(crate) query: ListQuery<P::Filter, P::Field>,
    link: Link,
}

/// Path and parameters, but for those of the page.
#[derive(Debug)]
struct Link {
    path: String,
    parameters: Vec<(String, String)>,
}

impl Link {
    fn with(&self, name: &str, value: &str) -> String {
        let mut parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        parameters.push((name, value));
        format!("{}?{}", self.path, serde_html_form::to_string(parameters).unwrap_or_default())
    }
}

impl<P: ListParams> List<P> {
    /// The page as it is answered.
    ///
    /// # Errors
    /// `invalid_page` past the list's end.
    pub(crate) fn answer<T>(&self, page: Paged<T>) -> Result<Listed<T>, ApiError> {
        let Paged { items, total, next } = page;
        let Page::Number { number, size } = self.query.page else {
            let next = next.map(|Cursor(place)| self.link.with("cursor", &place));
            return Ok(Listed { count: None, next, previous: None, results: items });
        };
        if items.is_empty() && number > 1 {
            return Err(ApiError::invalid_page(number));
        }
        let count = total.unwrap_or_default();
        let more = u64::from(number) * u64::from(size) < count;
        Ok(Listed {
            count: Some(count),
            next: more.then(|| self.link.with("page", &(number + 1).to_string())),
            previous: (number > 1).then(|| self.link.with("page", &(number - 1).to_string())),
            results: items,
        })
    }
}

impl<P: ListParams, S: Send + Sync> FromRequestParts<S> for List<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let (paging, filters): (Vec<_>, Vec<_>) =
            pairs(parts)?.into_iter().partition(|(name, _)| PAGING.contains(&name.as_str()));
        let params: P = typed(&filters)?;
        let mut errors = FieldErrors::new();
        let page = errors.collect(page(&paging));
        let order = errors.collect(order(&paging, P::ORDERING));
        let (Some(page), Some(order)) = (page, order) else {
            return Err(errors.into());
        };
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let mut parameters = filters;
        parameters.extend(paging.into_iter().filter(|(name, _)| name == "page_size" || name == "ordering"));
        let link = Link { path: uri.path().to_owned(), parameters };
        Ok(Self { query: ListQuery { filter: params.into_filter(), order, page }, link })
    }
}

fn value<'a>(paging: &'a [(String, String)], name: &str) -> Option<&'a str> {
    paging.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

fn page(paging: &[(String, String)]) -> Result<Page, FieldErrors> {
    let number = |name: &str, default: u32| match value(paging, name) {
        None => Ok(default),
        Some(text) => match text.parse::<u32>() {
            Ok(number) if number > 0 => Ok(number),
            // Larger than any number is over the maximum, which is no error.
            Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => Ok(u32::MAX),
            _ => Err(FieldErrors::one(name, "must be a whole number from 1")),
        },
    };
    let size = number("page_size", DEFAULT_SIZE)?.min(MAX_SIZE);
    match (value(paging, "cursor"), value(paging, "page")) {
        (None, _) => Ok(Page::Number { number: number("page", 1)?, size }),
        (Some(_), Some(_)) => Err(FieldErrors::one("cursor", "takes the place of `page`: give one of them")),
        (Some(""), None) => Ok(Page::After { cursor: None, size }),
        (Some(place), None) => Ok(Page::After { cursor: Some(Cursor(place.to_owned())), size }),
    }
}

fn order<F: Copy>(
    paging: &[(String, String)],
    fields: &[(&'static str, F)],
) -> Result<Vec<Order<F>>, FieldErrors> {
    let names = value(paging, "ordering").unwrap_or_default().split(',').filter(|name| !name.is_empty());
    names
        .map(|name| {
            let (name, direction) = match name.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (name, Direction::Ascending),
            };
            let field = fields.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
            field.map(|field| Order { field, direction }).ok_or_else(|| {
                let known: Vec<&str> = fields.iter().map(|(known, _)| *known).collect();
                let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                FieldErrors::one("ordering", format!("cannot order by `{name}`, only by: {known}"))
            })
        })
        .collect()
}
