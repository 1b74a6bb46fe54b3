//! `auth/site_access/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, id_of, made};
use crate::town::Town;

#[tokio::test]
async fn a_site_is_granted_and_taken_back() {
    let town = Town::new().await;
    town.drives(&["grantSiteAccess", "listSiteAccess", "revokeSiteAccess"]);
    let (owner, editor) = (town.acme.owner(), town.acme.client(Role::Editor));
    let site = id_of(&owner, "auth/sites/", json!({"name": "Other"})).await;
    let path = format!("auth/sites/{site}/");
    assert_eq!(editor.get(&path).await.refusal(), (404, "not_found"));
    let user = town.acme.user(Role::Editor);
    let granted = made(&owner, "auth/site_access/", json!({"user": user, "site": site})).await;
    assert_eq!(granted.data()["granted_by"], json!(town.acme.user(Role::Owner)));
    assert_eq!(editor.get(&path).await.status, 200);
    assert_eq!(owner.get("auth/site_access/").await.results().len(), 3);
    assert_eq!(owner.get(&format!("auth/site_access/?user={user}")).await.results().len(), 2);
    let one = format!("auth/site_access/?user={user}&site={site}");
    assert_eq!(owner.delete(&one).await.status, 204);
    assert_eq!(editor.get(&path).await.refusal(), (404, "not_found"));
    assert_eq!(owner.delete(&one).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn grants_are_made_by_those_who_may_within_one_account() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let (user, site) = (town.acme.user(Role::Editor), town.acme.home.site);
    owner.post("auth/site_access/", json!({"user": user})).await.complains_of("site");
    owner.delete(&format!("auth/site_access/?user={user}")).await.complains_of("site");
    for body in [
        json!({"user": town.globex.user(Role::Editor), "site": site}),
        json!({"user": user, "site": town.globex.home.site}),
    ] {
        assert_eq!(owner.post("auth/site_access/", body).await.refusal(), (404, "not_found"));
    }
    let one = format!("auth/site_access/?user={user}&site={site}");
    guarded(
        &town,
        &[("POST", "auth/site_access/", json!({"user": user, "site": site})), ("DELETE", &one, json!({}))],
    )
    .await;
}
