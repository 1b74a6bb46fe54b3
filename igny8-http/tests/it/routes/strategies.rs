//! `system/strategies/`.

use serde_json::json;

use crate::checks::{guarded, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_strategy_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&[
        "createStrategy",
        "listStrategies",
        "getStrategy",
        "replaceStrategy",
        "updateStrategy",
        "deleteStrategy",
    ]);
    let owner = town.acme.owner();
    let body = json!({"name": "Guides", "sector": town.acme.sector(), "section_logic": {"sections": ["What", "Why"]},
        "prompt_types": {"ideas": "Guides for [CLUSTER]"}});
    let strategy = made(&owner, "system/strategies/", body).await;
    assert_eq!(strategy.data()["is_active"], true);
    let path = format!("system/strategies/{}/", strategy.id());
    assert_eq!(owner.get(&path).await.data(), strategy.data());
    assert_eq!(owner.get("system/strategies/").await.results().len(), 1);
    let patched = owner.patch(&path, json!({"is_active": false})).await;
    assert_eq!(patched.data()["prompt_types"], json!({"ideas": "Guides for [CLUSTER]"}));
    let replaced = owner.put(&path, json!({"name": "Lists"})).await;
    assert_eq!((&replaced.data()["prompt_types"], &replaced.data()["is_active"]), (&json!({}), &json!(true)));
    assert_eq!(replaced.data()["sector"], town.acme.sector());
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn strategies_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "Guides", "section_logic": []}), "section_logic"),
        (json!({"name": "Guides", "prompt_types": {"poems": "x"}}), "prompt_types"),
    ] {
        owner.post("system/strategies/", body).await.complains_of(field);
    }
    let theirs = json!({"name": "Guides", "sector": town.globex.sector()});
    assert_eq!(owner.post("system/strategies/", theirs).await.refusal(), (404, "not_found"));
    let path = format!(
        "system/strategies/{}/",
        made(&owner, "system/strategies/", json!({"name": "Guides"})).await.id()
    );
    owner.put(&path, json!({"name": "Guides", "sector": null})).await.complains_of("sector");
    unreadable(&town, &["system/strategies/", &path]).await;
    guarded(
        &town,
        &[
            ("POST", "system/strategies/", json!({"name": "Lists"})),
            ("PUT", &path, json!({"name": "Lists"})),
            ("PATCH", &path, json!({"name": "Lists"})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
