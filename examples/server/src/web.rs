//! The routes: the HTTP adapter's, with what was chosen on the command line.
//! Nothing else of this program knows how they are made.

use axum::Router;
use igny8_core::Igny8;
use igny8_http::HttpConfig;
use igny8_http::auth::Accounts;
use secrecy::SecretString;

use crate::secret::JwtSecret;

/// Where the routes' documentation is to be read.
pub const DOCS: &str = "/docs";

/// What was chosen of the routes.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// What tokens are signed with.
    pub jwt_secret: JwtSecret,
    /// Whether anybody may open an account over HTTP.
    pub may_register: bool,
    /// Origins whose pages may call the API from browsers.
    pub origins: Vec<String>,
    /// How many requests a second one account may send; 0 for as many as it likes.
    pub requests_per_second: u32,
}

/// The routes.
///
/// # Errors
/// When the options do not fit.
pub fn router(igny8: Igny8, options: &WebOptions) -> anyhow::Result<Router> {
    let secret = SecretString::from(options.jwt_secret.expose());
    let accounts = Accounts::new(&secret)?.registration(options.may_register);
    let mut config = match options.requests_per_second {
        0 => HttpConfig::accounts(accounts).rate_limit(u32::MAX, u32::MAX),
        limit => HttpConfig::accounts(accounts).rate_limit(limit, limit.saturating_mul(2)),
    };
    for origin in &options.origins {
        config = config.allow_origin(origin)?;
    }
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder();
    if let Ok(recorder) = recorder {
        config = config.prometheus(recorder);
    }
    Ok(igny8_http::router(igny8, config))
}
