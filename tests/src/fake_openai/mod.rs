//! A fake service that speaks OpenAI's chat completions on loopback: every answer is scripted, every question is kept.
//! Raw HTTP over TCP, because some answers are none: a connection that hangs or is reset.

mod answer;
mod good;
mod wire;

use std::sync::{Arc, Mutex};

use igny8_ai::{CallRetry, OpenAiCompatible};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use answer::{Answer, Gate};
pub use good::good;

/// The model it says it is: one that has a price.
pub const MODEL: &str = "gpt-4.1-mini";

/// One question as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number over the service's life, from 1.
    pub number: usize,
    /// What the answer shall be: `clusters`, `ideas`, `article` or `image_prompts`.
    pub schema: String,
    /// The data block of the prompt.
    pub data: Value,
    /// 1 for a first question, 2 for the one that asks for a repair.
    pub turn: usize,
    /// The whole request.
    pub body: Value,
}

impl Asked {
    /// What it is about: the cluster's name, the task's or the article's title; empty for keywords to cluster.
    #[must_use]
    pub fn subject(&self) -> String {
        ["/cluster/name", "/task/title", "/content/title"]
            .iter()
            .filter(|path| self.schema != "article" || **path == "/task/title")
            .find_map(|path| self.data.pointer(path)?.as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

type Script = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// The service. It goes when it is dropped.
pub struct FakeOpenAi {
    address: String,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

/// What its connections share.
pub(crate) struct State {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
}

impl std::fmt::Debug for FakeOpenAi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeOpenAi").field("address", &self.address).finish_non_exhaustive()
    }
}

impl FakeOpenAi {
    /// Starts a service that answers by this script.
    pub async fn answering(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State { script: Mutex::new(Arc::new(script)), asked: Mutex::default() });
        let shared = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(wire::serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state, listening }
    }

    /// Starts a service whose answers are all good.
    pub async fn good() -> Self {
        Self::answering(|asked| Answer::json(&good(asked))).await
    }

    /// Answers by another script from now on.
    pub fn answer_now(&self, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        *self.state.script.lock().unwrap() = Arc::new(script);
    }

    /// Its address, as `OPENAI_BASE_URL` wants it.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The real provider pointed at it, which asks once and leaves trying again to the run.
    #[must_use]
    pub fn provider(&self) -> OpenAiCompatible {
        provider(&self.base_url())
    }

    /// Every question so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// How many questions there were about this subject.
    #[must_use]
    pub fn times_asked_about(&self, subject: &str) -> usize {
        self.asked().iter().filter(|asked| asked.subject() == subject).count()
    }
}

impl Drop for FakeOpenAi {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl State {
    /// Keeps the question and finds its answer.
    fn answer(&self, body: Value) -> Answer {
        let asked = {
            let mut all = self.asked.lock().unwrap();
            let asked = Asked::read(all.len() + 1, body);
            all.push(asked.clone());
            asked
        };
        let script = Arc::clone(&self.script.lock().unwrap());
        script(&asked)
    }
}

impl Asked {
    fn read(number: usize, body: Value) -> Self {
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let users: Vec<&str> = messages
            .iter()
            .filter(|message| message["role"] == "user")
            .filter_map(|message| message["content"].as_str())
            .collect();
        let data = users
            .first()
            .and_then(|text| text.strip_prefix("DATA\n```json\n")?.strip_suffix("\n```"))
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let schema = body.pointer("/response_format/json_schema/name").and_then(Value::as_str);
        Self { number, schema: schema.unwrap_or_default().to_owned(), data, turn: users.len(), body }
    }
}

/// The real provider pointed at a service by its address, for workers in a runtime of their own.
#[must_use]
pub fn provider(base_url: &str) -> OpenAiCompatible {
    OpenAiCompatible::builder(MODEL)
        .base_url(base_url)
        .api_key("sk-fake-0123456789")
        .retry(CallRetry::none())
        .build()
        .unwrap()
}
