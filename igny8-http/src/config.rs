//! What a host chooses about the adapter. Everything but who may come in has a default.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;

#[cfg(feature = "auth")]
use crate::auth::Accounts;
use crate::authenticator::Authenticator;

/// What a host chooses about the adapter.
#[derive(Clone)]
pub struct HttpConfig {
    pub(crate) authenticator: Arc<dyn Authenticator>,
    #[cfg(feature = "auth")]
    pub(crate) accounts: Option<Accounts>,
    pub(crate) body_limit: u64,
    pub(crate) upload_limit: u64,
    pub(crate) timeout: Duration,
    pub(crate) upload_timeout: Duration,
    pub(crate) origins: Vec<HeaderValue>,
    pub(crate) requests_per_second: u32,
    pub(crate) burst: u32,
    pub(crate) concurrency: usize,
    #[cfg(feature = "metrics")]
    pub(crate) prometheus: Option<metrics_exporter_prometheus::PrometheusHandle>,
}

impl std::fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpConfig")
            .field("body_limit", &self.body_limit)
            .field("upload_limit", &self.upload_limit)
            .field("timeout", &self.timeout)
            .field("origins", &self.origins)
            .field("requests_per_second", &self.requests_per_second)
            .field("burst", &self.burst)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

impl HttpConfig {
    /// A host with users of its own: its authenticator says who sends a request. There are no routes for logging in.
    pub fn new(authenticator: impl Authenticator) -> Self {
        Self::with(Arc::new(authenticator))
    }

    /// The built-in accounts: passwords, access and refresh tokens, API keys, and the routes for them.
    #[cfg(feature = "auth")]
    #[must_use]
    pub fn accounts(accounts: Accounts) -> Self {
        let mut config = Self::with(Arc::new(accounts.clone()));
        config.accounts = Some(accounts);
        config
    }

    fn with(authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            authenticator,
            #[cfg(feature = "auth")]
            accounts: None,
            body_limit: 2 << 20,
            upload_limit: 256 << 20,
            timeout: Duration::from_secs(30),
            upload_timeout: Duration::from_secs(15 * 60),
            origins: Vec::new(),
            requests_per_second: 1_000,
            burst: 2_000,
            concurrency: 256,
            #[cfg(feature = "metrics")]
            prometheus: None,
        }
    }

    /// The most bytes of a JSON body; 2 MiB by default.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The most bytes of an imported file; 256 MiB by default. It is spooled to the temporary folder before it is read.
    #[must_use]
    pub fn upload_limit(mut self, bytes: u64) -> Self {
        self.upload_limit = bytes;
        self
    }

    /// How long a request may take until its answer begins; 30 s by default. Writing goes on to its end behind it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long an import may take, its upload included; 15 minutes by default.
    #[must_use]
    pub fn upload_timeout(mut self, timeout: Duration) -> Self {
        self.upload_timeout = timeout;
        self
    }

    /// Lets pages of this origin, such as `https://app.example.com`, call the API from browsers. None may by default.
    ///
    /// # Errors
    /// [`igny8_core::Error::Invalid`] for what cannot be an origin.
    pub fn allow_origin(mut self, origin: &str) -> igny8_core::Result<Self> {
        let looks_right = origin.starts_with("http") && !origin.ends_with('/');
        let value = HeaderValue::from_str(origin).ok().filter(|_| looks_right);
        let value = value.ok_or_else(|| {
            let why = format!("`{origin}` is no origin: write it like `https://app.example.com`");
            igny8_core::Error::invalid("origin", why)
        })?;
        self.origins.push(value);
        Ok(self)
    }

    /// How many requests one account may send: `per_second` on the long run, `burst` at once; 1,000 and 2,000 by default.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32, burst: u32) -> Self {
        (self.requests_per_second, self.burst) = (per_second.max(1), burst.max(1));
        self
    }

    /// How many requests of one account are worked on at the same time; 256 by default. Streams of progress do not count.
    #[must_use]
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Serves the recorder's page at `/metrics`, for whoever reaches the server: mount it where only your own do.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn prometheus(mut self, recorder: metrics_exporter_prometheus::PrometheusHandle) -> Self {
        self.prometheus = Some(recorder);
        self
    }
}
