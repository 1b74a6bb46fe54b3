//! Typed identifiers: a `KeywordId` is not a `ClusterId`, though both are UUIDv7 underneath.
//! Version 7 sorts by creation time, so new rows append to the end of every index.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, FieldErrors};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $field:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier, later in order than every earlier one of this process.
            #[must_use]
            #[allow(clippy::new_without_default, reason = "an id made by Default would hide that it is new")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps a UUID read from a store or a request.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for binding to a query.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::parse_str(text).map(Self).map_err(|_| {
                    FieldErrors::one($field, format!("`{text}` is not a UUID")).into()
                })
            }
        }
    )+};
}

ids! {
    /// An account: one tenant.
    AccountId, "account";
    /// A person or bot that acts for an account.
    UserId, "user";
    /// A machine key of a user.
    ApiKeyId, "api_key";
    /// A plan: a named set of limits.
    PlanId, "plan";
    /// A website of an account.
    SiteId, "site_id";
    /// A sector (topic area) of a site.
    SectorId, "sector_id";
    /// An industry of the shared catalogue.
    IndustryId, "industry";
    /// A sector template of an industry.
    IndustrySectorId, "industry_sector";
    /// A keyword of a sector.
    KeywordId, "keyword_id";
    /// One import of a keyword file.
    ImportId, "import_id";
    /// A cluster of keywords.
    ClusterId, "cluster_id";
    /// A content idea of a cluster.
    IdeaId, "idea_id";
    /// A writer's task.
    TaskId, "task_id";
    /// The article of a task.
    ContentId, "content_id";
    /// An image of a task or article.
    ImageId, "image_id";
    /// An account's own prompt.
    PromptId, "prompt_id";
    /// An author profile (tone and language).
    AuthorProfileId, "author_profile";
    /// A webhook of an account.
    WebhookId, "webhook_id";
    /// A message for a webhook.
    DeliveryId, "delivery_id";
    /// A content strategy.
    StrategyId, "strategy";
    /// One entry of the credit ledger.
    TransactionId, "transaction_id";
    /// One entry of the usage log.
    UsageId, "usage_id";
    /// Credits held for work under way.
    ReservationId, "reservation_id";
    /// One run of an AI function; over HTTP it is the `task_id` of `task_progress`.
    RunId, "run_id";
    /// One call to a provider.
    ProviderCallId, "provider_call_id";
}
