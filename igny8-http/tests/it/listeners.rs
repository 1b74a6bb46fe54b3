//! Many who listen to one run: all hear the same, each from where they left off, and all hear its end.
//! `sse-bench` measures the same with a thousand over real connections.

use serde_json::{Value, json};

use crate::town::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_listens_to_a_run_hears_its_end() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let cluster = json!({"sector_id": town.acme.sector(), "name": "Tea"});
    let cluster = owner.post("planner/clusters/", cluster).await.id();
    let keyword = json!({"sector_id": town.acme.sector(), "keyword": "green tea", "cluster": cluster});
    assert_eq!(owner.post("planner/keywords/", keyword).await.status, 201);
    let started = owner.post("planner/clusters/auto_generate_ideas/", json!({"ids": [cluster]})).await;
    let path = format!("system/settings/task_progress/{}/stream/", started.body["task_id"].as_str().unwrap());
    let mut listeners = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (path, client) = (path.clone(), owner.clone());
        // Some come back with a version that they have seen, or say they have.
        let client =
            if number % 4 == 0 { client.header("last-event-id", number.to_string()) } else { client };
        listeners.spawn(async move { client.get(&path).await });
    }
    let mut ends = Vec::new();
    for reply in listeners.join_all().await {
        assert_eq!(reply.status, 200, "{reply:?}");
        let events: Vec<&str> = reply.text.split("\n\n").filter(|event| event.contains("id: ")).collect();
        let versions: Vec<u64> = events
            .iter()
            .map(|event| event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().parse().unwrap())
            .collect();
        assert!(versions.windows(2).all(|two| two[0] < two[1]), "{versions:?}");
        let last = events.last().unwrap();
        assert!(last.contains("event: finished"), "{reply:?}");
        let data = last.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((&data["state"], &data["percentage"]), (&json!("SUCCESS"), &json!(100)));
        ends.push((*versions.last().unwrap(), data));
    }
    assert!(ends.windows(2).all(|two| two[0] == two[1]));
    let seen = ends[0].0.to_string();
    assert_eq!(owner.header("last-event-id", seen).get(&path).await.status, 204);
}
