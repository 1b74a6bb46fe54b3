//! `auth/users/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_user_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createUser", "listUsers", "getUser", "replaceUser", "updateUser", "deleteUser"]);
    let owner = town.acme.owner();
    let body = json!({"email": "Eve@Example.com", "first_name": "Eve", "role": "editor"});
    let user = made(&owner, "auth/users/", body.clone()).await;
    assert_eq!((&user.data()["email"], &user.data()["username"]), (&json!("eve@example.com"), &json!("eve")));
    assert_eq!(owner.post("auth/users/", body).await.refusal(), (409, "conflict"));
    let path = format!("auth/users/{}/", user.id());
    assert_eq!(owner.get(&path).await.data(), user.data());
    let list = owner.get("auth/users/?page_size=2").await;
    assert_eq!((&list.body["count"], &list.results()[0]["id"]), (&json!(5), &json!(user.id())));
    assert!(list.body["next"].as_str().unwrap().ends_with("page=2"));

    let replaced = owner.put(&path, json!({"username": "evelyn", "role": "viewer"})).await;
    assert_eq!((&replaced.data()["first_name"], &replaced.data()["role"]), (&json!(""), &json!("viewer")));
    let patched = owner.patch(&path, json!({"is_active": false})).await;
    assert_eq!(
        (&patched.data()["is_active"], &patched.data()["username"]),
        (&json!(false), &json!("evelyn"))
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn what_does_not_fit_a_user_is_named_by_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for (body, field) in [
        (json!({"role": "editor"}), "email"),
        (json!({"email": "eve@example.com"}), "role"),
        (json!({"email": "eve", "role": "editor"}), "email"),
        (json!({"email": "eve@example.com", "role": "boss"}), "role"),
        (
            json!({"email": "eve@example.com", "role": "editor", "account": town.globex.home.account}),
            "account",
        ),
    ] {
        owner.post("auth/users/", body).await.complains_of(field);
    }
    owner.get("auth/users/?ordering=email").await.complains_of("ordering");
    owner.get("auth/users/?email=a").await.complains_of("email");
}

#[tokio::test]
async fn nobody_makes_users_above_themselves() {
    let town = Town::new().await;
    let body = |role: &str| json!({"email": format!("{role}@new.example"), "role": role});
    let owner = town.acme.owner();
    owner.post("auth/users/", body("developer")).await.complains_of("role");
    town.acme.client(Role::Admin).post("auth/users/", body("owner")).await.complains_of("role");
    let editor = town.acme.client(Role::Editor);
    assert_eq!(editor.post("auth/users/", body("viewer")).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn users_are_written_by_those_who_may() {
    let town = Town::new().await;
    let path = format!("auth/users/{}/", town.acme.user(Role::Editor));
    unreadable(&town, &["auth/users/", &path]).await;
    let body = json!({"email": "eve@example.com", "role": "editor"});
    guarded(
        &town,
        &[
            ("POST", "auth/users/", body),
            ("PUT", &path, json!({"username": "e", "role": "editor"})),
            ("PATCH", &path, json!({"first_name": "E"})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
