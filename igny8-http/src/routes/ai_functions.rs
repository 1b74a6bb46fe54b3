//! `ai/functions/`: what can be run, and running it by name.

use igny8_core::functions::RegisteredFunction;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::starting::StartKey;
use crate::answer::{Answer, Listed, Started};
use crate::request::{Body, Id, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("ai")
        .get(
            "ai/functions/",
            "listFunctions",
            "What can be run, what it costs, and what it is started with",
            list,
        )
        .post("ai/functions/{name}/run/", "runFunction", "Start a run by its function's name", run)
}

/// A run to start.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunBody {
    /// What the function is started with: see its `input_schema`.
    payload: Map<String, Value>,
}

async fn list(tenant: Tenant) -> Answer<Listed<RegisteredFunction>> {
    Ok(Listed::whole(tenant.igny8.functions()))
}

async fn run(
    tenant: Tenant,
    key: StartKey,
    Id(name): Id<String>,
    Body(body): Body<RunBody>,
) -> Answer<Started> {
    key.start_by_name(&tenant, &name, Value::Object(body.payload)).await
}
