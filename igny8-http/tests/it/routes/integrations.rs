//! `system/settings/integrations/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::guarded;
use crate::town::Town;

const OPENAI: &str = "system/settings/integrations/openai/";

#[tokio::test]
async fn a_secret_is_written_and_never_read() {
    let town = Town::new().await;
    town.drives(&["listIntegrations", "getIntegration", "saveIntegration", "postIntegration"]);
    let owner = town.acme.owner();
    assert_eq!(owner.get(OPENAI).await.refusal(), (404, "not_found"));
    let body = json!({"config": {"model": "small"}, "secrets": {"api_key": "sk-very-secret-1234"}});
    let saved = owner.put(OPENAI, body).await;
    let shown = json!({"api_key": {"has_key": true, "last4": "1234"}});
    assert_eq!((&saved.data()["secrets"], &saved.data()["is_active"]), (&shown, &json!(true)));
    for reply in [saved, owner.get(OPENAI).await, owner.get("system/settings/integrations/").await] {
        assert!(!reply.text.contains("very-secret"), "{reply:?}");
    }

    for unchanged in [json!("****1234"), shown["api_key"].clone()] {
        let body = json!({"config": {"model": "large"}, "secrets": {"api_key": unchanged}});
        let saved = owner.post(OPENAI, body).await;
        assert_eq!((&saved.data()["secrets"], &saved.data()["config"]["model"]), (&shown, &json!("large")));
    }
    let changed =
        owner.put(OPENAI, json!({"secrets": {"api_key": "sk-another-one-9876"}, "is_active": false})).await;
    assert_eq!(
        (&changed.data()["secrets"]["api_key"]["last4"], &changed.data()["is_active"]),
        (&json!("9876"), &json!(false))
    );
    let without = owner.put(OPENAI, json!({"secrets": {"api_key": null}})).await;
    assert_eq!(without.data()["secrets"], json!({}));
    assert_eq!(town.globex.owner().get(OPENAI).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn settings_are_for_those_who_manage_them_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    owner.put(OPENAI, json!({"config": []})).await.complains_of("config");
    owner.put(OPENAI, json!({"secrets": {"api_key": 5}})).await.complains_of("secrets.api_key");
    owner.put(OPENAI, json!({"api_key": "sk-1"})).await.complains_of("api_key");
    let odd = owner.put("system/settings/integrations/Open%20AI/", json!({})).await;
    odd.complains_of("integration_type");
    for role in [Role::Editor, Role::Viewer] {
        for path in [OPENAI, "system/settings/integrations/"] {
            assert_eq!(town.acme.client(role).get(path).await.refusal(), (403, "forbidden"));
        }
    }
    assert_eq!(town.anyone().get(OPENAI).await.refusal(), (401, "unauthenticated"));
    guarded(&town, &[("PUT", OPENAI, json!({})), ("POST", OPENAI, json!({}))]).await;
}
