//! A provider is asked no more at once than the host allows this process, whoever asks.

use std::num::NonZeroUsize;
use std::sync::Arc;

use igny8_core::functions::GenerateContent;
use igny8_core::runs::RunState;
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::fake_openai::{Gate, good};
use igny8_tests::{Answer, Desk, FakeOpenAi};

#[tokio::test]
async fn a_provider_is_not_asked_more_at_once_than_is_allowed() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let service = FakeOpenAi::answering(move |asked| Answer::json(&good(asked)).held(&held)).await;
    let two = NonZeroUsize::new(2).unwrap();
    let desk =
        Desk::in_memory(|builder| builder.text_model(service.provider()).provider_limit("openai", two)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let tasks = desk.tasks(&[600, 600]).await;
        runs.push(desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id());
    }
    let worker = desk.igny8.spawn_worker(brisk());
    // Six articles of three runs, each of which would be asked for at once. Two are; each answer lets one more come.
    for answered in 0..6_usize {
        let allowed = (answered + 2).min(6);
        eventually("as many are asked for as may be", async || match service.asked().len() {
            asked if asked >= allowed => Ok(()),
            asked => Err(format!("{asked} of {allowed}")),
        })
        .await;
        // All three runs are under way and their other articles have had every chance to be asked for.
        for run in &runs {
            desk.run_when(*run, |run| run.state != RunState::Pending).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        assert_eq!(service.asked().len(), allowed);
        gate.open();
    }
    for run in runs {
        assert_eq!(desk.finished(run).await.state, RunState::Success);
    }
    worker.shutdown().await;
    desk.assert_ledger_sound().await;
}
