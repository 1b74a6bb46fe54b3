//! `ai/functions/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, made, succeeded};
use crate::town::Town;

#[tokio::test]
async fn functions_are_listed_and_run_by_name() {
    let town = Town::new().await;
    town.drives(&["listFunctions", "runFunction"]);
    let owner = town.acme.owner();
    let functions = town.acme.client(Role::Viewer).get("ai/functions/").await;
    for name in
        ["auto_cluster", "generate_ideas", "generate_content", "generate_image_prompts", "generate_images"]
    {
        let one = functions.results().iter().find(|one| one["name"] == name).unwrap();
        assert!(one["input_schema"]["properties"].is_object() && one["price"].is_string(), "{one}");
    }
    let mut ids = Vec::new();
    for keyword in ["green tea", "green tea benefits", "oolong tea"] {
        let body = json!({"sector_id": town.acme.sector(), "keyword": keyword});
        ids.push(made(&owner, "planner/keywords/", body).await.id());
    }
    let started = owner.post("ai/functions/auto_cluster/run/", json!({"payload": {"ids": ids}})).await;
    assert_eq!(started.body["message"], "auto_cluster was started");
    succeeded(&owner, &started).await;
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let nothing = owner.post("ai/functions/make_coffee/run/", json!({"payload": {}})).await;
    assert_eq!(nothing.refusal(), (404, "not_found"));
    owner.post("ai/functions/auto_cluster/run/", json!({})).await.complains_of("payload");
    owner.post("ai/functions/auto_cluster/run/", json!({"payload": []})).await.complains_of("payload");
    let unknown = owner.post("ai/functions/auto_cluster/run/", json!({"payload": {"colour": 1}})).await;
    assert_eq!(unknown.refusal(), (400, "invalid"), "{unknown:?}");
    assert_eq!(town.anyone().get("ai/functions/").await.refusal(), (401, "unauthenticated"));
    let body = json!({"sector_id": town.acme.sector(), "keyword": "tea"});
    let id = made(&owner, "planner/keywords/", body).await.id();
    guarded(&town, &[("POST", "ai/functions/auto_cluster/run/", json!({"payload": {"ids": [id]}}))]).await;
}
