//! What a server rejects of how a request is put is left out, once it worked without it for good.

use igny8_core::ports::{ProviderErrorKind, StructuredOutput, TextModel};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{provider, schema_request};
use crate::fake::{FakeServer, completion, told};

fn unsupported(param: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "error": { "message": message, "type": "invalid_request_error", "param": param, "code": "unsupported_parameter" },
    }))
}

#[tokio::test]
async fn rejected_options_are_left_out_and_remembered() {
    let server = FakeServer::answering(vec![
        told(400, "", "", "This model does not support response_format json_schema"),
        unsupported("max_completion_tokens", "Unsupported parameter: 'max_completion_tokens'"),
        unsupported("temperature", "Unsupported value: 'temperature' does not support 0.2"),
        completion("{}"),
    ])
    .await;
    let provider = provider(&server.base_url());
    assert_eq!(provider.info().capabilities.structured_output, StructuredOutput::JsonSchema);
    let reply = provider.complete(schema_request()).await.unwrap();
    assert_eq!(reply.tries, 4);
    assert_eq!(provider.info().capabilities.structured_output, StructuredOutput::JsonObject);

    let second = provider.clone().complete(schema_request()).await.unwrap();
    assert_eq!(second.tries, 1, "nothing is asked that was rejected before");
    let body = &server.bodies().await[4];
    assert_eq!(body["response_format"], json!({ "type": "json_object" }));
    assert_eq!(body["max_tokens"], 4000);
    assert!(body.get("max_completion_tokens").is_none() && body.get("temperature").is_none());
    assert!(body["messages"][0]["content"].as_str().unwrap().contains("JSON Schema"));
}

#[tokio::test]
async fn a_rejected_schema_is_not_held_against_schemas() {
    let invalid = "Invalid schema for response_format 'ideas': In context=(), …";
    let server = FakeServer::answering(vec![
        told(400, "invalid_request_error", "", invalid),
        completion("{}"),
        completion("{}"),
    ])
    .await;
    let provider = provider(&server.base_url());
    provider.complete(schema_request()).await.unwrap();
    provider.complete(schema_request()).await.unwrap();
    let formats: Vec<_> =
        server.bodies().await.iter().map(|body| body["response_format"]["type"].clone()).collect();
    assert_eq!(formats, ["json_schema", "json_object", "json_schema"]);
}

#[tokio::test]
async fn a_server_that_rejects_everything_is_asked_a_handful_of_times() {
    let server = FakeServer::answering(vec![told(400, "", "", "response_format is not supported")]).await;
    let rejecting = provider(&server.base_url());
    let error = rejecting.complete(schema_request()).await.unwrap_err();
    assert_eq!((error.kind, error.tries), (ProviderErrorKind::BadRequest, 3));
    assert_eq!(
        rejecting.info().capabilities.structured_output,
        StructuredOutput::JsonSchema,
        "leaving it out did not help, so nothing was learned"
    );
    let server = FakeServer::answering(vec![told(
        400,
        "",
        "",
        "max_tokens and max_completion_tokens are not supported",
    )])
    .await;
    let error = provider(&server.base_url()).complete(schema_request()).await.unwrap_err();
    assert_eq!(error.tries, 2);
}
