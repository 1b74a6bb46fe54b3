//! Image models as a port.

use std::time::Duration;

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Blob, ModelInfo, ProviderError};

/// What an image model is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageRequest {
    /// What to show.
    pub prompt: String,
    /// What not to show.
    pub negative_prompt: Option<String>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `png`, `jpeg` or `webp`; `None` leaves it to the provider.
    pub format: Option<String>,
    /// When to give up, retries included.
    pub deadline: Duration,
}

/// What an image model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReply {
    /// The file.
    pub image: Blob,
    /// The model that answered.
    pub model: String,
    /// What the call cost, in US dollars.
    pub cost_usd: Decimal,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// HTTP requests it took, retries included.
    pub tries: u32,
}

/// An image model.
#[async_trait]
pub trait ImageModel: Send + Sync + 'static {
    /// Which model this is.
    fn info(&self) -> ModelInfo;

    /// Makes one image. Dropping the future gives the call up.
    ///
    /// # Errors
    /// A typed [`ProviderError`].
    async fn generate(&self, request: ImageRequest) -> Result<ImageReply, ProviderError>;
}
