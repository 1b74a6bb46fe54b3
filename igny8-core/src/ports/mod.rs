//! What the core needs from the outside, one small trait per noun.
//! Every tenant method takes the scope first; methods that cross tenants take a [`SystemScope`](crate::tenancy::SystemScope).

mod billing;
mod blobs;
mod clock;
mod clusterer;
mod directory;
mod idempotency;
mod identity;
mod image_model;
mod notifier;
mod pipeline;
mod runs;
mod settings;
mod tenants;
mod text_model;
mod webhooks;

pub use billing::Billing;
pub use blobs::{Blob, BlobStore};
pub use clock::{Clock, SystemClock};
pub use clusterer::{ClusterRequest, ClusterText, Clusterer, Groups, KeywordGroup};
pub use directory::{Catalogue, ChangedAccount, Directory, Home, NewTenant};
pub use idempotency::IdempotencyKeys;
pub use identity::{ApiKeys, Identity};
pub use image_model::{ImageModel, ImageReply, ImageRequest};
pub use notifier::{Notice, Notifier};
pub use pipeline::{Clusters, Contents, Ideas, Images, ImportSession, ImportTotals, Keywords, Tasks};
pub use runs::{RunQueue, Runs};
pub use settings::{AuthorProfiles, Integrations, Prompts, Strategies};
pub use tenants::{Accounts, Sectors, SiteGrants, Sites, Users};
pub use text_model::{
    AnswerSchema, Capabilities, FinishReason, Message, MessageRole, ModelInfo, ModelPrice, ProviderError,
    ProviderErrorKind, Spent, StructuredOutput, TextModel, TextReply, TextRequest, TokenUsage,
};
pub use webhooks::{Outbox, Webhooks};

/// Declares a port: the trait, the list of its methods, and, for tests, the wrapper that records which were driven.
/// No method has a default: a wrapper could bypass it silently.
macro_rules! port {
    ($(#[$doc:meta])* pub trait $port:ident {
        $($(#[$method_doc:meta])* async fn $method:ident(&self $(, $argument:ident: $type:ty)* $(,)?) -> $answer:ty;)+
    }) => {
        $(#[$doc])*
        #[async_trait::async_trait]
        pub trait $port: Send + Sync {
            $($(#[$method_doc])* async fn $method(&self $(, $argument: $type)*) -> $answer;)+
        }

        #[cfg(feature = "testing")]
        impl $crate::testing::PortMethods for dyn $port {
            const METHODS: &'static [&'static str] =
                &[$(concat!(stringify!($port), "::", stringify!($method)),)+];
        }

        #[cfg(feature = "testing")]
        #[async_trait::async_trait]
        impl<S: $port> $port for $crate::testing::Recorded<S> {
            $(async fn $method(&self $(, $argument: $type)*) -> $answer {
                self.record(concat!(stringify!($port), "::", stringify!($method)));
                let answer = self.inner().$method($($argument),*).await;
                self.answered(concat!(stringify!($port), "::", stringify!($method)));
                answer
            })+
        }
    };
}
pub(crate) use port;

/// Everything a store does. Implemented by whatever implements the ports.
pub trait Store:
    Directory
    + Identity
    + Catalogue
    + Accounts
    + Users
    + Sites
    + Sectors
    + SiteGrants
    + ApiKeys
    + IdempotencyKeys
    + Keywords
    + Clusters
    + Ideas
    + Tasks
    + Contents
    + Images
    + Prompts
    + Integrations
    + AuthorProfiles
    + Strategies
    + Webhooks
    + Outbox
    + Billing
    + Runs
    + RunQueue
    + 'static
{
}

impl<S> Store for S where
    S: Directory
        + Identity
        + Catalogue
        + Accounts
        + Users
        + Sites
        + Sectors
        + SiteGrants
        + ApiKeys
        + IdempotencyKeys
        + Keywords
        + Clusters
        + Ideas
        + Tasks
        + Contents
        + Images
        + Prompts
        + Integrations
        + AuthorProfiles
        + Strategies
        + Webhooks
        + Outbox
        + Billing
        + Runs
        + RunQueue
        + 'static
{
}
