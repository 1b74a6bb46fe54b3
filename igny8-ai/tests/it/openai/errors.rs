//! Every error a server tells, its type, and how often it is tried again.

use std::time::Duration;

use igny8_core::ports::ProviderErrorKind::{
    Auth, BadRequest, ContentFilter, ContextLength, Quota, RateLimit, Server, Timeout,
};
use igny8_core::ports::{ProviderError, ProviderErrorKind, TextModel};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{plain_request, provider};
use crate::fake::{FakeServer, completion, told};

async fn error_of(answer: ResponseTemplate) -> ProviderError {
    let server = FakeServer::answering(vec![answer]).await;
    let error = provider(&server.base_url()).complete(plain_request()).await.unwrap_err();
    assert_eq!(server.requests().await.len(), error.tries as usize);
    error
}

#[tokio::test]
async fn each_status_has_its_type_and_tries() {
    let invalid = "invalid_request_error";
    let cases: Vec<(ResponseTemplate, ProviderErrorKind, u32)> = vec![
        (told(400, invalid, "invalid_value", "temperature must be at most 2"), BadRequest, 1),
        (told(400, invalid, "context_length_exceeded", "maximum context length is 8192"), ContextLength, 1),
        (told(400, invalid, "content_filter", "filtered"), ContentFilter, 1),
        (told(401, invalid, "invalid_api_key", "Incorrect API key"), Auth, 1),
        (told(402, "", "", "Insufficient credits"), Quota, 1),
        (told(403, "", "unsupported_country_region_territory", "no"), Auth, 1),
        (told(403, "", "", "Your input was flagged by moderation"), ContentFilter, 1),
        (told(404, invalid, "model_not_found", "no such model"), BadRequest, 1),
        (told(408, "", "", "too slow"), Timeout, 3),
        (told(409, "", "", "try again"), Server, 3),
        (ResponseTemplate::new(413).set_body_string("too large"), ContextLength, 1),
        (told(422, "", "", "what?"), BadRequest, 1),
        (told(429, "requests", "rate_limit_exceeded", "slow down"), RateLimit, 3),
        (told(429, "insufficient_quota", "insufficient_quota", "check your plan"), Quota, 1),
        (told(500, "server_error", "", "oops"), Server, 3),
        (ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"), Server, 3),
        (ResponseTemplate::new(503), Server, 3),
        (ResponseTemplate::new(504), Server, 3),
        (ResponseTemplate::new(501), Server, 1),
        (told(529, "overloaded_error", "", "overloaded"), Server, 3),
        (ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:9/"), BadRequest, 1),
    ];
    for (answer, kind, tries) in cases {
        let what = format!("{answer:?}");
        let error = error_of(answer).await;
        assert_eq!((error.kind, error.tries), (kind, tries), "{error}: {what}");
        assert_eq!(error.provider, "openai");
    }
}

#[tokio::test]
async fn errors_inside_a_good_status_are_errors() {
    let inside =
        |error: serde_json::Value| ResponseTemplate::new(200).set_body_json(json!({ "error": error }));
    let cases = [
        (json!({ "code": 429, "message": "slow down" }), RateLimit, 3),
        (json!({ "code": 402, "message": "Insufficient credits" }), Quota, 1),
        (json!({ "code": 502, "message": "Provider returned error" }), Server, 3),
        (json!({ "code": "insufficient_quota", "message": "no" }), Quota, 1),
        (json!({ "type": "invalid_request_error", "message": "no" }), BadRequest, 1),
        (json!("model is overloaded"), Server, 3),
    ];
    for (error, kind, tries) in cases {
        let found = error_of(inside(error.clone())).await;
        assert_eq!((found.kind, found.tries, found.status), (kind, tries, Some(200)), "{error}");
    }
}

#[tokio::test]
async fn other_servers_error_forms_are_read() {
    let cases = [
        (
            400,
            json!({ "object": "error", "message": "exceeds the context window", "type": "BadRequestError", "code": 400 }),
            ContextLength,
        ),
        (404, json!({ "error": "model 'x' not found, try pulling it first" }), BadRequest),
        (
            422,
            json!({ "detail": [{ "loc": ["body", "n"], "msg": "not a number", "type": "int" }] }),
            BadRequest,
        ),
        (500, json!({ "detail": "broken" }), Server),
    ];
    for (status, body, kind) in cases {
        let error = error_of(ResponseTemplate::new(status).set_body_json(&body)).await;
        assert_eq!(error.kind, kind, "{body}");
    }
    let error = error_of(told(404, "invalid_request_error", "model_not_found", "no such model")).await;
    assert_eq!(error.request_id.as_deref(), Some("req-2"));
    assert!(error.message.contains("model_not_found") && error.message.contains("no such model"), "{error}");
}

#[tokio::test]
async fn short_waits_are_waited_and_long_ones_returned() {
    let limited = || told(429, "requests", "rate_limit_exceeded", "slow down");
    let server =
        FakeServer::answering(vec![limited().insert_header("retry-after", "1"), completion("ok")]).await;
    let began = std::time::Instant::now();
    let reply = provider(&server.base_url()).complete(plain_request()).await.unwrap();
    assert_eq!(reply.tries, 2);
    assert!(began.elapsed() >= Duration::from_secs(1));

    let error = error_of(limited().insert_header("retry-after", "60")).await;
    assert_eq!((error.tries, error.retry_after), (1, Some(Duration::from_secs(60))));

    let at = chrono::Utc::now() + chrono::Duration::seconds(90);
    let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let error = error_of(limited().insert_header("retry-after", date.as_str())).await;
    let asked = error.retry_after.unwrap().as_secs();
    assert!((80..=91).contains(&asked), "{asked}");

    let error = error_of(
        limited()
            .insert_header("x-ratelimit-remaining-tokens", "0")
            .insert_header("x-ratelimit-reset-tokens", "6m0s")
            .insert_header("x-ratelimit-remaining-requests", "10")
            .insert_header("x-ratelimit-reset-requests", "12ms"),
    )
    .await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(360)));

    let quota =
        told(429, "insufficient_quota", "insufficient_quota", "pay").insert_header("retry-after", "1");
    assert_eq!(error_of(quota).await.retry_after, None);
}

#[tokio::test]
async fn a_wait_past_the_deadline_is_not_begun() {
    let answer = told(503, "", "", "busy").insert_header("retry-after", "2");
    let server = FakeServer::answering(vec![answer]).await;
    let mut request = plain_request();
    request.deadline = Duration::from_secs(1);
    let began = std::time::Instant::now();
    let error = provider(&server.base_url()).complete(request).await.unwrap_err();
    assert_eq!((error.kind, error.tries), (Server, 1));
    assert!(began.elapsed() < Duration::from_secs(1));
}
