//! What holds for every request: its id, the envelope of refusals, headers, limits, and where the router is mounted.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_channel::oneshot;
use futures_util::stream;
use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{id_of, succeeded};
use crate::client::Client;
use crate::town::{PASSWORD, Town};

const KEYWORDS: &str = "planner/keywords/";

#[tokio::test]
async fn a_request_has_an_id_that_it_may_bring() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let brought = owner.clone().header("x-request-id", "my-id:1.2_3");
    for reply in [brought.get(KEYWORDS).await, brought.get("no/such/").await, brought.get("/healthz").await] {
        assert_eq!(reply.header("x-request-id"), "my-id:1.2_3");
    }
    for path in [KEYWORDS, "no/such/", "planner/keywords/x/"] {
        assert_eq!(brought.get(path).await.body["request_id"], "my-id:1.2_3", "{path}");
    }
    let mut seen = Vec::new();
    for odd in ["", "with space", "<script>", &"x".repeat(129)] {
        let reply = owner.clone().header("x-request-id", odd).get(KEYWORDS).await;
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(reply.body["request_id"], id);
        assert!(id.len() == 36 && !seen.contains(&id), "{odd}: {id}");
        seen.push(id);
    }
}

#[tokio::test]
async fn what_is_no_route_or_no_method_is_refused_in_the_envelope() {
    let town = Town::new().await;
    for path in ["/api/v1/no/such/", "/api/v1", "/", "/api/v2/planner/keywords/", "/healthz/x"] {
        let reply = town.anyone().get(path).await;
        assert_eq!(reply.refusal(), (404, "no_route"), "{path}");
        assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
    }
    for (path, allowed) in [(KEYWORDS, "GET,HEAD,POST"), ("planner/keywords/1/", "DELETE,GET,HEAD,PATCH,PUT")]
    {
        let reply = town.anyone().send("TRACE", path, None).await;
        assert_eq!(reply.refusal(), (405, "method_not_allowed"), "{path}");
        let mut allow: Vec<&str> = reply.header("allow").split(',').collect();
        allow.sort_unstable();
        assert_eq!(allow.join(","), allowed);
    }
    let head = town.acme.owner().send("HEAD", KEYWORDS, None).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
}

#[tokio::test]
async fn bodies_are_json_whole_and_small_enough() {
    let town = Town::with(|config| config.body_limit(1_000)).await;
    let owner = town.acme.owner();
    let send = async |media_type: &str, body: &str| {
        owner.send_as("POST", KEYWORDS, Some((media_type, body.to_owned()))).await
    };
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let reply = send(media_type, "{}").await;
        assert_eq!(reply.refusal(), (415, "unsupported_media_type"), "{media_type}");
    }
    for media_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"]
    {
        send(media_type, "{}").await.complains_of("keyword");
    }
    for broken in [
        "{",
        "{\"keyword\": }",
        "{} {}",
        "\u{feff}{}",
        "[]",
        "null",
        "7",
        "{\"keyword\": \"a\", \"keyword\": \"b\"}",
    ] {
        assert_eq!(send("application/json", broken).await.refusal(), (400, "invalid"), "{broken}");
    }
    let deep = "[".repeat(900);
    assert_eq!(send("application/json", &deep).await.refusal(), (400, "invalid"));
    let large = format!("{{\"keyword\": \"{}\"}}", "x".repeat(1_000));
    let reply = send("application/json", &large).await;
    assert_eq!(reply.refusal(), (413, "too_large"));
    assert_eq!(reply.body["error"]["details"], json!({"limit": 1_000}));
    let keyed = owner.clone().header("idempotency-key", "a");
    let reply = keyed.send_as("POST", KEYWORDS, Some(("application/json", large))).await;
    assert_eq!(reply.refusal(), (413, "too_large"));
    owner.send("POST", KEYWORDS, None).await.complains_of("body");
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_harm() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for path in [KEYWORDS, "no/such/", "/healthz", "/openapi.json", "/docs"] {
        let reply = owner.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{path}: {name}");
        }
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
    }
    let docs = owner.get("/docs").await;
    assert!(docs.header("content-type").starts_with("text/html"));
    let fetched = ["src=\"http", "href=\"http", "@import"].iter().find(|one| docs.text.contains(*one));
    assert_eq!(fetched, None, "the browser fetches nothing from elsewhere");
}

#[tokio::test]
async fn pages_of_other_origins_may_not_call_unless_one_is_allowed() {
    let (open, other) = ("https://app.example.com", "https://evil.example.com");
    let closed = Town::new().await;
    let allowed = Town::with(|config| config.allow_origin(open).unwrap()).await;
    for (town, origin, seen) in [(&closed, open, ""), (&allowed, open, open), (&allowed, other, "")] {
        let from = town.acme.owner().header("origin", origin);
        let reply = from.get(KEYWORDS).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, seen));
        assert_eq!(from.get("no/such/").await.header("access-control-allow-origin"), seen);
        let ask = town.anyone().header("origin", origin).header("access-control-request-method", "PATCH");
        let ask = ask
            .header("access-control-request-headers", "authorization,content-type,if-match,idempotency-key");
        let preflight = ask.send("OPTIONS", KEYWORDS, None).await;
        assert_eq!(preflight.header("access-control-allow-origin"), seen);
        if seen == origin {
            assert_eq!(preflight.status, 200);
            assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
            let headers = preflight.header("access-control-allow-headers");
            for header in [
                "authorization",
                "content-type",
                "if-match",
                "if-none-match",
                "idempotency-key",
                "x-account-id",
                "x-request-id",
                "last-event-id",
            ] {
                assert!(headers.contains(header), "{header}: {headers}");
            }
            let exposed = reply.header("access-control-expose-headers");
            for header in [
                "etag",
                "location",
                "retry-after",
                "x-request-id",
                "idempotency-replayed",
                "content-disposition",
            ] {
                assert!(exposed.contains(header), "{header}: {exposed}");
            }
            assert_eq!(reply.header("access-control-allow-credentials"), "", "tokens are no cookies");
        }
    }
}

#[tokio::test]
async fn long_answers_are_packed_for_those_who_unpack() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let plain = owner.get("auth/industries/").await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed = owner.clone().header("accept-encoding", "gzip").get("auth/industries/").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.bytes.starts_with(&[0x1f, 0x8b]) && packed.bytes.len() < plain.bytes.len() / 2);
    assert!(packed.headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_so_and_given_up() {
    let town = Town::with(|config| config.timeout(Duration::from_secs(1)).concurrency(1)).await;
    let owner = town.acme.owner();
    let never = Body::from_stream(stream::pending::<io::Result<Vec<u8>>>());
    let reply = owner.send_body("POST", KEYWORDS, Some(("application/json", never))).await;
    assert_eq!(reply.refusal(), (503, "timeout"));
    assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let mut then = 429;
    for _ in 0..100 {
        then = owner.get(KEYWORDS).await.status;
        if then != 429 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(then, 200, "its place among those at work is free");
}

#[tokio::test]
async fn an_upload_has_its_own_time() {
    let town = Town::with(|config| config.timeout(Duration::from_secs(1))).await;
    let slow = stream::once(async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        io::Result::Ok("Keyword\ntea\n")
    });
    let path = format!("planner/keywords/import_csv?sector_id={}", town.acme.sector());
    let reply = town.acme.owner().send_body("POST", &path, Some(("text/csv", Body::from_stream(slow)))).await;
    assert_eq!(reply.data()["created"], 1, "also without the last slash");
}

#[tokio::test]
async fn an_account_that_asks_too_often_waits() {
    let town = Town::with(|config| config.rate_limit(1, 3)).await;
    let owner = town.acme.owner();
    let mut last = owner.get(KEYWORDS).await;
    for _ in 0..5 {
        last = owner.get(KEYWORDS).await;
    }
    assert_eq!(last.refusal(), (429, "rate_limited"));
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(
        town.acme.client(Role::Editor).get(KEYWORDS).await.refusal(),
        (429, "rate_limited"),
        "it is the account's"
    );
    assert_eq!(town.globex.owner().get(KEYWORDS).await.status, 200);
    assert_eq!(town.anyone().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_account_that_asks_too_much_at_once_waits() {
    let town = Town::with(|config| config.concurrency(1)).await;
    let (owner, globex) = (town.acme.owner(), town.globex.owner());
    let (begun, begins) = oneshot::channel();
    let (ends, ended) = oneshot::channel::<()>();
    let body = Body::from_stream(stream::once(async move {
        begun.send(()).unwrap();
        ended.await.unwrap();
        io::Result::Ok("{}")
    }));
    let holding = {
        let owner = owner.clone();
        tokio::spawn(async move { owner.send_body("POST", KEYWORDS, Some(("application/json", body))).await })
    };
    begins.await.unwrap();
    let refused = owner.get(KEYWORDS).await;
    assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "rate_limited"), "1"));
    assert_eq!(globex.get(KEYWORDS).await.status, 200);
    ends.send(()).unwrap();
    holding.await.unwrap().complains_of("keyword");
    assert_eq!(owner.get(KEYWORDS).await.status, 200);
}

#[tokio::test]
async fn the_router_moves_with_the_path_it_is_nested_under() {
    let town = Town::new().await;
    let nested = Router::new().nest("/igny8", town.router());
    let login = json!({"email": town.acme.email(Role::Owner), "password": PASSWORD});
    let session = Client::new(nested.clone()).post("/igny8/api/v1/auth/login/", login).await;
    let owner = Client::new(nested).token(session.data()["access"].as_str().unwrap());
    let keywords = "/igny8/api/v1/planner/keywords/";
    let mut ids = Vec::new();
    for keyword in ["green tea", "green tea benefits", "oolong tea"] {
        let body = json!({"sector_id": town.acme.sector(), "keyword": keyword});
        ids.push(id_of(&owner, keywords, body).await);
    }
    let keyed = owner.clone().header("idempotency-key", "start");
    let start = format!("{keywords}auto_cluster/");
    let started = keyed.post(&start, json!({"ids": ids})).await;
    assert!(started.header("location").starts_with("/igny8/api/v1/system/settings/task_progress/"));
    succeeded(&owner, &started).await;
    let again = keyed.post(&start, json!({"ids": ids})).await;
    assert_eq!(
        (again.body["task_id"].clone(), again.header("location")),
        (started.body["task_id"].clone(), started.header("location"))
    );

    let page = owner.get(&format!("{keywords}?page_size=2")).await;
    let next = page.body["next"].as_str().unwrap();
    assert!(next.starts_with(keywords), "{next}");
    assert_eq!(owner.get(next).await.results().len(), 1);
    let document = owner.get("/igny8/openapi.json").await;
    assert_eq!(document.body["servers"], json!([{"url": "/igny8"}]));
    assert_eq!(owner.get("/igny8/docs").await.status, 200);
    assert_eq!(owner.get("/igny8/healthz").await.status, 200);
    assert_eq!(owner.get("/igny8/api/v1/no/such/").await.refusal(), (404, "no_route"));
    assert_eq!(owner.send("TRACE", keywords, None).await.refusal(), (405, "method_not_allowed"));
}
