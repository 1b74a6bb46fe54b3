//! What is asked of many routes alike: who may not write, what is not there, and how a run ends.

use std::time::Duration;

use igny8_core::ids::KeywordId;
use igny8_core::tenancy::Role;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::town::Town;

/// A row that is made.
pub(crate) async fn made(client: &Client, path: &str, body: Value) -> Reply {
    let reply = client.post(path, body).await;
    assert_eq!(reply.status, 201, "{path}: {reply:?}");
    reply
}

/// The id of a row that is made.
pub(crate) async fn id_of(client: &Client, path: &str, body: Value) -> String {
    made(client, path, body).await.id()
}

/// Follows a started run to its end, as a client does.
pub(crate) async fn finished(client: &Client, started: &Reply) -> Value {
    assert_eq!(started.status, 202, "{started:?}");
    let task = started.body["task_id"].as_str().unwrap();
    let location = started.header("location");
    assert!(location.ends_with(&format!("/api/v1/system/settings/task_progress/{task}/")), "{location}");
    for _ in 0..600 {
        let progress = client.get(location).await;
        if ["SUCCESS", "FAILURE", "REVOKED"].contains(&progress.data()["state"].as_str().unwrap()) {
            return progress.data().clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run has not ended: {:?}", client.get(location).await);
}

/// Follows a started run to its success; what it produced.
pub(crate) async fn succeeded(client: &Client, started: &Reply) -> Value {
    let progress = finished(client, started).await;
    assert_eq!(progress["state"], "SUCCESS", "{progress}");
    assert_eq!((&progress["percentage"], &progress["phase"]), (&json!(100), &json!("DONE")));
    progress["result"].clone()
}

/// Requests that write, of rows of Acme's: nobody and viewers may not, another tenant finds nothing, nor does anyone find
/// what is not there, and once the account is suspended its owner may not either.
pub(crate) async fn guarded(town: &Town, writes: &[(&str, &str, Value)]) {
    let owner = town.acme.owner();
    for (method, path, body) in writes {
        let body = Some(body);
        let context = format!("{method} {path}");
        assert_eq!(
            town.anyone().send(method, path, body).await.refusal(),
            (401, "unauthenticated"),
            "{context}"
        );
        let viewer = town.acme.client(Role::Viewer).send(method, path, body).await;
        assert_eq!(viewer.refusal(), (403, "forbidden"), "{context}");
        let Some(id) = path.split('/').find(|part| part.parse::<KeywordId>().is_ok()) else { continue };
        let theirs = town.globex.owner().send(method, path, body).await;
        assert_eq!(theirs.refusal(), (404, "not_found"), "{context}");
        let nothing = path.replace(id, &KeywordId::new().to_string());
        let nothing = owner.send(method, &nothing, body).await;
        assert_eq!(nothing.refusal(), (404, "not_found"), "{context}");
        let odd = owner.send(method, &path.replace(id, "no-id"), body).await;
        assert_eq!(odd.refusal(), (404, "not_found"), "{context}");
    }
    town.suspend(&town.acme).await;
    for (method, path, body) in writes {
        let reply = owner.send(method, path, Some(body)).await;
        assert_eq!(reply.refusal(), (403, "account_inactive"), "{method} {path}: {reply:?}");
    }
}

/// Rows of Acme's that can be read: nobody, another tenant and who names what is not there find nothing.
pub(crate) async fn unreadable(town: &Town, paths: &[&str]) {
    for path in paths {
        assert_eq!(town.anyone().get(path).await.refusal(), (401, "unauthenticated"), "{path}");
        let Some(id) = path.split('/').find(|part| part.parse::<KeywordId>().is_ok()) else { continue };
        let theirs = town.globex.owner().get(path).await;
        assert_eq!(theirs.refusal(), (404, "not_found"), "{path}");
        let other = KeywordId::new().to_string();
        let nothing = town.acme.owner().get(&path.replace(id, &other)).await;
        assert_eq!(nothing.refusal(), (404, "not_found"), "{path}");
        let same = nothing.body["error"].to_string().replace(&other, id);
        assert_eq!(theirs.body["error"].to_string(), same, "what is not yours is not there");
    }
}
