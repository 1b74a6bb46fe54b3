//! `system/metrics/`: the resource tracker. The page for Prometheus is the host's recorder's.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn what_requests_take_is_told_by_route() {
    let town = Town::new().await;
    town.drives(&["getMetrics"]);
    let owner = town.acme.owner();
    for _ in 0..3 {
        owner.get("planner/keywords/").await;
    }
    owner.get("planner/keywords/?colour=red").await;
    owner.get("no/such/path/").await;
    let report = town.acme.client(Role::Admin).get("system/metrics/").await;
    let report = report.data();
    let routes = report["routes"].as_array().unwrap();
    let of =
        |name: &str| routes.iter().find(|route| route["route"] == name && route["method"] == "GET").unwrap();
    let keywords = of("/api/v1/planner/keywords/");
    assert_eq!(
        (&keywords["count"], &keywords["refused"], &keywords["failed"]),
        (&json!(4), &json!(1), &json!(0))
    );
    let latency = &keywords["latency_ms"];
    assert!(
        latency["p50"].as_f64().unwrap() > 0.0 && latency["max"].as_f64() >= latency["p50"].as_f64(),
        "{keywords}"
    );
    assert!(
        keywords["cpu_ms"]["mean"].as_f64().unwrap() > 0.0 && keywords["sent_bytes"].as_u64().unwrap() > 0
    );
    assert_eq!(of("unmatched")["refused"], 1);
    assert_eq!(report["in_flight"], 1, "the one that asks");
    assert!(report["process"]["resident_bytes"].as_u64().unwrap() > 0, "{report}");
}

#[tokio::test]
async fn measurements_are_for_admins() {
    let town = Town::new().await;
    for role in [Role::Editor, Role::Viewer] {
        assert_eq!(town.acme.client(role).get("system/metrics/").await.refusal(), (403, "forbidden"));
    }
    assert_eq!(town.anyone().get("system/metrics/").await.refusal(), (401, "unauthenticated"));
    let page = town.anyone().get("/metrics").await;
    assert_eq!(page.refusal(), (404, "no_route"), "there is no recorder");
}
