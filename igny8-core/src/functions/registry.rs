//! The functions by name, with their types erased: what the engine, HTTP and plugins see.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, Reply, Saved, Workload,
};
use crate::credits::CreditPricing;
use crate::error::{Error, Result, RunFailure};
use crate::runs::{Changeset, PlannedItem};

/// A function with JSON for its input, items and output.
#[async_trait]
pub(crate) trait ErasedFunction: Send + Sync {
    fn spec(&self) -> FunctionSpec;
    fn price(&self, prices: &CreditPricing) -> String;
    fn input_schema(&self) -> Value;
    async fn validate(&self, cx: &FunctionContext<'_>, input: &Value) -> Result<Workload>;
    async fn prepare(&self, cx: &FunctionContext<'_>, input: &Value) -> Result<Vec<PlannedItem>>;
    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &Value,
        item: &Value,
    ) -> Result<Ask<Answer>>;
    fn parse_response(&self, input: &Value, item: &Value, reply: Reply) -> Result<Answer, AnswerFault>;
    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        input: &Value,
        item: &Value,
        answer: Answer,
    ) -> Result<Saved>;
    fn record_failure(&self, item: &Value, failure: &RunFailure) -> Changeset;
    fn report(&self, input: &Value, items: &[FinishedItem]) -> Result<Value>;
}

/// A checked answer whose type only its own function knows.
pub(crate) type Answer = Box<dyn std::any::Any + Send + Sync>;

/// A function as a caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RegisteredFunction {
    /// What it is called and how it is run.
    #[serde(flatten)]
    pub spec: FunctionSpec,
    /// Its price in words.
    pub price: String,
    /// JSON Schema of what a run is started with.
    pub input_schema: Value,
}

/// The functions of one host.
#[derive(Clone, Default)]
pub struct FunctionRegistry {
    functions: BTreeMap<&'static str, Arc<dyn ErasedFunction>>,
}

impl std::fmt::Debug for FunctionRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.functions.keys()).finish()
    }
}

impl FunctionRegistry {
    /// The five functions that ship.
    #[must_use]
    pub fn built_in() -> Self {
        let mut registry = Self::default();
        registry.add(super::AutoClusterFunction);
        registry.add(super::GenerateIdeasFunction);
        registry.add(super::GenerateContentFunction);
        registry.add(super::GenerateImagePromptsFunction);
        registry.add(super::GenerateImagesFunction);
        registry
    }

    /// Adds a function; one of the same name is replaced.
    pub fn add<F: AiFunction>(&mut self, function: F) {
        self.functions.insert(function.spec().name, Arc::new(Typed(function)));
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.functions.keys().copied()
    }

    /// Every function as a caller sees it, priced by this list.
    #[must_use]
    pub fn list(&self, prices: &CreditPricing) -> Vec<RegisteredFunction> {
        self.functions
            .values()
            .map(|function| RegisteredFunction {
                spec: function.spec(),
                price: function.price(prices),
                input_schema: function.input_schema(),
            })
            .collect()
    }

    /// The function of this name.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<dyn ErasedFunction>> {
        self.functions.get(name).cloned().ok_or_else(|| Error::not_found("AI function", name))
    }
}

/// Gives a typed function its erased face.
struct Typed<F>(F);

fn input<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|error| Error::invalid("input", error.to_string()))
}

fn item<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|error| Error::storage("read a planned item", error))
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::storage("write a function's value as JSON", error))
}

#[async_trait]
impl<F: AiFunction> ErasedFunction for Typed<F> {
    fn spec(&self) -> FunctionSpec {
        self.0.spec()
    }

    fn price(&self, prices: &CreditPricing) -> String {
        self.0.price(prices)
    }

    fn input_schema(&self) -> Value {
        schemars::schema_for!(F::Input).to_value()
    }

    async fn validate(&self, cx: &FunctionContext<'_>, value: &Value) -> Result<Workload> {
        self.0.validate(cx, &input(value)?).await
    }

    async fn prepare(&self, cx: &FunctionContext<'_>, value: &Value) -> Result<Vec<PlannedItem>> {
        let planned = self.0.prepare(cx, &input(value)?).await?;
        planned
            .into_iter()
            .map(|work| Ok(PlannedItem { key: work.key, label: work.label, input: json(&work.item)? }))
            .collect()
    }

    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        value: &Value,
        work: &Value,
    ) -> Result<Ask<Answer>> {
        Ok(match self.0.build_prompt(cx, &input(value)?, &item(work)?).await? {
            Ask::Text(ask) => Ask::Text(ask),
            Ask::Image(request) => Ask::Image(request),
            Ask::Computed(answer) => Ask::Computed(Box::new(answer)),
        })
    }

    fn parse_response(&self, value: &Value, work: &Value, reply: Reply) -> Result<Answer, AnswerFault> {
        let fault = |error: Error| AnswerFault(error.to_string());
        let answer =
            self.0.parse_response(&input(value).map_err(fault)?, &item(work).map_err(fault)?, reply)?;
        Ok(Box::new(answer))
    }

    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        value: &Value,
        work: &Value,
        answer: Answer,
    ) -> Result<Saved> {
        let answer = answer.downcast::<F::Answer>().map_err(|_| {
            Error::Configuration("an answer reached another function than its own".to_owned())
        })?;
        self.0.save_output(cx, &input(value)?, &item(work)?, *answer).await
    }

    fn record_failure(&self, work: &Value, failure: &RunFailure) -> Changeset {
        item(work).map_or_else(|_| Changeset::new(), |work| self.0.record_failure(&work, failure))
    }

    fn report(&self, value: &Value, items: &[FinishedItem]) -> Result<Value> {
        json(&self.0.report(&input(value)?, items))
    }
}
