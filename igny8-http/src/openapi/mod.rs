//! The document at `/openapi.json`, made of the handlers' own types, and the browser for it at `/docs`.
//! Answers are described as they are serialised, bodies and parameters as they are read.

mod browser;
mod inputs;
mod requests;

pub(crate) use browser::routes;
pub(crate) use inputs::{body, query_parameters};

use std::sync::OnceLock;

use aide::generate::in_context;
use aide::openapi::{
    Components, Info, OpenApi, Operation, Parameter, ReferenceOr, SchemaObject, SecurityScheme, Tag,
};
use axum::Router;
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::routing::Routes;

/// The name of the security scheme.
pub(crate) const BEARER: &str = "bearer";

/// What the placeholder of a path is called until its route is known.
const PATH_PARAMETER: &str = "_";

/// The envelope of errors.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct ErrorBody {
    /// Always false.
    success: bool,
    /// What went wrong.
    error: ErrorDetail,
    /// The request's id, for the host's log.
    request_id: String,
}

/// What went wrong.
#[derive(Serialize, JsonSchema)]
struct ErrorDetail {
    /// A stable word; the adapter's documentation lists them all.
    code: String,
    /// What to do about it.
    message: String,
    /// Complaints by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<std::collections::BTreeMap<String, Vec<String>>>,
    /// Figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<serde_json::Map<String, Value>>,
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into())
}

/// A document without paths. The schemas of answers are collected from here on until the routes are finished.
pub(crate) fn empty() -> OpenApi {
    let mut components = Components::default();
    let bearer = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: Some("an access token, or an API key".to_owned()),
        description: Some("Log in for an access token, or make an API key.".to_owned()),
        extensions: Default::default(),
    };
    components.security_schemes.insert(BEARER.to_owned(), ReferenceOr::Item(bearer));
    OpenApi {
        info: Info {
            title: "IGNY8".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: Some(include_str!("introduction.md").to_owned()),
            ..Info::default()
        },
        components: Some(components),
        tags: TAGS.iter().map(|(name, about)| tag(name, about)).collect(),
        ..OpenApi::default()
    }
}

const TAGS: &[(&str, &str)] = &[
    ("auth", "Logging in, accounts, people, sites, sectors"),
    ("planner", "Keywords, clusters, ideas"),
    ("writer", "Tasks, articles, images"),
    ("ai", "AI functions and their runs"),
    ("system", "Settings, prompts, progress, webhooks, measurements"),
    ("billing", "Balance, ledger, usage"),
];

fn tag(name: &str, about: &str) -> Tag {
    Tag { name: name.to_owned(), description: Some(about.to_owned()), ..Tag::default() }
}

/// The routes with their document.
pub(crate) fn documented(subjects: impl FnOnce() -> Vec<Routes>) -> (Router<App>, Value) {
    in_context(|ctx| ctx.schema = SchemaGenerator::new(settings().for_serialize()));
    requests::begin(SchemaGenerator::new(settings()));
    let (router, mut document) = Routes::all(subjects());
    let components = document.components.get_or_insert_with(Components::default);
    for (name, schema) in requests::end() {
        let Ok(json_schema) = schema.try_into() else { continue };
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        components.schemas.entry(name).or_insert(schema);
    }
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(top) = document.as_object_mut() {
        top.insert("openapi".to_owned(), Value::from("3.1.0"));
    }
    (router, document)
}

/// Names the parameter that a path extractor has left without one.
pub(crate) fn name_path_parameter(operation: &mut Operation, path: &str) {
    let name = path.rsplit('{').next().and_then(|rest| rest.split('}').next()).unwrap_or_default();
    for parameter in &mut operation.parameters {
        if let ReferenceOr::Item(Parameter::Path { parameter_data, .. }) = parameter
            && parameter_data.name == PATH_PARAMETER
        {
            parameter_data.name = name.to_owned();
        }
    }
}

/// Says of an answer that is no JSON which media types it may have.
macro_rules! file_answer {
    ($answer:ty, [$($media_type:literal),+], $description:literal) => {
        impl aide::operation::OperationOutput for $answer {
            type Inner = Self;

            fn operation_response(
                _: &mut aide::generate::GenContext,
                _: &mut aide::openapi::Operation,
            ) -> Option<aide::openapi::Response> {
                Some(crate::openapi::file(&[$($media_type),+], $description))
            }

            fn inferred_responses(
                _: &mut aide::generate::GenContext,
                _: &mut aide::openapi::Operation,
            ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
                let response = crate::openapi::file(&[$($media_type),+], $description);
                vec![(Some(aide::openapi::StatusCode::Code(200)), response)]
            }
        }
    };
}
pub(crate) use file_answer;

/// An answer that is a file.
pub(crate) fn file(media_types: &[&str], description: &str) -> aide::openapi::Response {
    let content = media_types.iter().map(|name| ((*name).to_owned(), aide::openapi::MediaType::default()));
    aide::openapi::Response {
        description: description.to_owned(),
        content: content.collect(),
        ..Default::default()
    }
}

/// The document of a router, once it is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document(std::sync::Arc<OnceLock<Value>>);

impl Document {
    pub(crate) fn set(&self, document: Value) {
        // The router is made once.
        drop(self.0.set(document));
    }

    fn served_at(&self, prefix: &str) -> Value {
        let mut document = self.0.get().cloned().unwrap_or_default();
        if let Some(top) = document.as_object_mut() {
            let url = if prefix.is_empty() { "/" } else { prefix };
            top.insert("servers".to_owned(), serde_json::json!([{ "url": url }]));
        }
        document
    }
}
