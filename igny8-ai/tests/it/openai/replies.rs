//! Answers that are replies: good, fenced, cut off, refused.

use igny8_core::ports::{FinishReason, ProviderErrorKind, TextModel, TokenUsage};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{plain_request, provider};
use crate::fake::{FakeServer, completion};

#[tokio::test]
async fn a_good_answer_carries_everything() {
    let server = FakeServer::answering(vec![completion("{\"a\":1}")]).await;
    let reply = provider(&server.base_url()).complete(plain_request()).await.unwrap();
    assert_eq!(reply.text, "{\"a\":1}");
    assert_eq!(reply.finish_reason, FinishReason::Stop);
    assert_eq!(reply.usage, TokenUsage { prompt_tokens: 1000, completion_tokens: 500 });
    assert_eq!(reply.model, "gpt-4.1-mini-2025-04-14");
    assert_eq!(reply.cost_usd.to_string(), "0.0012");
    assert_eq!(reply.request_id.as_deref(), Some("req-1"));
    assert_eq!(reply.tries, 1);
    assert!(reply.raw.contains("chatcmpl-1"));
}

#[tokio::test]
async fn fenced_text_is_passed_through_as_text() {
    let fenced = "```json\n{\"a\":1}\n```";
    let server = FakeServer::answering(vec![completion(fenced)]).await;
    assert_eq!(provider(&server.base_url()).complete(plain_request()).await.unwrap().text, fenced);
}

async fn reply_to(choice: serde_json::Value) -> (String, FinishReason) {
    let body = json!({ "choices": [choice] });
    let server = FakeServer::answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let reply = provider(&server.base_url()).complete(plain_request()).await.unwrap();
    assert_eq!(reply.usage, TokenUsage::default());
    assert_eq!(reply.model, "gpt-4.1-mini");
    (reply.text, reply.finish_reason)
}

#[tokio::test]
async fn cut_off_and_refused_answers_are_replies() {
    let cut = json!({ "finish_reason": "length", "message": { "content": "{\"a\":" } });
    assert_eq!(reply_to(cut).await, ("{\"a\":".to_owned(), FinishReason::Length));
    let empty = json!({ "finish_reason": "length", "message": { "content": null } });
    assert_eq!(reply_to(empty).await, (String::new(), FinishReason::Length));
    let refused = json!({ "finish_reason": "stop", "message": { "content": null, "refusal": "I cannot." } });
    assert_eq!(reply_to(refused).await, ("I cannot.".to_owned(), FinishReason::Refusal));
    let filtered = json!({ "finish_reason": "content_filter", "message": { "content": "" } });
    assert_eq!(reply_to(filtered).await, (String::new(), FinishReason::ContentFilter));
    let calls = json!({ "finish_reason": "tool_calls", "message": { "content": "" } });
    assert_eq!(reply_to(calls).await, (String::new(), FinishReason::Other));
}

#[tokio::test]
async fn what_an_answer_without_text_took_is_told() {
    let usage = json!({ "prompt_tokens": 1_000, "completion_tokens": 500 });
    let silent =
        json!({ "choices": [{ "finish_reason": "stop", "message": { "content": null } }], "usage": usage });
    let server = FakeServer::answering(vec![ResponseTemplate::new(200).set_body_json(silent)]).await;
    let error = provider(&server.base_url()).complete(plain_request()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Malformed);
    let spent = error.spent.unwrap();
    assert_eq!((spent.usage.prompt_tokens, spent.usage.completion_tokens), (1_000, 500));
    assert!(spent.cost_usd > 0.into(), "{spent:?}");

    // So is what a try took that another one made up for.
    let broken = json!({ "choices": [{ "error": { "code": 502, "message": "lost" } }], "usage": usage });
    let good =
        json!({ "choices": [{ "finish_reason": "stop", "message": { "content": "hi" } }], "usage": usage });
    let answers = [broken, good].map(|body| ResponseTemplate::new(200).set_body_json(body));
    let server = FakeServer::answering(answers.to_vec()).await;
    let reply = provider(&server.base_url()).complete(plain_request()).await.unwrap();
    assert_eq!((reply.tries, reply.usage.prompt_tokens, reply.usage.completion_tokens), (2, 2_000, 1_000));
    assert_eq!(reply.cost_usd, spent.cost_usd * rust_decimal::Decimal::TWO);
}

#[tokio::test]
async fn what_is_not_the_protocol_is_malformed_and_not_asked_again() {
    for body in [
        "<html>welcome</html>",
        "{\"choices\":[]}",
        "{\"choices\":[{\"message\":{\"content\":null}}]}",
        "[]",
        "",
    ] {
        let server = FakeServer::answering(vec![ResponseTemplate::new(200).set_body_string(body)]).await;
        let error = provider(&server.base_url()).complete(plain_request()).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Malformed, "{body}");
        assert_eq!((error.tries, error.status), (1, Some(200)), "{body}");
    }
}
