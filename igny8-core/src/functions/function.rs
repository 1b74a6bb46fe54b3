//! The trait behind every AI function, typed from input to output, and the values its steps exchange.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::FunctionContext;
use crate::credits::{CreditPricing, Credits};
use crate::error::{Error, Result, RunFailure};
use crate::ids::{SectorId, SiteId, TaskId};
use crate::ports::{AnswerSchema, ImageReply, ImageRequest};
use crate::runs::{Announced, Changeset, UsageTotals};
use crate::settings::{PromptType, Strategy};

/// What a function is called and how it is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FunctionSpec {
    /// The registered name: lowercase ASCII letters, digits and `_`.
    pub name: &'static str,
    /// One sentence for people.
    pub description: &'static str,
    /// The most items one run may be started with; `None` when the run itself cuts the work up.
    pub max_items: Option<usize>,
    /// How many items may be with a provider at once.
    pub in_flight: usize,
}

/// What a run will have to do, told before it is started.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// The site whose rows it works on.
    pub site: SiteId,
    /// The sector, when all items share one.
    pub sector: Option<SectorId>,
    /// Items.
    pub items: u64,
    /// What it will cost if all goes well.
    pub estimate: Credits,
    /// What it will take of the plan's metered limits.
    pub announced: Announced,
    /// What it will take of providers, where the function can tell: an estimate, shown beside the bill once the run is done.
    pub forecast: Option<UsageTotals>,
    /// Rows that no other unfinished run of this function may work on, so that nothing is made and charged twice.
    pub subjects: Vec<Uuid>,
    /// Tasks that show that they wait for the run, as [`NewRun::waiting_tasks`](crate::runs::NewRun::waiting_tasks).
    pub waiting_tasks: Vec<TaskId>,
}

/// One unit of work as the function plans it.
#[derive(Clone, Debug)]
pub struct WorkItem<I> {
    /// Unique within the run, and the same whenever the same work is planned.
    pub key: String,
    /// For people.
    pub label: String,
    /// What the function needs to work on it.
    pub item: I,
}

/// How an item gets its answer.
#[derive(Debug)]
pub enum Ask<A> {
    /// From a language model.
    Text(Box<TextAsk>),
    /// From an image model.
    Image(Box<ImageRequest>),
    /// Worked out here.
    Computed(A),
}

/// A question to a language model.
#[derive(Debug)]
pub struct TextAsk {
    /// Which prompt is its instruction.
    pub prompt_type: PromptType,
    /// The strategy that may replace that prompt.
    pub strategy: Option<Strategy>,
    /// The data: rendered into the prompt's template and sent as a JSON block marked as data.
    pub data: Value,
    /// The shape of the answer.
    pub answer: AnswerSchema,
    /// The most tokens to write.
    pub max_output_tokens: Option<u32>,
    /// 0 to 2.
    pub temperature: Option<f32>,
}

impl TextAsk {
    /// A question whose answer is a `T`.
    #[must_use]
    pub fn answered_by<T: JsonSchema>(prompt_type: PromptType, name: &str, data: Value) -> Self {
        let schema = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<T>();
        Self {
            prompt_type,
            strategy: None,
            data,
            answer: AnswerSchema { name: name.to_owned(), schema: schema.to_value() },
            max_output_tokens: None,
            temperature: None,
        }
    }
}

/// An answer as it comes back.
#[derive(Debug)]
pub enum Reply {
    /// From a language model: JSON that fits the answer's schema, and who wrote it.
    Text {
        /// The answer.
        json: Value,
        /// The model that wrote it.
        written_by: String,
    },
    /// From an image model.
    Image(Box<ImageReply>),
}

impl Reply {
    /// The JSON answer as a Rust value, with the model's name.
    ///
    /// # Errors
    /// An [`AnswerFault`] when it is an image or of another shape.
    pub fn json<T: DeserializeOwned>(self) -> Result<(T, String), AnswerFault> {
        match self {
            Self::Text { json, written_by } => serde_json::from_value(json)
                .map(|value| (value, written_by))
                .map_err(|error| AnswerFault(error.to_string())),
            Self::Image(_) => Err(AnswerFault("an image where JSON was due".to_owned())),
        }
    }
}

/// Why an answer cannot be used, in words that the model is told when it is asked to repair it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerFault(pub String);

/// What an item has produced.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The rows.
    pub changes: Changeset,
    /// What it costs.
    pub credits: Credits,
    /// What it tells the run's report.
    pub result: Value,
    /// Keys of the files it wrote for these rows. They are deleted again when a row turns out to be gone.
    pub files: Vec<String>,
}

/// An item that has ended well.
#[derive(Clone, Debug)]
pub struct FinishedItem {
    /// Its key.
    pub key: String,
    /// What it told.
    pub result: Value,
    /// What it cost.
    pub credits: Credits,
}

/// An item that has failed, as the run's report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemFailure {
    /// Its key.
    pub key: String,
    /// For people.
    pub label: String,
    /// Why.
    #[serde(flatten)]
    pub error: RunFailure,
}

/// What a finished run has to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport<O> {
    /// The function's own output.
    pub output: O,
    /// Items that ended well.
    pub succeeded: u64,
    /// Items that failed, each with the reason.
    pub failed: Vec<ItemFailure>,
    /// What it took of providers.
    pub usage: UsageTotals,
    /// What it was expected to take of them when it was started, where the function could tell.
    pub forecast: Option<UsageTotals>,
    /// What it charged.
    pub credits: Credits,
}

/// An input that knows its function: what [`Igny8::start`](crate::Igny8::start) takes.
pub trait StartRequest: Serialize + Send + Sync {
    /// The function's registered name.
    const FUNCTION: &'static str;
    /// What a finished run shows.
    type Output: DeserializeOwned + Send;
}

/// An AI function. Its steps are pure over what the context gives; the engine does the calling, storing and charging.
#[async_trait]
pub trait AiFunction: Send + Sync + 'static {
    /// What a run is started with; unknown fields are refused.
    type Input: Serialize + DeserializeOwned + JsonSchema + Send + Sync;
    /// What is kept of one planned item between attempts.
    type Item: Serialize + DeserializeOwned + Send + Sync;
    /// A checked answer.
    type Answer: Send + Sync;
    /// What a finished run shows.
    type Output: Serialize + Send;

    /// What it is called and how it is run.
    fn spec(&self) -> FunctionSpec;

    /// Its price in words, by the host's price list.
    fn price(&self, prices: &CreditPricing) -> String;

    /// Checks the input with the caller's own scope, before anything is reserved.
    async fn validate(&self, cx: &FunctionContext<'_>, input: &Self::Input) -> Result<Workload>;

    /// Cuts the work into items, once a run. Rows that have gone since the start are left out: they are no reason to
    /// fail the others.
    async fn prepare(
        &self,
        cx: &FunctionContext<'_>,
        input: &Self::Input,
    ) -> Result<Vec<WorkItem<Self::Item>>>;

    /// What to ask for one item.
    async fn build_prompt(
        &self,
        cx: &FunctionContext<'_>,
        input: &Self::Input,
        item: &Self::Item,
    ) -> Result<Ask<Self::Answer>>;

    /// Checks the meaning of an answer that has the right shape.
    fn parse_response(
        &self,
        input: &Self::Input,
        item: &Self::Item,
        reply: Reply,
    ) -> Result<Self::Answer, AnswerFault>;

    /// The rows an answer becomes, and what they cost.
    async fn save_output(
        &self,
        cx: &FunctionContext<'_>,
        input: &Self::Input,
        item: &Self::Item,
        answer: Self::Answer,
    ) -> Result<Saved>;

    /// The rows that record an item's failure.
    fn record_failure(&self, _item: &Self::Item, _failure: &RunFailure) -> Changeset {
        Changeset::new()
    }

    /// What the run shows, from the items that ended well.
    fn report(&self, input: &Self::Input, items: &[FinishedItem]) -> Self::Output;
}

/// Checks how many items a run is started with.
pub(super) fn check_count(field: &str, count: usize, spec: &FunctionSpec) -> Result<()> {
    match spec.max_items {
        _ if count == 0 => Err(Error::invalid(field, "must name at least one")),
        Some(most) if count > most => {
            Err(Error::invalid(field, format!("must name at most {most}; start further runs for the rest")))
        }
        _ => Ok(()),
    }
}

/// The one site that all rows share, and the sector when they share that too.
pub(super) fn shared_place(
    field: &str,
    places: impl IntoIterator<Item = crate::tenancy::SectorKey>,
) -> Result<(SiteId, Option<SectorId>)> {
    let mut shared: Option<(SiteId, Option<SectorId>)> = None;
    for place in places {
        shared = Some(match shared {
            None => (place.site(), Some(place.sector())),
            Some((site, _)) if site != place.site() => {
                return Err(Error::invalid(field, "must be of one site; start one run a site"));
            }
            Some((site, sector)) => (site, sector.filter(|sector| *sector == place.sector())),
        });
    }
    shared.ok_or_else(|| Error::invalid(field, "must name at least one"))
}

/// A complaint when some of the ids have no row.
pub(super) fn check_found<Id: Copy + PartialEq + std::fmt::Display>(
    field: &str,
    asked: &[Id],
    found: impl Fn(Id) -> bool,
) -> Result<()> {
    let missing: Vec<String> =
        asked.iter().filter(|id| !found(**id)).map(ToString::to_string).take(5).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(field, format!("there is no {}", missing.join(", no "))))
    }
}
