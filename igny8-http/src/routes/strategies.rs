//! `system/strategies/`: which prompts and sections a sector's articles use.

use std::collections::BTreeMap;

use igny8_core::ids::{SectorId, StrategyId};
use igny8_core::settings::{NewStrategy, PromptType, Strategy, StrategyChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, Tenant, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("system")
        .get("system/strategies/", "listStrategies", "Strategies within reach, by name", list)
        .post("system/strategies/", "createStrategy", "Create a strategy", create)
        .get("system/strategies/{id}/", "getStrategy", "A strategy", get)
        .put("system/strategies/{id}/", "replaceStrategy", "Replace a strategy's fields", replace)
        .patch("system/strategies/{id}/", "updateStrategy", "Change some of a strategy's fields", update)
        .delete("system/strategies/{id}/", "deleteStrategy", "Delete a strategy", delete)
}

/// A strategy to create. What is left out has its default.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewStrategyFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// The sector it is for; null for the account.
    sector: Option<SectorId>,
    /// Templates by prompt type.
    #[serde(default)]
    prompt_types: BTreeMap<PromptType, String>,
    /// Which sections an article has: `{"sections": ["…"]}`.
    #[serde(default)]
    section_logic: Map<String, Value>,
    /// Whether it is used; true by default.
    #[serde(default = "yes")]
    is_active: bool,
}

/// A strategy's fields that can be replaced: all but its sector.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StrategyFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// Templates by prompt type.
    #[serde(default)]
    prompt_types: BTreeMap<PromptType, String>,
    /// Which sections an article has: `{"sections": ["…"]}`.
    #[serde(default)]
    section_logic: Map<String, Value>,
    /// Whether it is used; true by default.
    #[serde(default = "yes")]
    is_active: bool,
}

/// What is to change on a strategy; fields left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct StrategyPatch {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Templates by prompt type.
    prompt_types: Option<BTreeMap<PromptType, String>>,
    /// Which sections an article has: `{"sections": ["…"]}`.
    section_logic: Option<Map<String, Value>>,
    /// Whether it is used.
    is_active: Option<bool>,
}

async fn list(tenant: Tenant) -> Answer<Listed<Strategy>> {
    Ok(Listed::whole(tenant.igny8.strategies(&tenant.scope).list().await?))
}

async fn create(tenant: Tenant, Body(fields): Body<NewStrategyFields>) -> Answer<Created<Strategy>> {
    let strategy = NewStrategy {
        name: fields.name,
        description: fields.description,
        sector: fields.sector,
        prompt_types: fields.prompt_types,
        section_logic: Value::Object(fields.section_logic),
        is_active: fields.is_active,
    };
    Ok(Created(tenant.igny8.strategies(&tenant.scope).create(strategy).await?))
}

async fn get(tenant: Tenant, Id(id): Id<StrategyId>) -> Answer<One<Strategy>> {
    Ok(One(tenant.igny8.strategies(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<StrategyId>,
    Body(fields): Body<StrategyFields>,
) -> Answer<One<Strategy>> {
    let change = StrategyChange {
        name: Some(fields.name),
        description: Some(fields.description),
        prompt_types: Some(fields.prompt_types),
        section_logic: Some(Value::Object(fields.section_logic)),
        is_active: Some(fields.is_active),
    };
    Ok(One(tenant.igny8.strategies(&tenant.scope).update(id, change).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<StrategyId>,
    Body(patch): Body<StrategyPatch>,
) -> Answer<One<Strategy>> {
    let change = StrategyChange {
        name: patch.name,
        description: patch.description,
        prompt_types: patch.prompt_types,
        section_logic: patch.section_logic.map(Value::Object),
        is_active: patch.is_active,
    };
    Ok(One(tenant.igny8.strategies(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<StrategyId>) -> Answer<Deleted> {
    tenant.igny8.strategies(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}
