//! What a host chooses: users of its own, whether anybody may register, its recorder's page.
//! A host's authenticator that does not come back is also what makes a reading request take too long.

use std::time::Duration;

use axum::http::request::Parts;
use igny8_core::Igny8;
use igny8_core::identity::{Admission, Caller};
use igny8_core::ids::{AccountId, UserId};
use igny8_core::tenancy::Role;
use igny8_http::{ApiError, Authenticator, HttpConfig, router};
use serde_json::json;

use crate::client::Client;
use crate::town::{Town, accounts};

/// Knows a caller by the header `X-User`, and never comes back from `nobody`.
struct HostsUsers;

#[async_trait::async_trait]
impl Authenticator for HostsUsers {
    async fn authenticate(
        &self,
        igny8: &Igny8,
        request: &Parts,
        account: Option<AccountId>,
    ) -> Result<Admission, ApiError> {
        let name = request.headers.get("x-user").and_then(|value| value.to_str().ok());
        if name == Some("nobody") {
            std::future::pending::<()>().await;
        }
        let user: Option<UserId> = name.and_then(|name| name.parse().ok());
        let user = user.ok_or_else(|| ApiError::unauthenticated("say who you are in X-User"))?;
        Ok(igny8.admit(Caller { account, ..Caller::of(user) }).await?)
    }
}

#[tokio::test]
async fn a_host_brings_users_of_its_own() {
    let town = Town::new().await;
    let host = Client::new(router(town.igny8.clone(), HttpConfig::new(HostsUsers)));
    let viewer = host.clone().header("x-user", town.acme.user(Role::Viewer).to_string());
    assert_eq!(viewer.get("planner/keywords/").await.body["count"], 0);
    let keyword = json!({"sector_id": town.acme.sector(), "keyword": "tea"});
    assert_eq!(viewer.post("planner/keywords/", keyword).await.refusal(), (403, "forbidden"));
    let token = host.clone().token(town.acme.token(Role::Owner));
    assert_eq!(token.get("planner/keywords/").await.refusal(), (401, "unauthenticated"));
    for path in ["auth/login/", "auth/register/", "auth/api_keys/", "auth/me/"] {
        assert_eq!(viewer.post(path, json!({})).await.refusal(), (404, "no_route"), "{path}");
    }
    let document = host.get("/openapi.json").await;
    assert!(document.body["paths"]["/api/v1/auth/sites/"].is_object());
    assert!(document.body["paths"]["/api/v1/auth/login/"].is_null());
}

#[tokio::test]
async fn a_reading_request_that_takes_too_long_is_given_up_and_no_longer_counts() {
    let town = Town::new().await;
    let config = HttpConfig::new(HostsUsers).timeout(Duration::from_millis(500));
    let host = Client::new(router(town.igny8.clone(), config));
    let slow = host.clone().header("x-user", "nobody").get("planner/keywords/").await;
    assert_eq!(slow.refusal(), (503, "timeout"));
    assert_eq!(slow.body["request_id"], slow.header("x-request-id"));
    let owner = host.clone().header("x-user", town.acme.user(Role::Owner).to_string());
    let report = owner.get("system/metrics/").await;
    assert_eq!(report.data()["in_flight"], 1, "the one that asks");
    assert_eq!(report.data()["requests"], 2);
}

#[tokio::test]
async fn only_the_operator_opens_accounts_where_registration_is_closed() {
    let town = Town::new().await;
    let closed = HttpConfig::accounts(accounts().registration(false));
    let anyone = Client::new(router(town.igny8.clone(), closed));
    let body = json!({"email": "ada@example.com", "password": "long enough", "account_name": "Ada's"});
    assert_eq!(anyone.post("auth/register/", body).await.refusal(), (403, "registration_closed"));
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn a_recorders_page_is_served() {
    let town = Town::new().await;
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || metrics::counter!("cups_of_tea").increment(3));
    let config = HttpConfig::accounts(accounts()).prometheus(recorder.handle());
    let page = Client::new(router(town.igny8.clone(), config)).get("/metrics").await;
    assert!(page.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert!(page.text.contains("cups_of_tea 3"), "{}", page.text);
}
