//! `auth/industries/`.

use igny8_core::ids::IndustryId;
use igny8_core::tenancy::Role;
use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn industries_are_read_by_everybody_and_written_by_nobody() {
    let town = Town::new().await;
    town.drives(&["listIndustries", "getIndustry"]);
    let viewer = town.acme.client(Role::Viewer);
    let all = viewer.get("auth/industries/").await;
    assert!(all.results().len() >= 8);
    let first = &all.results()[0];
    assert!(!first["sectors"].as_array().unwrap().is_empty());
    let path = format!("auth/industries/{}/", first["id"].as_str().unwrap());
    assert_eq!(viewer.get(&path).await.data(), first);
    let nothing = format!("auth/industries/{}/", IndustryId::new());
    assert_eq!(viewer.get(&nothing).await.refusal(), (404, "not_found"));
    assert_eq!(town.anyone().get(&path).await.refusal(), (401, "unauthenticated"));
    let written = town.developer().post("auth/industries/", json!({"name": "New"})).await;
    assert_eq!((written.refusal(), written.header("allow")), ((405, "method_not_allowed"), "GET,HEAD"));
}
