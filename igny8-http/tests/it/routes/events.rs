//! `…/task_progress/{task_id}/stream/`.

use serde_json::{Value, json};

use super::task_progress::clustering;
use crate::checks::{finished, unreadable};
use crate::client::Reply;
use crate::town::Town;

/// The events of a stream: name, id, data.
fn events(stream: &Reply) -> Vec<(String, u64, Value)> {
    assert_eq!((stream.status, stream.header("content-type")), (200, "text/event-stream"), "{stream:?}");
    let blocks = stream.text.split("\n\n").filter(|block| block.contains("data:"));
    blocks
        .map(|block| {
            let field = |name: &str| {
                block.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
            };
            (field("event:"), field("id:").parse().unwrap(), serde_json::from_str(&field("data:")).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn events_come_in_order_and_end_with_the_run() {
    let town = Town::new().await;
    town.drives(&["streamTaskProgress"]);
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    let path = format!("{}stream/", started.header("location"));
    let stream = owner.get(&path).await;
    assert_eq!(stream.header("cache-control"), "no-cache");
    let events = events(&stream);
    let (last, before) = events.split_last().unwrap();
    assert_eq!(
        (&*last.0, &last.2["state"], &last.2["percentage"]),
        ("finished", &json!("SUCCESS"), &json!(100))
    );
    assert!(before.iter().all(|(name, ..)| name == "progress"), "{events:?}");
    assert!(events.is_sorted_by(|a, b| a.1 < b.1), "{events:?}");
    assert!(events.is_sorted_by_key(|(.., data)| data["percentage"].as_u64()), "{events:?}");
    assert!(
        events
            .iter()
            .all(|(_, id, data)| data["version"] == *id && data["task_id"] == started.body["task_id"])
    );
    assert_eq!(last.2, finished(&owner, &started).await);
}

#[tokio::test]
async fn who_comes_back_gets_what_has_changed_since() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    let version = finished(&owner, &started).await["version"].as_u64().unwrap();
    let path = format!("{}stream/", started.header("location"));
    let back = |seen: u64| owner.clone().header("last-event-id", seen.to_string());
    let missed = events(&back(version - 1).get(&path).await);
    assert_eq!((missed.len(), &*missed[0].0, missed[0].1), (1, "finished", version));
    let nothing = back(version).get(&path).await;
    assert_eq!((nothing.status, nothing.text.as_str()), (204, ""));
    let odd = owner.clone().header("last-event-id", "x").get(&path).await;
    assert_eq!(events(&odd).len(), 1);
    assert_eq!(events(&back(version + 100).get(&path).await).len(), 1, "an id of nowhere gets a snapshot");
}

#[tokio::test]
async fn streams_are_opened_by_those_who_may_see_the_run() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let started = clustering(&owner, &town.acme.sector()).await;
    finished(&owner, &started).await;
    unreadable(&town, &[&format!("{}stream/", started.header("location"))]).await;
    town.suspend(&town.acme).await;
    assert_eq!(owner.get(&format!("{}stream/", started.header("location"))).await.status, 200);
}
