//! A client of the API: requests go through the router, answers come back as JSON.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, header};
use serde_json::Value;
use tower::ServiceExt;

/// What clients have asked and how it was answered: method, path, status.
pub(crate) type Asked = Arc<Mutex<Vec<(String, String, u16)>>>;

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    headers: Vec<(String, String)>,
    asked: Asked,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null where there is no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) bytes: Bytes,
}

impl Reply {
    /// What an answer of one row holds.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert!(self.status < 300, "{self:?}");
        &self.body["data"]
    }

    /// What a list holds.
    #[track_caller]
    pub(crate) fn results(&self) -> &Vec<Value> {
        assert!(self.status < 300, "{self:?}");
        self.body["results"].as_array().unwrap()
    }

    /// A header of the answer; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that the request was refused for this field.
    #[track_caller]
    pub(crate) fn complains_of(&self, field: &str) {
        assert_eq!(self.refusal(), (400, "invalid"), "{field}: {self:?}");
        assert!(self.body["error"]["fields"][field].is_array(), "{field}: {self:?}");
    }

    /// The status and the code of a refusal.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.body["success"], false, "{self:?}");
        (self.status, self.body["error"]["code"].as_str().unwrap())
    }

    /// The id of the row that was made or shown.
    pub(crate) fn id(&self) -> String {
        self.data()["id"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self::noting(router, Asked::default())
    }

    /// A client whose requests are noted here.
    pub(crate) fn noting(router: Router, asked: Asked) -> Self {
        Self { router, headers: Vec::new(), asked }
    }

    /// The same client with one more header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same client with a token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends a request; the path is the whole one, or one below `/api/v1/`.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let json = body.map(|body| ("application/json", body.to_string()));
        self.send_as(method, path, json).await
    }

    /// Sends a request with a body of any type.
    pub(crate) async fn send_as(&self, method: &str, path: &str, body: Option<(&str, String)>) -> Reply {
        let body = body.map(|(media_type, body)| (media_type, Body::from(body)));
        self.send_body(method, path, body).await
    }

    /// Sends a request whose body may take its time.
    pub(crate) async fn send_body(&self, method: &str, path: &str, body: Option<(&str, Body)>) -> Reply {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        let mut request = Request::builder().method(method).uri(&path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = match body {
            Some((media_type, body)) => {
                request = request.header(header::CONTENT_TYPE, media_type);
                body
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let status = parts.status.as_u16();
        self.asked.lock().unwrap().push((method.to_owned(), path, status));
        Reply { status, headers: parts.headers, body, text, bytes }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }
}
