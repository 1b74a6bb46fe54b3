//! `system/settings/task_progress/`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{finished, guarded, made, unreadable};
use crate::client::{Client, Reply};
use crate::town::Town;

/// Starts clustering some keywords.
pub(super) async fn clustering(owner: &Client, sector: &str) -> Reply {
    let mut ids = Vec::new();
    for keyword in ["green tea", "green tea benefits", "green tea caffeine", "oolong tea", "oolong price"] {
        let body = json!({"sector_id": sector, "keyword": keyword, "volume": 10});
        ids.push(made(owner, "planner/keywords/", body).await.id());
    }
    owner.post("planner/keywords/auto_cluster/", json!({"ids": ids})).await
}

#[tokio::test]
async fn a_run_is_told_by_celerys_words_until_it_has_ended() {
    let town = Town::new().await;
    town.drives(&["getTaskProgress"]);
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    assert_eq!((started.status, &started.body["success"]), (202, &json!(true)));
    assert_eq!(started.body["request_id"], started.header("x-request-id"));
    let run = finished(&owner, &started).await;
    assert_eq!(
        (&run["state"], &run["phase"], &run["function"]),
        (&json!("SUCCESS"), &json!("DONE"), &json!("auto_cluster"))
    );
    assert_eq!(
        (&run["current"], &run["total"], &run["error"]),
        (&json!(1), &json!(1), &json!(null)),
        "one call of a model"
    );
    assert!(!run["request_steps"].as_array().unwrap().is_empty(), "{run}");
    assert_eq!(run["request_steps"][0]["status"], "success");
    assert!(
        run["result"].is_object() && run["finished_at"].is_string() && run["credits_charged"].is_i64(),
        "{run}"
    );
    let location = started.header("location");
    assert_eq!(town.acme.client(Role::Viewer).get(location).await.data(), &run);
}

#[tokio::test]
async fn a_run_is_asked_to_stop() {
    let town = Town::new().await;
    town.drives(&["cancelTask"]);
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    let cancel = format!("{}cancel/", started.header("location"));
    let asked = owner.send("POST", &cancel, None).await;
    let state = asked.data()["state"].as_str().unwrap().to_owned();
    let ended = finished(&owner, &started).await;
    if state == "SUCCESS" {
        assert_eq!(ended["state"], "SUCCESS", "what has ended stays as it is");
    } else {
        assert_eq!(
            (&ended["cancel_requested"], &asked.data()["cancel_requested"]),
            (&json!(true), &json!(true))
        );
    }
    assert_eq!(owner.send("POST", &cancel, None).await.data()["state"], ended["state"]);
}

#[tokio::test]
async fn runs_are_seen_and_stopped_by_those_who_may() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    finished(&owner, &started).await;
    let path = started.header("location").to_owned();
    unreadable(&town, &[&path]).await;
    let nothing = owner.get("system/settings/task_progress/not-a-run/").await;
    assert_eq!(nothing.refusal(), (404, "not_found"));
    let cancel = format!("{path}cancel/");
    for method in ["PUT", "DELETE"] {
        assert_eq!(owner.send(method, &cancel, None).await.refusal(), (405, "method_not_allowed"));
    }
    guarded(&town, &[]).await;
    assert_eq!(town.acme.client(Role::Viewer).send("POST", &cancel, None).await.refusal().0, 403);
    assert_eq!(owner.get(&path).await.status, 200);
}
