//! Exactly what goes over the wire.

use igny8_ai::OpenAiCompatible;
use igny8_ai::openai::TokenField;
use igny8_core::ports::{StructuredOutput, TextModel};
use serde_json::json;

use super::{KEY, PROMPT, plain_request, provider, schema_request};
use crate::fake::{FakeServer, completion};

#[tokio::test]
async fn without_a_schema() {
    let server = FakeServer::answering(vec![completion("ok")]).await;
    provider(&server.base_url()).complete(plain_request()).await.unwrap();
    let requests = server.requests().await;
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(requests[0].headers["content-type"], "application/json");
    let sent = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(sent.contains("\"temperature\":0.2,") || sent.contains("\"temperature\":0.2}"), "{sent}");
    let body = requests[0].body_json::<serde_json::Value>().unwrap();
    assert_eq!(
        body,
        json!({
            "model": "gpt-4.1-mini",
            "messages": [
                { "role": "system", "content": "You are an editor." },
                { "role": "user", "content": PROMPT },
            ],
            "max_completion_tokens": 4000,
            "temperature": 0.2,
        })
    );
}

#[tokio::test]
async fn with_a_schema_it_is_strict() {
    let server = FakeServer::answering(vec![completion("{\"ideas\":[]}")]).await;
    provider(&server.base_url()).complete(schema_request()).await.unwrap();
    assert_eq!(
        server.bodies().await[0]["response_format"],
        json!({
            "type": "json_schema",
            "json_schema": {
                "name": "ideas",
                "strict": true,
                "schema": {
                    "type": "object",
                    "properties": {
                        "ideas": {
                            "type": "array",
                            "items": { "type": "string" },
                            "description": "(minItems 3)",
                        },
                    },
                    "required": ["ideas"],
                    "additionalProperties": false,
                },
            },
        })
    );
}

#[tokio::test]
async fn a_schema_without_a_strict_form_goes_as_it_is() {
    let server = FakeServer::answering(vec![completion("{}")]).await;
    let mut request = schema_request();
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    request.answer.as_mut().unwrap().schema = map.clone();
    provider(&server.base_url()).complete(request).await.unwrap();
    let format = &server.bodies().await[0]["response_format"]["json_schema"];
    assert_eq!(format["strict"], false);
    assert_eq!(format["schema"], map);
}

#[tokio::test]
async fn a_server_that_was_told_to_be_simple_is_asked_simply() {
    let server = FakeServer::answering(vec![completion("{}")]).await;
    let provider = OpenAiCompatible::builder("llama3.2")
        .base_url(format!("{}/", server.base_url()))
        .structured_output(StructuredOutput::None)
        .token_field(TokenField::MaxTokens)
        .temperature(false)
        .build()
        .unwrap();
    assert_eq!(provider.info().capabilities.structured_output, StructuredOutput::None);
    provider.complete(schema_request()).await.unwrap();
    let requests = server.requests().await;
    assert!(!requests[0].headers.contains_key("authorization"));
    let body = &server.bodies().await[0];
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["max_tokens", "messages", "model"]);
    let system = body["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("You are an editor.") && system.contains("\"minItems\":3"), "{system}");
}

#[test]
fn what_cannot_work_is_said_when_it_is_built() {
    let reason = |builder: igny8_ai::openai::OpenAiBuilder| builder.build().unwrap_err().to_string();
    let new = || OpenAiCompatible::builder("m").base_url("http://localhost:1/v1");
    assert!(reason(OpenAiCompatible::builder(" ")).contains("name the model"));
    assert!(reason(new().base_url("nonsense")).contains("base_url"));
    assert!(reason(new().base_url("ftp://x/v1")).contains("http://"));
    assert!(reason(new().base_url("http://u:sk-secret@x/v1")).contains("api_key"));
    assert!(!reason(new().base_url("http://u:sk-secret@x/v1")).contains("sk-secret"));
    assert!(!reason(new().api_key("sk secret")).contains("secret"));
}

#[test]
fn the_environment_says_what_is_missing() {
    let vars = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        OpenAiCompatible::from_vars(move |name| {
            pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.clone())
        })
    };
    assert!(vars(&[]).unwrap_err().to_string().contains("OPENAI_API_KEY"));
    let at_openai = vars(&[("OPENAI_API_KEY", KEY)]).unwrap();
    assert!(format!("{at_openai:?}").contains("gpt-4.1-mini"));
    let local = ("OPENAI_BASE_URL", "http://localhost:11434/v1");
    assert!(vars(&[local]).unwrap_err().to_string().contains("OPENAI_MODEL"));
    let local = vars(&[local, ("OPENAI_MODEL", "llama3.2")]).unwrap().build().unwrap();
    assert_eq!(local.info().model, "llama3.2");
    assert!(format!("{local:?}").contains("http://localhost:11434/v1/chat/completions"));
}
