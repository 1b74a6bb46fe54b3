//! `system/author_profiles/`.

use serde_json::json;

use crate::checks::{guarded, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn an_author_profile_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createAuthorProfile", "listAuthorProfiles", "getAuthorProfile", "replaceAuthorProfile"]);
    town.drives(&["updateAuthorProfile", "deleteAuthorProfile"]);
    let owner = town.acme.owner();
    let body = json!({"name": "Ada", "tone": "friendly", "language": "pt-BR", "is_default": true});
    let profile = made(&owner, "system/author_profiles/", body.clone()).await;
    assert_eq!(owner.post("system/author_profiles/", body).await.refusal(), (409, "conflict"));
    let path = format!("system/author_profiles/{}/", profile.id());
    assert_eq!(owner.get(&path).await.data(), profile.data());
    assert_eq!(owner.get("system/author_profiles/").await.results().len(), 1);
    let patched = owner.patch(&path, json!({"description": "Writes for beginners"})).await;
    assert_eq!((&patched.data()["tone"], &patched.data()["is_default"]), (&json!("friendly"), &json!(true)));
    let replaced = owner.put(&path, json!({"name": "Ada L.", "tone": "formal", "language": "en"})).await;
    assert_eq!(
        (&replaced.data()["description"], &replaced.data()["is_default"]),
        (&json!(""), &json!(false))
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn author_profiles_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for (body, field) in [
        (json!({"tone": "friendly", "language": "en"}), "name"),
        (json!({"name": "", "tone": "friendly", "language": "en"}), "name"),
        (json!({"name": "Ada", "tone": "loud", "language": "en"}), "tone"),
        (json!({"name": "Ada", "tone": "friendly", "language": "not a language"}), "language"),
        (json!({"name": "Ada", "tone": "friendly", "language": "en", "age": 9}), "age"),
    ] {
        owner.post("system/author_profiles/", body).await.complains_of(field);
    }
    let body = json!({"name": "Ada", "tone": "friendly", "language": "en"});
    let path = format!(
        "system/author_profiles/{}/",
        made(&owner, "system/author_profiles/", body.clone()).await.id()
    );
    unreadable(&town, &["system/author_profiles/", &path]).await;
    guarded(
        &town,
        &[
            ("POST", "system/author_profiles/", json!({"name": "Bob", "tone": "friendly", "language": "en"})),
            ("PUT", &path, body),
            ("PATCH", &path, json!({"name": "Bob"})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
