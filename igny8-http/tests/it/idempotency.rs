//! `Idempotency-Key`: what is sent twice is done once and answered twice alike.

use std::io;

use axum::body::Body;
use futures_channel::oneshot;
use futures_util::stream;
use igny8_core::tenancy::Role;
use serde_json::{Value, json};

use crate::checks::{finished, id_of};
use crate::client::{Client, Reply};
use crate::town::{PASSWORD, Town};

const KEYWORDS: &str = "planner/keywords/";

fn keyed(client: &Client, key: &str) -> Client {
    client.clone().header("idempotency-key", key)
}

fn tea(town: &Town) -> Value {
    json!({"sector_id": town.acme.sector(), "keyword": "tea"})
}

/// Asserts that the second answer is the first one once more.
#[track_caller]
fn same(first: &Reply, second: &Reply) {
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    for name in ["content-type", "location", "etag"] {
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_row_is_made_once() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "make tea");
    let first = owner.post(KEYWORDS, tea(&town)).await;
    assert_eq!(first.status, 201, "{first:?}");
    same(&first, &owner.post(KEYWORDS, tea(&town)).await);
    assert_eq!(owner.get(KEYWORDS).await.body["count"], 1);
    let other = json!({"sector_id": town.acme.sector(), "keyword": "oolong"});
    assert_eq!(owner.post(KEYWORDS, other).await.refusal(), (422, "idempotency_key_reused"));
    let elsewhere = json!({"sector_id": town.acme.sector(), "name": "tea"});
    assert_eq!(owner.post("planner/clusters/", elsewhere).await.refusal(), (422, "idempotency_key_reused"));
    let patched = owner.patch(&format!("{KEYWORDS}{}/", first.id()), json!({"volume": 5})).await;
    assert_eq!((patched.status, patched.header("idempotency-replayed")), (200, ""), "only a POST has a key");
}

#[tokio::test]
async fn the_path_without_its_slash_is_the_same_request() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "make tea");
    let first = owner.post(KEYWORDS, tea(&town)).await;
    same(&first, &owner.post("planner/keywords", tea(&town)).await);
}

#[tokio::test]
async fn a_run_is_started_once() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "start");
    let id = id_of(&town.acme.owner(), KEYWORDS, tea(&town)).await;
    let start = json!({"ids": [id]});
    let first = owner.post("planner/keywords/auto_cluster/", start.clone()).await;
    finished(&owner, &first).await;
    same(&first, &owner.post("planner/keywords/auto_cluster/", start).await);
    assert_eq!(owner.get("billing/transactions/?type=usage").await.body["count"], 1);
}

#[tokio::test]
async fn a_file_is_imported_once() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "import");
    let path = format!("planner/keywords/import_csv/?sector_id={}", town.acme.sector());
    let send =
        async |path: &str, text: &str| owner.send_as("POST", path, Some(("text/csv", text.to_owned()))).await;
    let first = send(&path, "Keyword\ntea\n").await;
    assert_eq!(first.data()["created"], 1);
    same(&first, &send(&path, "Keyword\ntea\n").await);
    assert_eq!(send(&path, "Keyword\noolong\n").await.refusal(), (422, "idempotency_key_reused"));
    let dry = format!("{path}&dry_run=true");
    assert_eq!(send(&dry, "Keyword\ntea\n").await.refusal(), (422, "idempotency_key_reused"));
    let refused = keyed(&town.acme.owner(), "fresh");
    let send = async |text: &str| refused.send_as("POST", &path, Some(("text/csv", text.to_owned()))).await;
    assert_eq!(send("").await.refusal(), (400, "import_failed"));
    assert_eq!(send("Keyword\noolong\n").await.data()["created"], 1, "a refusal leaves the key free");
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "try");
    owner.post(KEYWORDS, json!({})).await.complains_of("keyword");
    let made = owner.post(KEYWORDS, tea(&town)).await;
    assert_eq!((made.status, made.header("idempotency-replayed")), (201, ""));
    for odd in ["", &"x".repeat(201)] {
        let reply = keyed(&town.acme.owner(), odd).post(KEYWORDS, tea(&town)).await;
        reply.complains_of("Idempotency-Key");
    }
}

#[tokio::test]
async fn of_two_at_once_one_is_done() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "both");
    let many: Vec<_> = (0..4)
        .map(|_| {
            let (owner, body) = (owner.clone(), tea(&town));
            tokio::spawn(async move { owner.post(KEYWORDS, body).await })
        })
        .collect();
    let mut fresh = 0;
    for reply in many {
        let reply = reply.await.unwrap();
        match (reply.status, reply.header("idempotency-replayed")) {
            (201, "") => fresh += 1,
            (201, "true") => {}
            _ => {
                assert_eq!(reply.refusal(), (409, "in_progress"));
                assert_eq!(reply.header("retry-after"), "1");
            }
        }
    }
    assert_eq!(fresh, 1);
    assert_eq!(owner.get(KEYWORDS).await.body["count"], 1);
}

#[tokio::test]
async fn a_key_is_its_users_own() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "mine");
    let editor = keyed(&town.acme.client(Role::Editor), "mine");
    let globex = keyed(&town.globex.owner(), "mine");
    assert_eq!(owner.post(KEYWORDS, tea(&town)).await.status, 201);
    let body = json!({"sector_id": town.acme.sector(), "keyword": "oolong"});
    let second = editor.post(KEYWORDS, body).await;
    assert_eq!((second.status, second.header("idempotency-replayed")), (201, ""), "{second:?}");
    let body = json!({"sector_id": town.globex.sector(), "keyword": "tea"});
    assert_eq!(globex.post(KEYWORDS, body).await.status, 201);
    let viewer = keyed(&town.acme.client(Role::Viewer), "mine");
    assert_eq!(viewer.post(KEYWORDS, tea(&town)).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn answers_with_a_secret_are_not_kept() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "secret");
    let body = json!({"name": "a", "role": "viewer"});
    let (first, second) =
        (owner.post("auth/api_keys/", body.clone()).await, owner.post("auth/api_keys/", body).await);
    assert_ne!(first.data()["secret"], second.data()["secret"]);
    let anyone = keyed(&town.anyone(), "secret");
    let login = json!({"email": town.acme.email(Role::Owner), "password": PASSWORD});
    let (first, second) =
        (anyone.post("auth/login/", login.clone()).await, anyone.post("auth/login", login).await);
    assert_ne!(first.data()["refresh"], second.data()["refresh"]);
    assert_eq!(second.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_stop_what_it_asked_for() {
    let town = Town::new().await;
    let owner = keyed(&town.acme.owner(), "gone");
    let (begun, begins) = oneshot::channel();
    let (ends, ended) = oneshot::channel::<()>();
    let body = tea(&town).to_string();
    let body = Body::from_stream(stream::once(async move {
        begun.send(()).unwrap();
        ended.await.unwrap();
        io::Result::Ok(body)
    }));
    let asking = owner.clone();
    let asked =
        tokio::spawn(
            async move { asking.send_body("POST", KEYWORDS, Some(("application/json", body))).await },
        );
    begins.await.unwrap();
    asked.abort();
    drop(asked.await);
    ends.send(()).unwrap();
    for _ in 0..200 {
        let again = owner.post(KEYWORDS, tea(&town)).await;
        if again.status == 201 {
            assert_eq!(owner.get(KEYWORDS).await.body["count"], 1);
            return;
        }
        assert_eq!(again.refusal(), (409, "in_progress"));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it was not done");
}
