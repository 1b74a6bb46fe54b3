//! Webhooks from a run's end to a receiver on a socket: signed, tried again, and never into the operator's own network.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use igny8_core::Igny8;
use igny8_http::webhooks::{DeliveryConfig, DeliveryHandle, SIGNATURE_HEADER, sign, spawn_delivery};
use serde_json::{Value, json};

use crate::town::Town;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SECRET: &str = "sixteen characters or more";

/// What a receiver was sent.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<(HeaderMap, String)>>>);

impl Received {
    fn all(&self) -> Vec<(HeaderMap, String)> {
        self.0.lock().unwrap().clone()
    }
}

/// A receiver that answers with these statuses in turn, and with the last one from then on.
async fn receiver(statuses: &'static [u16]) -> (String, Received) {
    let received = Received::default();
    let kept = received.clone();
    let hook = post(async move |headers: HeaderMap, body: String| {
        let mut kept = kept.0.lock().unwrap();
        let status = statuses.get(kept.len()).or(statuses.last()).copied().unwrap();
        kept.push((headers, body));
        StatusCode::from_u16(status).unwrap()
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", hook)).await });
    (url, received)
}

fn sender(igny8: &Igny8, allowed: Vec<IpAddr>, attempts: u32) -> DeliveryHandle {
    let (poll, backoff) = (Duration::from_millis(20), Duration::from_millis(1));
    let config = DeliveryConfig { poll, backoff, attempts, allowed, ..DeliveryConfig::default() };
    spawn_delivery(igny8.clone(), config).unwrap()
}

/// A webhook of Acme's for the ends of runs, and one run that has ended.
async fn told_of_a_run(town: &Town, url: &str) -> String {
    let owner = town.acme.owner();
    let hook = json!({"url": url, "events": ["run.finished", "run.failed"], "secret": SECRET});
    let hook = owner.post("system/webhooks/", hook).await.id();
    for keyword in ["green tea", "green tea benefits", "oolong tea"] {
        let body = json!({"sector_id": town.acme.sector(), "keyword": keyword});
        assert_eq!(owner.post("planner/keywords/", body).await.status, 201);
    }
    let started =
        owner.post("planner/keywords/auto_cluster/", json!({"sector_id": town.acme.sector()})).await;
    assert_eq!(started.status, 202, "{started:?}");
    hook
}

/// The one message of a webhook, once it is as the test waits for it.
async fn message(town: &Town, hook: &str, ready: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let listed = town.acme.owner().get(&format!("system/webhooks/{hook}/deliveries/")).await;
        if let Some(message) = listed.results().first().filter(|message| ready(message)) {
            return message.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the message never came so far: {listed:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_receiver_hears_of_a_run_once_it_takes_it_and_can_check_who_tells() {
    let town = Town::new().await;
    let (url, received) = receiver(&[500, 200]).await;
    let hook = told_of_a_run(&town, &url).await;
    let sender = sender(&town.igny8, vec![LOOPBACK], 5);
    let told = message(&town, &hook, |message| message["state"] == "delivered").await;
    sender.shutdown().await;
    assert_eq!((&told["attempts"], &told["last_status"]), (&json!(2), &json!(200)));

    let all = received.all();
    assert_eq!(all.len(), 2, "the same message, tried again");
    assert_eq!(all[0].1, all[1].1);
    for (headers, body) in &all {
        let signature = headers[SIGNATURE_HEADER].to_str().unwrap();
        let sent_at = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
        assert_eq!(signature, sign(&SECRET.into(), sent_at, body.as_bytes()));
        assert_eq!(headers["igny8-delivery"].to_str().unwrap(), told["id"]);
    }
    let body: Value = serde_json::from_str(&all[1].1).unwrap();
    assert_eq!((&body["event"], &body["data"]["state"]), (&json!("run.finished"), &json!("SUCCESS")));
    assert_eq!(body["account_id"], town.acme.home.account.to_string());
}

#[tokio::test]
async fn the_operators_own_network_is_never_asked() {
    let town = Town::new().await;
    let (url, received) = receiver(&[200]).await;
    let hook = told_of_a_run(&town, &url).await;
    let by_name = url.replace("127.0.0.1", "localhost");
    let named = town.acme.owner().patch(&format!("system/webhooks/{hook}/"), json!({"url": by_name})).await;
    assert_eq!(named.data()["url"], by_name);
    let sender = sender(&town.igny8, Vec::new(), 2);
    let refused = message(&town, &hook, |message| message["state"] == "failed").await;
    sender.shutdown().await;
    assert_eq!(refused["last_error"], "the address is not one of the public internet");
    assert!(received.all().is_empty(), "nothing was sent there");
}
