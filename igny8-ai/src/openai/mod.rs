//! Chat completions the way OpenAI speaks them, which Ollama, vLLM, OpenRouter and many others speak too.
//! What a server does not understand is left out and remembered; what goes wrong is a typed error.

mod builder;
mod call;
mod dialect;
mod failure;
mod reply;
mod request;
mod strict;

use std::sync::Arc;

use async_trait::async_trait;
use igny8_core::Error;
use igny8_core::ports::{Capabilities, ModelInfo, ProviderError, TextModel, TextReply, TextRequest};
use reqwest::{Client, Url};
use secrecy::SecretString;

pub use builder::{DEFAULT_MODEL, OPENAI_BASE_URL, OpenAiBuilder};
pub use dialect::TokenField;

use crate::prices::PriceTable;
use crate::retry::CallRetry;
use dialect::Dialect;

/// A language model behind `POST {base_url}/chat/completions`. Cheap to clone; clones share what was learned about the
/// server.
///
/// ```
/// use igny8_ai::OpenAiCompatible;
///
/// let local = OpenAiCompatible::builder("llama3.2")
///     .provider("ollama")
///     .base_url("http://localhost:11434/v1")
///     .build()?;
/// # Ok::<(), igny8_core::Error>(())
/// ```
#[derive(Clone)]
pub struct OpenAiCompatible {
    provider: String,
    model: String,
    endpoint: Url,
    api_key: Option<SecretString>,
    client: Client,
    prices: PriceTable,
    retry: CallRetry,
    max_body_bytes: usize,
    dialect: Arc<Dialect>,
}

impl OpenAiCompatible {
    /// Begins one for this model.
    pub fn builder(model: impl Into<String>) -> OpenAiBuilder {
        OpenAiBuilder::new(model.into())
    }

    /// The one that the environment describes: `OPENAI_BASE_URL` (OpenAI unless set), `OPENAI_API_KEY` (needed at
    /// OpenAI only) and `OPENAI_MODEL` ([`DEFAULT_MODEL`] at OpenAI, needed elsewhere).
    ///
    /// # Errors
    /// [`Error::Configuration`] that says what is missing or wrong.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_vars(|name| std::env::var(name).ok())?.build()
    }

    /// A builder from variables found elsewhere than in the environment, by the same names as [`from_env`](Self::from_env).
    ///
    /// # Errors
    /// [`Error::Configuration`] that says what is missing.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<OpenAiBuilder, Error> {
        builder::from_vars(var)
    }
}

impl std::fmt::Debug for OpenAiCompatible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Some services take keys in the query: it is left out, like the key itself.
        let mut address = self.endpoint.clone();
        address.set_query(None);
        f.debug_struct("OpenAiCompatible")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .field("address", &address.as_str())
            .field("has_key", &self.api_key.is_some())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TextModel for OpenAiCompatible {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            provider: self.provider.clone(),
            model: self.model.clone(),
            capabilities: Capabilities {
                structured_output: self.dialect.manner().structured,
                generative: true,
            },
            price: self.prices.price(&self.model),
        }
    }

    async fn complete(&self, request: TextRequest) -> Result<TextReply, ProviderError> {
        self.call(&request).await
    }
}
