//! Every way a provider answers or fails, against every function that asks a language model, through the real provider
//! and a worker: how the run ends, what it costs, what is recorded.

mod batches;
mod failures;
mod ids;
mod wrappings;

use igny8_core::credits::TransactionType;
use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, StartRequest,
};
use igny8_core::ids::RunId;
use igny8_core::runs::{CallOutcome, ItemState, Run, RunState, WorkerHandle};
use igny8_core::sdk::Builder;
use igny8_tests::desk::brisk;
use igny8_tests::{Answer, Asked, Desk, FakeOpenAi};

/// The credits that a new desk has.
const GRANTED: i64 = 5_000;

/// The functions that ask a language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    AutoCluster,
    GenerateIdeas,
    GenerateContent,
    GenerateImagePrompts,
}

impl Function {
    const ALL: [Self; 4] =
        [Self::AutoCluster, Self::GenerateIdeas, Self::GenerateContent, Self::GenerateImagePrompts];

    /// Starts a run of one item on rows made for it.
    async fn start(self, desk: &Desk) -> RunId {
        match self {
            Self::AutoCluster => {
                let texts: Vec<String> = (1..=12).map(|number| format!("green tea {number}")).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                start(desk, AutoCluster::for_keywords(desk.keywords(&texts).await)).await
            }
            Self::GenerateIdeas => {
                start(desk, GenerateIdeas::for_clusters(desk.clusters(&["green tea"]).await)).await
            }
            Self::GenerateContent => start(desk, GenerateContent::for_tasks(desk.tasks(&[600]).await)).await,
            Self::GenerateImagePrompts => {
                let article = desk.article("On green tea").await;
                start(desk, GenerateImagePrompts::for_contents(vec![article])).await
            }
        }
    }

    /// What that one item costs.
    const fn price(self) -> i64 {
        match self {
            Self::AutoCluster | Self::GenerateIdeas => 2,
            Self::GenerateContent => 6,
            Self::GenerateImagePrompts => 1,
        }
    }

    /// How many rows of its making there are.
    async fn made(self, desk: &Desk) -> usize {
        match self {
            Self::AutoCluster => desk.all_clusters().await.len(),
            Self::GenerateIdeas => desk.all_ideas().await.len(),
            Self::GenerateContent => desk.articles().await.len(),
            Self::GenerateImagePrompts => desk.all_images().await.len(),
        }
    }
}

async fn start<R: StartRequest>(desk: &Desk, request: R) -> RunId {
    desk.igny8.start(&desk.scope, request).await.unwrap().id()
}

/// One run of one item under way.
struct Trial {
    function: Function,
    service: FakeOpenAi,
    desk: Desk,
    run: RunId,
    _worker: WorkerHandle,
}

impl Trial {
    async fn begin(function: Function, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::outfitted(function, |builder| builder, script).await
    }

    async fn outfitted(
        function: Function,
        outfit: impl FnOnce(Builder) -> Builder,
        script: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let service = FakeOpenAi::answering(script).await;
        let desk = Desk::in_memory(|builder| outfit(builder.text_model(service.provider()))).await;
        let run = function.start(&desk).await;
        let worker = desk.igny8.spawn_worker(brisk());
        Self { function, service, desk, run, _worker: worker }
    }

    /// The run came to a good end: its rows are there, it was charged once, and every call is on record.
    async fn assert_charged_once(&self, calls: usize) -> Run {
        let (desk, function) = (&self.desk, self.function);
        let run = desk.finished(self.run).await;
        assert_eq!(run.state, RunState::Success, "{function:?}: {run:#?}");
        assert_eq!(run.charged, Some(function.price()), "{function:?}");
        assert!(function.made(desk).await > 0, "{function:?}");
        let balance = desk.balance().await;
        assert_eq!((balance.balance, balance.reserved), (GRANTED - function.price(), 0), "{function:?}");
        let recorded = desk.calls(self.run).await;
        assert_eq!(
            (recorded.len(), self.service.asked().len()),
            (calls, calls),
            "{function:?}: {recorded:#?}"
        );
        let usage = desk.usage().await;
        assert_eq!(usage.len(), 1, "{function:?}");
        assert_eq!(usage[0].credits_used, function.price(), "{function:?}");
        let paid = recorded.iter().map(|call| call.cost_usd).sum();
        assert!(usage[0].cost_usd == paid && paid > 0.into(), "{function:?}: {paid}");
        assert_eq!(self.charges().await, [-function.price()], "{function:?}");
        desk.assert_ledger_sound().await;
        run
    }

    /// The run failed with this code: it made nothing, cost nothing, and every call is on record.
    async fn assert_cost_nothing(&self, code: &str, calls: usize) -> Run {
        let (desk, function) = (&self.desk, self.function);
        let run = desk.finished(self.run).await;
        assert_eq!(run.state, RunState::Failure, "{function:?}: {run:#?}");
        assert_eq!(run.error.as_ref().map(|error| error.code.as_str()), Some(code), "{function:?}");
        assert_eq!(run.charged, Some(0), "{function:?}");
        assert_eq!(function.made(desk).await, 0, "{function:?}");
        let balance = desk.balance().await;
        assert_eq!((balance.balance, balance.reserved), (GRANTED, 0), "{function:?}");
        let recorded = desk.calls(self.run).await;
        assert_eq!(
            (recorded.len(), self.service.asked().len()),
            (calls, calls),
            "{function:?}: {recorded:#?}"
        );
        assert!(desk.usage().await.is_empty(), "{function:?}");
        assert!(self.charges().await.is_empty(), "{function:?}");
        for item in desk.items(self.run).await {
            assert_eq!((item.state, item.credits), (ItemState::Failed, 0), "{function:?}");
            assert_eq!(item.error.map(|error| error.code).as_deref(), Some(code), "{function:?}");
        }
        desk.assert_ledger_sound().await;
        run
    }

    /// Amounts of the ledger's entries for usage.
    async fn charges(&self) -> Vec<i64> {
        let entries = self.desk.transactions().await;
        let usage = entries.iter().filter(|entry| entry.transaction_type == TransactionType::Usage);
        usage.map(|entry| entry.amount).collect()
    }

    /// How the recorded calls ended, oldest first: `None` for an answer, else the failure's code.
    async fn call_failures(&self) -> Vec<Option<String>> {
        let calls = self.desk.calls(self.run).await;
        for call in &calls {
            assert_eq!(call.outcome == CallOutcome::Failed, call.error.is_some());
            assert_eq!(call.outcome == CallOutcome::Answered, call.prompt_tokens > 0);
            assert_eq!((call.provider.as_str(), call.tries), ("openai", 1));
        }
        calls.into_iter().map(|call| call.error).collect()
    }
}
