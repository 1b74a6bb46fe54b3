//! Assembles an [`OpenAiCompatible`] from code or from the environment, and says what is missing.

use igny8_core::Error;
use igny8_core::ports::StructuredOutput;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use super::OpenAiCompatible;
use super::dialect::{Dialect, TokenField};
use crate::prices::PriceTable;
use crate::retry::CallRetry;

/// OpenAI itself.
pub const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

/// The model that [`OpenAiCompatible::from_env`] takes at OpenAI when none is named: it follows schemas, takes a
/// temperature and does not spend its answer's tokens on thinking.
pub const DEFAULT_MODEL: &str = "gpt-4.1-mini";

/// The largest answer that is read unless someone says otherwise: 16 MiB.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Assembles an [`OpenAiCompatible`]; made by [`OpenAiCompatible::builder`].
#[derive(Clone)]
#[must_use = "nothing is made before `build`"]
pub struct OpenAiBuilder {
    model: String,
    provider: String,
    base_url: String,
    api_key: Option<SecretString>,
    client: Option<Client>,
    prices: PriceTable,
    retry: CallRetry,
    structured: StructuredOutput,
    token_field: TokenField,
    temperature: bool,
    max_body_bytes: usize,
}

impl std::fmt::Debug for OpenAiBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address is left out: until `build` has read it, a key may stand in it.
        f.debug_struct("OpenAiBuilder")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .field("has_key", &self.api_key.is_some())
            .finish_non_exhaustive()
    }
}

impl OpenAiBuilder {
    pub(super) fn new(model: String) -> Self {
        Self {
            model,
            provider: "openai".to_owned(),
            base_url: OPENAI_BASE_URL.to_owned(),
            api_key: None,
            client: None,
            prices: PriceTable::default(),
            retry: CallRetry::default(),
            structured: StructuredOutput::JsonSchema,
            token_field: TokenField::MaxCompletionTokens,
            temperature: true,
            max_body_bytes: MAX_BODY_BYTES,
        }
    }

    /// The key, sent as a bearer token. Local servers need none.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Where `/chat/completions` is found; [`OPENAI_BASE_URL`] unless set. Ollama: `http://localhost:11434/v1`,
    /// vLLM: `http://localhost:8000/v1`, OpenRouter: `https://openrouter.ai/api/v1`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The name in errors and records; `openai` unless set.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = name.into();
        self
    }

    /// Your own HTTP client, with your TLS, proxies and extra headers. Turn its redirects off: an address that
    /// redirects is a mistake in `base_url`.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// What models cost; the built-in table unless set.
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = prices;
        self
    }

    /// How a failed request is tried again within a call.
    pub const fn retry(mut self, policy: CallRetry) -> Self {
        self.retry = policy;
        self
    }

    /// How the server takes the shape of an answer; JSON Schema unless set. What it rejects is found out by itself.
    pub const fn structured_output(mut self, structured: StructuredOutput) -> Self {
        self.structured = structured;
        self
    }

    /// The field that limits how much is written; `max_completion_tokens` unless set. Found out by itself, too.
    pub const fn token_field(mut self, field: TokenField) -> Self {
        self.token_field = field;
        self
    }

    /// Whether the model takes a temperature; yes unless set. Found out by itself, too.
    pub const fn temperature(mut self, allowed: bool) -> Self {
        self.temperature = allowed;
        self
    }

    /// The largest answer that is read, in bytes; 16 MiB unless set.
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The provider.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the address, the model or the key cannot be used, or HTTPS is asked for
    /// without a client that speaks it.
    pub fn build(self) -> Result<OpenAiCompatible, Error> {
        let wrong = |what: &str| Err(Error::Configuration(format!("{}: {what}", self.provider)));
        if self.model.trim().is_empty() {
            return wrong("name the model");
        }
        // Neither a bad address nor a bad key is repeated: a key may stand in either.
        let Ok(mut endpoint) = Url::parse(self.base_url.trim()) else {
            return wrong("base_url is not an address such as `https://api.openai.com/v1`");
        };
        if !matches!(endpoint.scheme(), "http" | "https") || endpoint.host_str().is_none() {
            return wrong("base_url must begin with http:// or https://");
        }
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return wrong("base_url must hold no user name or password; give the key as api_key");
        }
        if let Ok(mut path) = endpoint.path_segments_mut() {
            path.pop_if_empty().extend(["chat", "completions"]);
        }
        let key = self.api_key.filter(|key| !key.expose_secret().trim().is_empty());
        if key.as_ref().is_some_and(|key| key.expose_secret().bytes().any(|byte| !byte.is_ascii_graphic())) {
            return wrong("the key holds a space or a character that no key has");
        }
        let client = match self.client {
            Some(client) => client,
            None if endpoint.scheme() == "https" && cfg!(not(feature = "rustls")) => {
                return wrong("HTTPS needs the feature `rustls` of igny8-ai, or a client of your own");
            }
            None => own_client()?,
        };
        Ok(OpenAiCompatible {
            provider: self.provider,
            model: self.model.trim().to_owned(),
            endpoint,
            api_key: key,
            client,
            prices: self.prices,
            retry: self.retry,
            max_body_bytes: self.max_body_bytes,
            dialect: Dialect::told(self.structured, self.token_field, self.temperature).into(),
        })
    }
}

/// A client that follows no redirects, which would carry prompts to another address, and leaves trying again to us.
fn own_client() -> Result<Client, Error> {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(std::time::Duration::from_secs(10))
        .user_agent(concat!("igny8-ai/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::Configuration(format!("the HTTP client cannot be made: {error}")))
}

/// The builder that `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_MODEL` describe.
pub(super) fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<OpenAiBuilder, Error> {
    let var = |name: &str| var(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let base_url = var("OPENAI_BASE_URL");
    let at_openai = base_url.as_deref().is_none_or(|url| url.trim_end_matches('/') == OPENAI_BASE_URL);
    let model = match var("OPENAI_MODEL") {
        Some(model) => model,
        None if at_openai => DEFAULT_MODEL.to_owned(),
        None => {
            return Err(missing("OPENAI_MODEL", "name the model that the server at OPENAI_BASE_URL runs"));
        }
    };
    let key = var("OPENAI_API_KEY");
    if at_openai && key.is_none() {
        return Err(missing("OPENAI_API_KEY", "OpenAI needs a key; for a local server set OPENAI_BASE_URL"));
    }
    let mut builder = OpenAiBuilder::new(model);
    builder.api_key = key.map(SecretString::from);
    if let Some(url) = base_url {
        builder.base_url = url;
    }
    Ok(builder)
}

fn missing(name: &str, remedy: &str) -> Error {
    Error::Configuration(format!("{name} is not set: {remedy}"))
}
