//! A client of the API, logged in: what a bench sets up and asks once.

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// Where the API begins.
const BASE: &str = "/api/v1";

/// A client that has logged in.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    /// Logs in. The token is good for a quarter of an hour.
    pub async fn log_in(url: &str, email: &str, password: &str) -> Self {
        let http = reqwest::Client::new();
        let login = http.post(format!("{url}{BASE}/auth/login/"));
        let login = login.json(&json!({"email": email, "password": password}));
        let session: Value = ok(login, StatusCode::OK).await.json().await.unwrap();
        let token = session["data"]["access"].as_str().expect("a token").to_owned();
        Self { http, url: url.to_owned(), token }
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where the server is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks by a path such as `planner/keywords/`, or by a link that the server gave.
    pub async fn get(&self, path: &str) -> Response {
        ok(self.http.get(self.place(path)).bearer_auth(&self.token), StatusCode::OK).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value, expected: StatusCode) -> Value {
        let request = self.http.post(self.place(path)).bearer_auth(&self.token).json(body);
        ok(request, expected).await.json().await.unwrap()
    }

    /// Sends a CSV file.
    pub async fn upload(&self, path: &str, file: Vec<u8>) -> Value {
        let request = self.http.post(self.place(path)).bearer_auth(&self.token);
        let request = request.header("content-type", "text/csv").body(file);
        ok(request, StatusCode::OK).await.json().await.unwrap()
    }

    fn place(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            format!("{}{BASE}/{path}", self.url)
        }
    }
}

async fn ok(request: RequestBuilder, expected: StatusCode) -> Response {
    let response = request.send().await.unwrap();
    let (status, url) = (response.status(), response.url().clone());
    if status == expected {
        return response;
    }
    panic!("{url} answers {status}: {}", response.text().await.unwrap_or_default())
}
