//! A language model of one's own: implement `TextModel`, hand it to the builder, and every function uses it.
//! This one knows a single trick, ideas for a cluster; run it with `cargo run -p custom-provider`.
#![allow(clippy::print_stdout, reason = "an example shows its result")]

use anyhow::Result;
use async_trait::async_trait;
use igny8_core::functions::GenerateIdeas;
use igny8_core::pipeline::{IdeaQuery, NewCluster, NewKeyword};
use igny8_core::ports::{
    Capabilities, FinishReason, ModelInfo, ProviderError, StructuredOutput, TextModel, TextReply,
    TextRequest, TokenUsage,
};
use igny8_core::runs::WorkerConfig;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::SqliteStore;
use serde_json::json;

struct Parrot;

#[async_trait]
impl TextModel for Parrot {
    fn info(&self) -> ModelInfo {
        let capabilities = Capabilities { structured_output: StructuredOutput::JsonObject, generative: true };
        ModelInfo { provider: "parrot".into(), model: "parrot-1".into(), capabilities, price: None }
    }

    async fn complete(&self, request: TextRequest) -> Result<TextReply, ProviderError> {
        // `request.messages` is what a model would read; `request.data` is the same data as JSON.
        let title = format!("Everything about {}", request.data["cluster"]["name"].as_str().unwrap_or("it"));
        let idea = json!({
            "title": title, "description": "What it is and how it is done.", "content_type": "blog",
            "content_structure": "guide", "target_keyword_ids": [0], "estimated_word_count": 900,
        });
        Ok(TextReply {
            text: json!({"ideas": [idea]}).to_string(),
            finish_reason: FinishReason::Stop,
            usage: TokenUsage { prompt_tokens: 120, completion_tokens: 40 },
            model: "parrot-1".into(),
            cost_usd: rust_decimal::Decimal::new(1, 4),
            request_id: None,
            tries: 1,
            raw: String::new(),
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let igny8 = Igny8::builder(SqliteStore::open("sqlite::memory:").await?).text_model(Parrot).build()?;
    let home = igny8.provision(NewAccount::named("Acme").plan("starter").sector("tea")).await?;
    let worker = igny8.spawn_worker(WorkerConfig::default());
    let scope = igny8.enter(&home.owner, home.account).await?;
    let cluster = igny8.clusters(&scope).create(home.sector, NewCluster::named("green tea")).await?;
    let keyword = NewKeyword { cluster: Some(cluster.id), ..NewKeyword::new("how to brew green tea") };
    igny8.keywords(&scope).create(home.sector, keyword).await?;

    let report = igny8.start(&scope, GenerateIdeas::for_clusters(vec![cluster.id])).await?.output().await?;
    let ideas = igny8.ideas(&scope).list(&IdeaQuery::default()).await?;
    println!("{} ({} credits, ${})", ideas.items[0].title, report.credits, report.usage.cost_usd);
    worker.shutdown().await;
    Ok(())
}
