//! An AI function of a host's own that works without a model and counts how often each of its runs is worked on.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use igny8_core::credits::CreditPricing;
use igny8_core::functions::{
    AiFunction, AnswerFault, Ask, FinishedItem, FunctionContext, FunctionSpec, Reply, Saved, StartRequest,
    WorkItem, Workload,
};
use igny8_core::ids::{SectorId, SiteId};
use igny8_core::pipeline::NewCluster;
use igny8_core::runs::{Announced, Change, Changeset};
use igny8_core::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The names that were worked on, in order. Clones share the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<Vec<String>>>);

/// Asks for one cluster of this name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    pub(crate) name: String,
    pub(crate) site: SiteId,
    pub(crate) sector: SectorId,
}

impl StartRequest for Count {
    const FUNCTION: &'static str = "tally";
    type Output = u64;
}

impl Tally {
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl AiFunction for Tally {
    type Input = Count;
    type Item = String;
    type Answer = ();
    type Output = u64;

    fn spec(&self) -> FunctionSpec {
        FunctionSpec {
            name: Count::FUNCTION,
            description: "Makes a cluster and counts",
            max_items: Some(1),
            in_flight: 1,
        }
    }

    fn price(&self, _: &CreditPricing) -> String {
        "1 credit".to_owned()
    }

    async fn validate(&self, _: &FunctionContext<'_>, input: &Count) -> Result<Workload> {
        if input.name.is_empty() {
            return Err(Error::invalid("name", "is empty"));
        }
        let announced = Announced::default();
        Ok(Workload {
            site: input.site,
            sector: Some(input.sector),
            items: 1,
            estimate: 1,
            announced,
            forecast: None,
            subjects: Vec::new(),
            waiting_tasks: Vec::new(),
        })
    }

    async fn prepare(&self, _: &FunctionContext<'_>, input: &Count) -> Result<Vec<WorkItem<String>>> {
        Ok(vec![WorkItem { key: "only".to_owned(), label: input.name.clone(), item: input.name.clone() }])
    }

    async fn build_prompt(&self, _: &FunctionContext<'_>, _: &Count, item: &String) -> Result<Ask<()>> {
        self.0.lock().unwrap().push(item.clone());
        Ok(Ask::Computed(()))
    }

    fn parse_response(&self, _: &Count, _: &String, _: Reply) -> Result<(), AnswerFault> {
        Err(AnswerFault("nobody was asked".to_owned()))
    }

    async fn save_output(
        &self,
        _: &FunctionContext<'_>,
        input: &Count,
        item: &String,
        (): (),
    ) -> Result<Saved> {
        let cluster = NewCluster::named(item);
        let change = Change::CreateCluster { site: input.site, sector: input.sector, cluster };
        Ok(Saved { changes: Changeset::new().with(change), credits: 1, result: json!(1), files: Vec::new() })
    }

    fn report(&self, _: &Count, items: &[FinishedItem]) -> u64 {
        items.len() as u64
    }
}
