//! `system/prompts/`.

use igny8_core::tenancy::Role;
use serde_json::{Value, json};

use crate::checks::{guarded, made, unreadable};
use crate::client::Client;
use crate::town::Town;

async fn in_force(client: &Client, prompt_type: &str) -> Value {
    let list = client.get("system/prompts/").await;
    assert_eq!(list.results().len(), 6);
    list.results().iter().find(|prompt| prompt["prompt_type"] == prompt_type).unwrap().clone()
}

#[tokio::test]
async fn an_own_prompt_is_in_force_until_it_is_reset() {
    let town = Town::new().await;
    town.drives(&[
        "listPrompts",
        "createPrompt",
        "getPrompt",
        "replacePrompt",
        "updatePrompt",
        "deletePrompt",
        "resetPrompt",
    ]);
    let owner = town.acme.owner();
    let shipped = in_force(&owner, "ideas").await;
    assert_eq!((&shipped["origin"], &shipped["id"]), (&json!("built_in"), &json!(null)));
    let body = json!({"prompt_type": "ideas", "prompt_value": "Ideas for [IGNY8_CLUSTER]"});
    let prompt = made(&owner, "system/prompts/", body).await;
    let own = in_force(&owner, "ideas").await;
    assert_eq!((&own["origin"], &own["id"]), (&json!("account"), &json!(prompt.id())));
    let path = format!("system/prompts/{}/", prompt.id());
    let seen = owner.get(&path).await;
    assert_eq!(seen.data(), prompt.data());

    let based = owner.clone().header("if-match", seen.header("etag"));
    let replaced = based.put(&path, json!({"prompt_value": "More ideas for [CLUSTER]"})).await;
    assert_eq!(replaced.data()["prompt_value"], "More ideas for [CLUSTER]");
    assert_eq!(replaced.header("etag"), owner.get(&path).await.header("etag"));
    for method in ["PUT", "PATCH"] {
        let lost = based.send(method, &path, Some(&json!({"prompt_value": "Lost [CLUSTER]"}))).await;
        assert_eq!(lost.refusal(), (412, "precondition_failed"));
    }
    let patched = owner.patch(&path, json!({"prompt_value": "Still more for [CLUSTER]"})).await;
    assert_eq!(patched.data()["id"], json!(prompt.id()));
    assert_eq!(in_force(&town.globex.owner(), "ideas").await, shipped);

    let reset = owner.send("POST", "system/prompts/ideas/reset_to_default/", None).await;
    assert_eq!(reset.data()["origin"], "built_in");
    assert_eq!(in_force(&owner, "ideas").await, shipped);
    let body = json!({"prompt_type": "clustering", "prompt_value": "Cluster [KEYWORDS]"});
    let path = format!("system/prompts/{}/", made(&owner, "system/prompts/", body).await.id());
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
    assert_eq!(in_force(&owner, "clustering").await["origin"], "built_in");
}

#[tokio::test]
async fn prompts_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for (body, field) in [
        (json!({"prompt_value": "x"}), "prompt_type"),
        (json!({"prompt_type": "ideas"}), "prompt_value"),
        (json!({"prompt_type": "poems", "prompt_value": "x"}), "prompt_type"),
        (json!({"prompt_type": "ideas", "prompt_value": ""}), "prompt_value"),
        (json!({"prompt_type": "ideas", "prompt_value": "{% if %}"}), "prompt_value"),
    ] {
        owner.post("system/prompts/", body).await.complains_of(field);
    }
    let unknown = owner.send("POST", "system/prompts/poems/reset_to_default/", None).await;
    assert_eq!(unknown.refusal(), (404, "not_found"));
    let body = json!({"prompt_type": "ideas", "prompt_value": "Ideas for [CLUSTER]"});
    let path = format!("system/prompts/{}/", made(&owner, "system/prompts/", body.clone()).await.id());
    unreadable(&town, &["system/prompts/", &path]).await;
    let editor = town.acme.client(Role::Editor);
    assert_eq!(editor.patch(&path, json!({"prompt_value": "x"})).await.refusal(), (403, "forbidden"));
    guarded(
        &town,
        &[
            ("POST", "system/prompts/", body),
            ("PUT", &path, json!({"prompt_value": "For [CLUSTER]"})),
            ("PATCH", &path, json!({"prompt_value": "For [CLUSTER]"})),
            ("POST", "system/prompts/ideas/reset_to_default/", json!({})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
