//! `auth/`: registering, logging in, refreshing.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::town::{PASSWORD, Town};

#[tokio::test]
async fn somebody_registers_and_is_somebody() {
    let town = Town::new().await;
    town.drives(&["register", "getMe"]);
    let body = json!({"email": "Ada@Example.com", "password": "long enough", "account_name": "Ada's"});
    let made = town.anyone().post("auth/register/", body.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let ada = town.anyone().token(made.data()["access"].as_str().unwrap());
    let me = ada.get("auth/me/").await;
    assert_eq!(me.data()["user"]["email"], "ada@example.com");
    assert_eq!(me.data()["role"], "owner");
    assert_eq!(town.anyone().post("auth/register/", body).await.refusal(), (409, "conflict"));
    let short = json!({"email": "b@example.com", "password": "short", "account_name": "B"});
    assert_eq!(town.anyone().post("auth/register/", short).await.refusal(), (400, "invalid"));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_closes_the_session() {
    let town = Town::new().await;
    town.drives(&["login", "refresh"]);
    let login = json!({"email": town.acme.email(Role::Editor), "password": PASSWORD});
    let session = town.anyone().post("auth/login/", login).await;
    let first = session.data()["refresh"].as_str().unwrap().to_owned();
    let second = town.anyone().post("auth/refresh/", json!({"refresh": first})).await;
    let second = second.data()["refresh"].as_str().unwrap().to_owned();
    let reused = town.anyone().post("auth/refresh/", json!({"refresh": first})).await;
    assert_eq!(reused.refusal(), (401, "unauthenticated"));
    let closed = town.anyone().post("auth/refresh/", json!({"refresh": second})).await;
    assert_eq!(closed.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn another_password_ends_every_token_from_before() {
    let town = Town::new().await;
    town.drives(&["changePassword"]);
    let editor = town.acme.client(Role::Editor);
    let wrong = json!({"old_password": "not it, not it", "new_password": "something new"});
    assert_eq!(editor.post("auth/change_password/", wrong).await.refusal(), (401, "login_failed"));
    let right = json!({"old_password": PASSWORD, "new_password": "something new"});
    let changed = editor.post("auth/change_password/", right).await;
    let fresh = town.anyone().token(changed.data()["access"].as_str().unwrap());
    assert_eq!(fresh.get("auth/me/").await.status, 200);
    assert_eq!(editor.get("auth/me/").await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn who_is_not_there_and_who_is_wrong_are_answered_alike() {
    let town = Town::new().await;
    let email = town.acme.email(Role::Viewer);
    let mut answers = Vec::new();
    for email in [email.as_str(), "nobody@example.com"] {
        let reply =
            town.anyone().post("auth/login/", json!({"email": email, "password": "wrong, wrong"})).await;
        assert_eq!(reply.refusal(), (401, "login_failed"));
        answers.push(reply.body["error"].clone());
    }
    assert_eq!(answers[0], answers[1]);
    let mut last = 401;
    for number in 0..12 {
        let email = format!("{}{email}", " ".repeat(number));
        let body = json!({"email": email, "password": "wrong, wrong"});
        last = town.anyone().post("auth/login/", body).await.status;
    }
    assert_eq!(last, 429, "tries at a password are counted");
}

#[tokio::test]
async fn a_logout_closes_the_session() {
    let town = Town::new().await;
    town.drives(&["logout"]);
    let login = json!({"email": town.acme.email(Role::Editor), "password": PASSWORD});
    let session = town.anyone().post("auth/login/", login).await;
    let refresh = json!({"refresh": session.data()["refresh"]});
    let keyed = town.anyone().header("idempotency-key", "out");
    assert_eq!(keyed.post("auth/logout/", refresh.clone()).await.status, 204);
    let closed = town.anyone().post("auth/refresh/", refresh.clone()).await;
    assert_eq!(closed.refusal(), (401, "unauthenticated"));
    assert_eq!(town.anyone().post("auth/logout/", refresh).await.status, 204);
    town.anyone().post("auth/logout/", json!({})).await.complains_of("refresh");
}

#[tokio::test]
async fn a_token_that_is_none_opens_nothing() {
    let town = Town::new().await;
    let parts = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    for token in ["", "x", "igk_x", "igr_x", parts] {
        let reply = town.anyone().token(token).get("auth/me/").await;
        assert_eq!(
            (reply.refusal(), reply.header("www-authenticate")),
            ((401, "unauthenticated"), "Bearer"),
            "{token}"
        );
    }
    let basic = town.anyone().header("authorization", "Basic YTpi").get("auth/me/").await;
    assert_eq!(basic.refusal(), (401, "unauthenticated"));
    let login = json!({"email": town.acme.email(Role::Editor)});
    town.anyone().post("auth/login/", login).await.complains_of("password");
}
