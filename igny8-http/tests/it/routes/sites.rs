//! `auth/sites/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, id_of, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_site_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&[
        "createSite",
        "listSites",
        "getSite",
        "replaceSite",
        "updateSite",
        "deleteSite",
        "listSiteSectors",
    ]);
    let owner = town.acme.owner();
    let body = json!({"name": "Tea Times", "domain": "teatimes.example"});
    let site = made(&owner, "auth/sites/", body.clone()).await;
    assert_eq!((&site.data()["slug"], &site.data()["status"]), (&json!("tea-times"), &json!("active")));
    assert_eq!(owner.post("auth/sites/", body).await.refusal(), (409, "conflict"));
    let path = format!("auth/sites/{}/", site.id());
    assert_eq!(owner.get(&path).await.data(), site.data());
    assert_eq!(owner.get("auth/sites/").await.results().len(), 2);

    let wordpress =
        json!({"wp_url": "https://teatimes.example", "wp_username": "ed", "wp_app_password": "hush-hush"});
    let patched = owner.patch(&path, wordpress).await;
    assert_eq!(patched.data()["has_wp_app_password"], true);
    assert!(!patched.text.contains("hush-hush") && !owner.get(&path).await.text.contains("hush-hush"));
    let emptied = owner.patch(&path, json!({"domain": null, "wp_app_password": null})).await;
    let shown =
        (&emptied.data()["domain"], &emptied.data()["has_wp_app_password"], &emptied.data()["wp_username"]);
    assert_eq!(shown, (&json!(null), &json!(false), &json!("ed")));
    let replaced = owner.put(&path, json!({"name": "Teas", "status": "inactive"})).await;
    let shown = (&replaced.data()["name"], &replaced.data()["status"], &replaced.data()["wp_username"]);
    assert_eq!(shown, (&json!("Teas"), &json!("inactive"), &json!(null)));

    let sector = json!({"site_id": site.id(), "name": "Herbal"});
    let sector = id_of(&owner, "auth/sectors/", sector).await;
    let sectors = owner.get(&format!("{path}sectors/")).await;
    assert_eq!((sectors.results().len(), &sectors.results()[0]["id"]), (1, &json!(sector)));
    id_of(&owner, "planner/keywords/", json!({"sector_id": sector, "keyword": "chamomile"})).await;
    assert_eq!(owner.delete(&path).await.refusal(), (409, "conflict"));
    assert_eq!(owner.delete(&format!("{path}?force=true")).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn what_does_not_fit_a_site_is_named_by_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let path = format!("auth/sites/{}/", town.acme.home.site);
    owner.post("auth/sites/", json!({})).await.complains_of("name");
    owner.post("auth/sites/", json!({"name": " "})).await.complains_of("name");
    owner.patch(&path, json!({"status": "gone"})).await.complains_of("status");
    owner.delete(&format!("{path}?force=perhaps")).await.complains_of("force");
    owner.put(&path, json!({"domain": "a.example"})).await.complains_of("name");
}

#[tokio::test]
async fn sites_are_seen_by_who_was_let_in_and_written_by_who_may() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let other = id_of(&owner, "auth/sites/", json!({"name": "Other"})).await;
    let editor = town.acme.client(Role::Editor);
    assert_eq!(editor.get("auth/sites/").await.results().len(), 1);
    assert_eq!(editor.get(&format!("auth/sites/{other}/")).await.refusal(), (404, "not_found"));
    let path = format!("auth/sites/{}/", town.acme.home.site);
    unreadable(&town, &["auth/sites/", &path, &format!("{path}sectors/")]).await;
    guarded(
        &town,
        &[
            ("POST", "auth/sites/", json!({"name": "Third"})),
            ("PUT", &path, json!({"name": "Tea"})),
            ("PATCH", &path, json!({"name": "Tea"})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
