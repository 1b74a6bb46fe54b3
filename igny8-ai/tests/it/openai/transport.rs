//! Connections that hang, break, drip, or never come about.

use std::time::{Duration, Instant};

use igny8_ai::OpenAiCompatible;
use igny8_core::ports::{ProviderError, ProviderErrorKind, TextModel};
use wiremock::ResponseTemplate;

use super::{plain_request, provider};
use crate::fake::{FakeServer, Misbehaviour, RawServer, completion};

async fn error_within(base_url: &str, deadline: Duration) -> ProviderError {
    let mut request = plain_request();
    request.deadline = deadline;
    let began = Instant::now();
    let error = provider(base_url).complete(request).await.unwrap_err();
    assert!(began.elapsed() < deadline + Duration::from_millis(500), "{:?}", began.elapsed());
    error
}

#[tokio::test]
async fn hanging_and_dripping_end_with_the_deadline() {
    for misbehaviour in [Misbehaviour::Hang, Misbehaviour::Drip] {
        let server = RawServer::start(misbehaviour).await;
        let error = error_within(&server.base_url(), Duration::from_millis(400)).await;
        assert_eq!((error.kind, error.tries), (ProviderErrorKind::Timeout, 1));
    }
}

#[tokio::test]
async fn broken_connections_are_tried_again_and_then_told() {
    for misbehaviour in [Misbehaviour::Reset, Misbehaviour::ResetInBody, Misbehaviour::Truncate] {
        let server = RawServer::start(misbehaviour).await;
        let error = error_within(&server.base_url(), Duration::from_secs(5)).await;
        assert_eq!((error.kind, error.tries), (ProviderErrorKind::Connection, 3), "{error}");
        assert_eq!(server.taken(), 3);
    }
}

#[tokio::test]
async fn nobody_listening_is_a_connection_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = error_within(&format!("http://{address}/v1"), Duration::from_secs(5)).await;
    assert_eq!((error.kind, error.tries), (ProviderErrorKind::Connection, 3));
}

#[tokio::test]
async fn a_slow_answer_is_not_waited_for() {
    let slow = completion("late").set_delay(Duration::from_secs(5));
    let server = FakeServer::answering(vec![ResponseTemplate::new(500), slow]).await;
    let error = error_within(&server.base_url(), Duration::from_millis(400)).await;
    assert_eq!((error.kind, error.tries), (ProviderErrorKind::Timeout, 2));
}

#[tokio::test]
async fn answers_past_the_cap_are_not_read() {
    let server = FakeServer::answering(vec![completion(&"x".repeat(5_000))]).await;
    let small =
        OpenAiCompatible::builder("m").base_url(server.base_url()).max_body_bytes(1_000).build().unwrap();
    let error = small.complete(plain_request()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Malformed);
    assert!(error.message.contains("larger"), "{error}");
}
