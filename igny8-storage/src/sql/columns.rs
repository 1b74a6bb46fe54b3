//! How the core's types become columns and come back: ids as UUIDs, times as microseconds, numbers as 64 bits.
//! Both directions stand here, so that what is written can be read.

use chrono::{DateTime, Utc};
use igny8_core::identity::TokenHash;
use igny8_core::ids::{
    AccountId, ApiKeyId, AuthorProfileId, ClusterId, ContentId, DeliveryId, IdeaId, ImageId, ImportId,
    IndustryId, IndustrySectorId, KeywordId, PlanId, PromptId, ProviderCallId, ReservationId, RunId,
    SectorId, SiteId, StrategyId, TaskId, TransactionId, UsageId, UserId, WebhookId,
};
use igny8_core::tenancy::{SectorKey, SystemScope, TenantKey, TenantScope};
use igny8_core::{Error, FieldErrors, Result};
use serde::de::DeserializeOwned;
use sqlx::error::BoxDynError;
use sqlx::types::Json;
use sqlx::{Encode, Row as _, Type};
use uuid::Uuid;

use super::failure::failed;
use super::{Db, DbRow};

/// A value that is bound to a statement.
pub(crate) trait Parameter<'t> {
    /// What the database stores it as.
    type Column: Encode<'t, Db> + Type<Db>;

    /// The stored form.
    fn to_column(self) -> Result<Self::Column, BoxDynError>;
}

/// A value that is read from a column.
pub(crate) trait Readable: Sized {
    /// What the database stores it as.
    type Column: for<'r> sqlx::Decode<'r, Db> + Type<Db>;

    /// The value behind the stored form.
    fn from_column(column: Self::Column) -> Result<Self, BoxDynError>;
}

impl<'t, P: Parameter<'t>> Parameter<'t> for Option<P>
where
    Option<P::Column>: Encode<'t, Db> + Type<Db>,
{
    type Column = Option<P::Column>;

    fn to_column(self) -> Result<Self::Column, BoxDynError> {
        self.map(P::to_column).transpose()
    }
}

impl<R: Readable> Readable for Option<R>
where
    Option<R::Column>: for<'r> sqlx::Decode<'r, Db> + Type<Db>,
{
    type Column = Option<R::Column>;

    fn from_column(column: Self::Column) -> Result<Self, BoxDynError> {
        column.map(R::from_column).transpose()
    }
}

macro_rules! stored_as_they_are {
    ($($type:ty),+ $(,)?) => {$(
        impl<'t> Parameter<'t> for $type {
            type Column = Self;

            fn to_column(self) -> Result<Self::Column, BoxDynError> {
                Ok(self)
            }
        }

        impl Readable for $type {
            type Column = Self;

            fn from_column(column: Self::Column) -> Result<Self, BoxDynError> {
                Ok(column)
            }
        }
    )+};
}
stored_as_they_are!(bool, i64, String, Vec<u8>, Uuid);

macro_rules! stored_in_64_bits {
    ($($type:ty),+ $(,)?) => {$(
        impl<'t> Parameter<'t> for $type {
            type Column = i64;

            fn to_column(self) -> Result<Self::Column, BoxDynError> {
                Ok(i64::try_from(self)?)
            }
        }

        impl Readable for $type {
            type Column = i64;

            fn from_column(column: Self::Column) -> Result<Self, BoxDynError> {
                Ok(Self::try_from(column)?)
            }
        }
    )+};
}
stored_in_64_bits!(u8, i16, u32, i32, u64, usize);

macro_rules! stored_as_uuid {
    ($($id:ty),+ $(,)?) => {$(
        impl<'t> Parameter<'t> for $id {
            type Column = Uuid;

            fn to_column(self) -> Result<Self::Column, BoxDynError> {
                Ok(self.as_uuid())
            }
        }

        impl Readable for $id {
            type Column = Uuid;

            fn from_column(column: Self::Column) -> Result<Self, BoxDynError> {
                Ok(Self::from_uuid(column))
            }
        }
    )+};
}
stored_as_uuid!(
    AccountId,
    ApiKeyId,
    AuthorProfileId,
    ClusterId,
    ContentId,
    DeliveryId,
    IdeaId,
    ImageId,
    ImportId,
    IndustryId,
    IndustrySectorId,
    KeywordId,
    PlanId,
    PromptId,
    ProviderCallId,
    ReservationId,
    RunId,
    SectorId,
    SiteId,
    StrategyId,
    TaskId,
    TransactionId,
    UsageId,
    UserId,
    WebhookId,
);

/// A token is kept as the 32 bytes of its hash, and found by them alone.
impl Parameter<'_> for TokenHash {
    type Column = Vec<u8>;

    fn to_column(self) -> Result<Self::Column, BoxDynError> {
        Ok(self.as_bytes().to_vec())
    }
}

impl<'t> Parameter<'t> for &'t str {
    type Column = &'t str;

    fn to_column(self) -> Result<Self::Column, BoxDynError> {
        Ok(self)
    }
}

/// JSON is kept as text on every database, and read by the program alone.
impl<'t, T: serde::Serialize> Parameter<'t> for Json<&'t T> {
    type Column = String;

    fn to_column(self) -> Result<Self::Column, BoxDynError> {
        Ok(serde_json::to_string(self.0)?)
    }
}

impl Parameter<'_> for DateTime<Utc> {
    type Column = i64;

    fn to_column(self) -> Result<Self::Column, BoxDynError> {
        Ok(self.timestamp_micros())
    }
}

impl Readable for DateTime<Utc> {
    type Column = i64;

    fn from_column(column: Self::Column) -> Result<Self, BoxDynError> {
        DateTime::from_timestamp_micros(column).ok_or_else(|| format!("{column} µs is no time").into())
    }
}

/// A row of a site out of reach as no row at all; other failures stay failures.
pub(crate) fn seen<T>(built: Result<T>) -> Result<Option<T>> {
    match built {
        Err(Error::NotFound { .. }) => Ok(None),
        built => built.map(Some),
    }
}

/// Whose rows an executor reads: what the rows' keys are made from.
#[derive(Clone, Copy)]
pub(crate) enum View<'s> {
    /// One tenant's, as a caller may see them.
    Tenant(&'s TenantScope),
    /// Anyone's.
    System(&'s SystemScope),
    /// The catalogue's, which are nobody's.
    Shared,
}

/// One row of an answer.
pub(crate) struct Row<'r> {
    row: &'r DbRow,
    view: View<'r>,
    operation: &'static str,
}

impl<'r> Row<'r> {
    pub(super) fn new(row: &'r DbRow, view: View<'r>, operation: &'static str) -> Self {
        Self { row, view, operation }
    }

    /// The column's value: an id, number, time, text, or an `Option` of one.
    pub(crate) fn get<R: Readable>(&self, column: &str) -> Result<R> {
        let stored: R::Column = self.row.try_get(column).map_err(|error| failed(self.operation, error))?;
        R::from_column(stored).map_err(|fault| self.unreadable(column, fault))
    }

    /// The column's word of a closed vocabulary.
    pub(crate) fn word<W: std::str::FromStr<Err = FieldErrors>>(&self, column: &str) -> Result<W> {
        let word: String = self.get(column)?;
        word.parse().map_err(|fault: FieldErrors| self.unreadable(column, fault.into()))
    }

    /// The column's word of a closed vocabulary, or `None` where it is null.
    pub(crate) fn maybe_word<W: std::str::FromStr<Err = FieldErrors>>(
        &self,
        column: &str,
    ) -> Result<Option<W>> {
        let word: Option<String> = self.get(column)?;
        word.map(|word| word.parse())
            .transpose()
            .map_err(|fault: FieldErrors| self.unreadable(column, fault.into()))
    }

    /// What the column's JSON says.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|fault| self.unreadable(column, fault.into()))
    }

    /// What the column's JSON says, or `None` where it is null.
    pub(crate) fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|fault| self.unreadable(column, fault.into()))
    }

    /// The key of an account-bound row. A system executor's rows must bring `account_id`.
    pub(crate) fn tenant(&self) -> Result<TenantKey> {
        match self.view {
            View::Tenant(scope) => Ok(scope.key()),
            View::System(system) => Ok(system.key(self.get("account_id")?)),
            View::Shared => Err(self.unreadable("account_id", "the catalogue belongs to no tenant".into())),
        }
    }

    /// The key of a sector-bound row, from its `site_id` and `sector_id`.
    pub(crate) fn place(&self) -> Result<SectorKey> {
        match self.view {
            View::Tenant(scope) => scope.place(self.get("site_id")?, self.get("sector_id")?),
            View::System(_) | View::Shared => {
                Err(self.unreadable("sector_id", "a sector's row needs a tenant's scope".into()))
            }
        }
    }

    fn unreadable(&self, column: &str, fault: BoxDynError) -> Error {
        let source = sqlx::Error::ColumnDecode { index: column.to_owned(), source: fault };
        failed(self.operation, source)
    }
}
