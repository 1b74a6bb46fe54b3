//! The routes: the HTTP adapter's, with what was chosen on the command line.
//! Nothing else of this program knows how they are made.

use axum::Router;
use igny8_core::Igny8;

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
}

/// The routes.
///
/// # Errors
/// When the options do not fit.
pub fn router(igny8: Igny8, options: &WebOptions) -> anyhow::Result<Router> {
    // TEMPORARY, until the HTTP adapter takes its configuration: then secret and registration go to it from here.
    let _ = (options.jwt_secret.expose(), options.may_register);
    Ok(igny8_http::router(igny8))
}
