//! A provider call on record: its row is there before the provider is asked, so that a call whose end nobody hears of (a
//! cancelled run, a lost worker) is known all the same, and what it took is written whoever has the run by then.

use std::time::Instant;

use rust_decimal::Decimal;

use super::engine::{Engine, millis};
use crate::error::{Error, Result};
use crate::ports::{ModelInfo, ProviderError, TokenUsage};
use crate::runs::{CallOutcome, ProviderCall, RunItem, StoredAnswer};
use crate::telemetry;

/// A call under way.
pub(super) struct RecordedCall<'a> {
    engine: &'a Engine<'a>,
    call: ProviderCall,
    /// The model that was asked; which one answered is the provider's word.
    asked: String,
    began: Instant,
    #[cfg(feature = "worker")]
    _place: Option<tokio::sync::SemaphorePermit<'a>>,
}

/// What an answer took of the provider.
pub(super) struct Took {
    pub(super) model: String,
    pub(super) usage: TokenUsage,
    pub(super) cost_usd: Decimal,
    pub(super) tries: u32,
    pub(super) request_id: Option<String>,
}

impl<'a> RecordedCall<'a> {
    /// Waits for a place at the provider, where the host limits them, and writes the row. The provider is asked only once
    /// this is done.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]: then nobody must be asked.
    pub(super) async fn begin(engine: &'a Engine<'a>, item: &RunItem, model: &ModelInfo) -> Result<Self> {
        #[cfg(feature = "worker")]
        let place = engine.services.nodes.limits.enter(&model.provider).await;
        let call = ProviderCall::started(&item.key, &model.provider, &model.model);
        let (store, run) = (&engine.services.store, engine.run);
        store.begin_call(engine.scope, run.id, run.epoch, call.clone()).await?;
        Ok(Self {
            engine,
            call,
            asked: model.model.clone(),
            began: Instant::now(),
            #[cfg(feature = "worker")]
            _place: place,
        })
    }

    /// The provider answered; the answer is kept for a further attempt.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when somebody else has the run by now: what it took is on record nevertheless.
    pub(super) async fn answered(mut self, took: Took, answer: StoredAnswer) -> Result<()> {
        self.call.outcome = CallOutcome::Answered;
        self.call.model = took.model;
        self.spent(took.usage, took.cost_usd, took.tries, took.request_id);
        self.end(Some(answer)).await
    }

    /// The provider failed. Answers with the failure as an error of ours.
    ///
    /// # Errors
    /// As [`answered`](Self::answered).
    pub(super) async fn failed(mut self, error: ProviderError) -> Result<Error> {
        self.call.outcome = CallOutcome::Failed;
        self.call.error = Some(error.kind.code().to_owned());
        let spent = error.spent.as_deref().copied().unwrap_or_default();
        self.spent(spent.usage, spent.cost_usd, error.tries, error.request_id.clone());
        self.end(None).await?;
        Ok(Error::Provider(error))
    }

    fn spent(&mut self, usage: TokenUsage, cost_usd: Decimal, tries: u32, request_id: Option<String>) {
        self.call.prompt_tokens = usage.prompt_tokens;
        self.call.completion_tokens = usage.completion_tokens;
        self.call.cost_usd = cost_usd;
        self.call.tries = tries;
        self.call.request_id = request_id;
        self.call.duration_ms = millis(self.began.elapsed());
    }

    async fn end(self, answer: Option<StoredAnswer>) -> Result<()> {
        let Self { engine, call, asked, .. } = self;
        telemetry::provider_call(&call, &asked);
        engine.services.store.end_call(engine.scope, engine.run.id, engine.run.epoch, call, answer).await
    }
}
