//! `auth/api_keys/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_key_is_shown_once_works_as_its_role_and_is_taken_back() {
    let town = Town::new().await;
    town.drives(&["createApiKey", "listApiKeys", "getApiKey", "revokeApiKey"]);
    let owner = town.acme.owner();
    let key = made(&owner, "auth/api_keys/", json!({"name": "reader", "role": "viewer"})).await;
    let secret = key.data()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with(key.data()["prefix"].as_str().unwrap()));
    let path = format!("auth/api_keys/{}/", key.id());
    for shown in [owner.get(&path).await, owner.get("auth/api_keys/").await] {
        assert!(!shown.text.contains(&secret) && !shown.text.contains("hash"), "{shown:?}");
    }
    let machine = town.anyone().token(&secret);
    assert_eq!(machine.get("planner/keywords/").await.status, 200);
    let keyword = json!({"sector_id": town.acme.sector(), "keyword": "tea"});
    assert_eq!(machine.post("planner/keywords/", keyword).await.refusal(), (403, "forbidden"));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(machine.get("planner/keywords/").await.refusal(), (401, "unauthenticated"));
    assert!(owner.get(&path).await.data()["revoked_at"].is_string());
}

#[tokio::test]
async fn keys_are_made_by_those_who_may_and_never_above_themselves() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    owner.post("auth/api_keys/", json!({"name": "a"})).await.complains_of("role");
    owner.post("auth/api_keys/", json!({"name": "", "role": "viewer"})).await.complains_of("name");
    let past = json!({"name": "a", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"});
    owner.post("auth/api_keys/", past).await.complains_of("expires_at");
    let above = owner.post("auth/api_keys/", json!({"name": "a", "role": "developer"})).await;
    assert_eq!(above.refusal().0 / 100, 4, "{above:?}");
    let key = made(&owner, "auth/api_keys/", json!({"name": "a", "role": "editor"})).await;
    let path = format!("auth/api_keys/{}/", key.id());
    unreadable(&town, &["auth/api_keys/", &path]).await;
    let editor =
        town.acme.client(Role::Editor).post("auth/api_keys/", json!({"name": "a", "role": "editor"})).await;
    assert_eq!(editor.refusal(), (403, "forbidden"));
    guarded(
        &town,
        &[("POST", "auth/api_keys/", json!({"name": "b", "role": "viewer"})), ("DELETE", &path, json!({}))],
    )
    .await;
}

#[tokio::test]
async fn a_key_opens_no_other_way_in() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let made = owner.post("auth/api_keys/", json!({"name": "reports", "role": "admin"})).await;
    let key = town.anyone().token(made.data()["secret"].as_str().unwrap());
    let own = format!("auth/users/{}/", town.acme.user(Role::Owner));
    key.patch(&own, json!({"password": "mine from now on"})).await.complains_of("password");
    owner.patch(&own, json!({"password": "mine from now on"})).await.complains_of("password");
    let another = key.post("auth/api_keys/", json!({"name": "for ever", "role": "viewer"})).await;
    assert_eq!(another.refusal(), (403, "forbidden"));
    assert_eq!(owner.get("auth/me/").await.status, 200, "the owner's token is as good as before");
    assert_eq!(owner.get("planner/keywords/?search=%00").await.refusal(), (400, "invalid"));
}
