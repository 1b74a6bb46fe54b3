//! What operators see: the metrics of a failed and a finished run, spans that name account, run and function, and not a word
//! of what was asked, answered or kept secret.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use igny8_core::StartOptions;
use igny8_core::functions::GenerateContent;
use igny8_core::runs::{RetryPolicy, RunState, WorkerConfig};
use igny8_core::telemetry;
use igny8_tests::desk::brisk;
use igny8_tests::fake_openai::{MODEL, good};
use igny8_tests::{Answer, Desk, FakeOpenAi};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tracing_subscriber::fmt::MakeWriter;

/// What was traced. Clones share it.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Page {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn metrics_and_spans_tell_of_runs_and_nothing_that_is_not_theirs() {
    let recorder = DebuggingRecorder::new();
    let counted = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(page.clone()).finish();
    let _tracing = tracing::subscriber::set_default(subscriber);
    telemetry::describe();

    let service = FakeOpenAi::answering(|asked| match asked.number {
        1 => Answer::broken(),
        _ => Answer::json(&good(asked)),
    })
    .await;
    let quick = RetryPolicy { base: Duration::from_millis(5), ..RetryPolicy::default() };
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider()).retry(quick)).await;
    let tasks = desk.tasks(&[600]).await;
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap();
    let cancelled = {
        let tasks = desk.tasks(&[700]).await;
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap()
    };
    cancelled.cancel().await.unwrap();
    let later = desk.tasks(&[800]).await;
    let in_an_hour = StartOptions { delay: Duration::from_secs(3_600), ..StartOptions::default() };
    desk.igny8.start_with(&desk.scope, GenerateContent::for_tasks(later), in_an_hour).await.unwrap();
    let worker = desk.igny8.spawn_worker(brisk());
    let finished = run.finished().await.unwrap();
    assert_eq!(finished.state, RunState::Success);
    worker.shutdown().await;
    // Another one's look at the queue, now that nothing is under way: it counts first of all.
    let worker = desk.igny8.spawn_worker(WorkerConfig { census: Duration::from_millis(5), ..brisk() });
    tokio::time::sleep(Duration::from_millis(100)).await;
    worker.shutdown().await;

    // One look only: a snapshot empties the histograms.
    let all = counted.snapshot().into_vec();
    let sum = |name: &str, labels: &[(&str, &str)]| -> f64 {
        let of = all.iter().filter(|(key, ..)| {
            key.key().name() == name
                && labels.iter().all(|(name, value)| {
                    key.key().labels().any(|label| label.key() == *name && label.value() == *value)
                })
        });
        of.map(|(.., value)| match value {
            DebugValue::Counter(count) => *count as f64,
            DebugValue::Gauge(level) => level.into_inner(),
            DebugValue::Histogram(seen) => seen.len() as f64,
        })
        .sum()
    };
    let function = ("function", "generate_content");
    assert_eq!(sum(telemetry::RUNS_CLAIMED, &[function]), 2.0);
    assert_eq!(sum(telemetry::RETRIES, &[function]), 1.0);
    assert_eq!(sum(telemetry::RUNS_FINISHED, &[function, ("state", "success")]), 1.0);
    assert_eq!(sum(telemetry::RUNS_FINISHED, &[function, ("state", "revoked")]), 1.0);
    assert_eq!(sum(telemetry::RUN_SECONDS, &[function, ("state", "success")]), 1.0);
    assert_eq!(sum(telemetry::CREDITS_SETTLED, &[function]), finished.charged.unwrap() as f64);
    let asked = [("provider", "openai"), ("model", MODEL)];
    assert_eq!(sum(telemetry::PROVIDER_CALLS, &[asked[0], asked[1], ("outcome", "answered")]), 1.0);
    assert_eq!(sum(telemetry::PROVIDER_CALLS, &[asked[0], asked[1], ("outcome", "provider_server")]), 1.0);
    assert_eq!(sum(telemetry::PROVIDER_SECONDS, &asked), 2.0);
    let calls = desk.calls(run.id()).await;
    let tokens: u64 = calls.iter().map(|call| call.completion_tokens).sum();
    assert!(tokens > 0);
    assert_eq!(sum(telemetry::PROVIDER_TOKENS, &[asked[0], ("kind", "completion")]), tokens as f64);
    assert!(sum(telemetry::PROVIDER_COST, &asked) > 0.0);
    // One waits for its hour and is not due.
    assert_eq!(sum(telemetry::RUNS, &[function, ("state", "pending")]), 1.0);
    assert_eq!(sum(telemetry::RUNS, &[function, ("state", "progress")]), 0.0);
    assert_eq!(sum(telemetry::QUEUE_AGE, &[function]), 0.0);

    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    let account = desk.home.account.to_string();
    for told in
        ["run{", "provider_call{", &account, &run.id().to_string(), "generate_content", "run finished"]
    {
        assert!(text.contains(told), "`{told}` is not traced:\n{text}");
    }
    let article = desk.articles().await.into_values().next().unwrap();
    let key = "sk-fake-0123456789";
    for untold in [key, "Task 1", "DATA", article.draft.title.as_str(), &article.draft.html_content[..40]] {
        assert!(!text.contains(untold), "`{untold}` is traced:\n{text}");
    }
}
