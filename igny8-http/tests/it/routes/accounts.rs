//! `auth/accounts/`.

use igny8_core::ids::AccountId;
use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{id_of, made};
use crate::town::Town;

#[tokio::test]
async fn developers_open_change_and_close_accounts() {
    let town = Town::new().await;
    town.drives(&[
        "createAccount",
        "listAccounts",
        "getAccount",
        "updateAccount",
        "replaceAccount",
        "closeAccount",
    ]);
    let developer = town.developer();
    let body = json!({"name": "Initech", "owner_email": "bill@initech.example", "plan": "starter",
        "site": "initech.com", "sector": "paper"});
    let account = made(&developer, "auth/accounts/", body.clone()).await;
    assert_eq!(account.data()["slug"], "initech");
    assert_eq!(developer.post("auth/accounts/", body).await.refusal(), (409, "conflict"));
    let path = format!("auth/accounts/{}/", account.id());
    let all = developer.get("auth/accounts/").await;
    assert_eq!((all.results().len(), &all.body["count"]), (4, &json!(4)));

    let seen = developer.get(&path).await;
    assert_eq!((&seen.data()["name"], &seen.data()["usage"]), (&json!("Initech"), &json!(null)));
    let entered = developer.clone().header("x-account-id", account.id()).get(&path).await;
    assert_eq!(entered.data()["usage"]["sites"], 1);
    assert_eq!(developer.put(&path, json!({"name": "Initrode"})).await.data()["name"], "Initrode");
    let suspended = developer.patch(&path, json!({"status": "suspended"})).await;
    assert_eq!(suspended.data()["status"], "suspended");
    assert_eq!(developer.delete(&path).await.status, 204);
    assert_eq!(developer.get(&path).await.data()["status"], "cancelled");
}

#[tokio::test]
async fn people_of_an_account_see_and_rename_it_alone() {
    let town = Town::new().await;
    town.drives(&["listAccounts", "getAccount", "replaceAccount"]);
    let owner = town.acme.owner();
    let path = format!("auth/accounts/{}/", town.acme.home.account);
    assert_eq!(owner.get("auth/accounts/").await.results().len(), 1);
    assert_eq!(owner.get(&path).await.data()["usage"]["users"], 4);
    assert_eq!(owner.put(&path, json!({"name": "Acme & Sons"})).await.data()["name"], "Acme & Sons");
    assert_eq!(town.acme.client(Role::Viewer).get(&path).await.data()["name"], "Acme & Sons");
    owner.patch(&path, json!({"name": ""})).await.complains_of("name");
    owner.patch(&path, json!({"credits": 1_000_000})).await.complains_of("credits");

    let open = json!({"name": "Mine", "owner_email": "mine@example.com"});
    assert_eq!(owner.post("auth/accounts/", open).await.refusal(), (403, "forbidden"));
    assert_eq!(owner.patch(&path, json!({"status": "trial"})).await.refusal(), (403, "forbidden"));
    assert_eq!(owner.delete(&path).await.refusal(), (403, "forbidden"));
    let viewer = town.acme.client(Role::Viewer).put(&path, json!({"name": "Ours"})).await;
    assert_eq!(viewer.refusal(), (403, "forbidden"));
    for id in [town.globex.home.account, AccountId::new()] {
        let theirs = format!("auth/accounts/{id}/");
        assert_eq!(owner.get(&theirs).await.refusal(), (404, "not_found"));
        assert_eq!(owner.patch(&theirs, json!({"name": "Ours"})).await.refusal(), (404, "not_found"));
        assert_eq!(owner.delete(&theirs).await.refusal(), (404, "not_found"));
    }
    assert_eq!(town.anyone().get("auth/accounts/").await.refusal(), (401, "unauthenticated"));
    town.suspend(&town.acme).await;
    assert_eq!(owner.put(&path, json!({"name": "Again"})).await.refusal(), (403, "account_inactive"));
    assert_eq!(owner.get(&path).await.data()["status"], "suspended");
}

#[tokio::test]
async fn a_tenant_is_named_by_those_who_may_enter_it() {
    let town = Town::new().await;
    let (acme, globex) = (&town.acme, &town.globex);
    let inside = town.developer_in(acme);
    assert_eq!(inside.get("auth/me/").await.data()["account"]["name"], "Acme");
    assert_eq!(inside.get("auth/me/").await.data()["at_home"], false);
    let keyword = json!({"sector_id": acme.sector(), "keyword": "tea"});
    id_of(&inside, "planner/keywords/", keyword).await;
    assert_eq!(town.developer_in(globex).get("planner/keywords/").await.results().len(), 0);
    let odd = town.developer().header("x-account-id", "acme").get("auth/me/").await;
    odd.complains_of("X-Account-Id");
    for id in [globex.home.account, AccountId::new()] {
        let other = acme.owner().header("x-account-id", id.to_string());
        assert_eq!(other.get("auth/me/").await.refusal(), (404, "not_found"));
    }
}
