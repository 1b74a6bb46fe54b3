//! A host with a page of its own: the API and the page on one origin, so that nothing else has to be allowed.

use anyhow::Result;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use igny8_ai::Offline;
use igny8_core::runs::{WorkerConfig, WorkerHandle};
use igny8_core::{Igny8, NewAccount};
use igny8_http::auth::{Accounts, set_password};
use igny8_http::{HttpConfig, router};
use igny8_storage::{ObjectBlobs, SqliteStore};
use secrecy::SecretString;

/// Who can log in.
pub const EMAIL: &str = "ada@example.com";

/// With which password: this is an example, on a database in memory.
pub const PASSWORD: &str = "the analytical engine";

/// The whole host: a database in memory, the offline provider, a worker, the API, and the page at `/`.
///
/// # Errors
/// What the store or the SDK refuse.
pub async fn host() -> Result<(Router, WorkerHandle)> {
    let store = SqliteStore::open("sqlite::memory:").await?;
    let igny8 = Igny8::builder(store)
        .text_model(Offline::new())
        .image_model(Offline::new())
        .blobs(ObjectBlobs::memory())
        .build()?;
    let account =
        NewAccount::named("Acme Tea").plan("growth").owner(EMAIL).site("acme.example").sector("Tea");
    let home = igny8.provision(account).await?;
    let accounts = Accounts::new(&SecretString::from("of this example alone, and of no other program"))?;
    set_password(&igny8, home.owner.id, &SecretString::from(PASSWORD)).await?;
    let worker = igny8.spawn_worker(WorkerConfig::default());
    Ok((router(igny8, HttpConfig::accounts(accounts)).merge(page()), worker))
}

/// The page's three files. Its policy lets it load nothing from elsewhere, and articles run no script.
fn page() -> Router {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'",
    );
    let file = |media_type: &'static str, text: &'static str| {
        let headers: [(HeaderName, HeaderValue); 2] = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ];
        get(async move || (headers, text))
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("../page/index.html")))
        .route("/app.js", file("text/javascript; charset=utf-8", include_str!("../page/app.js")))
        .route("/style.css", file("text/css; charset=utf-8", include_str!("../page/style.css")))
}
