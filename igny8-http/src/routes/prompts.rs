//! `system/prompts/`: the prompts in force, and the account's own.

use igny8_core::ids::PromptId;
use igny8_core::prompts::{EffectivePrompt, PromptOrigin};
use igny8_core::settings::{AiPrompt, PromptType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Created, Deleted, Listed, One, Versioned};
use crate::request::{Body, Id, IfMatch, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("system")
        .get(
            "system/prompts/",
            "listPrompts",
            "The prompt in force for every type, and where it is from",
            list,
        )
        .post("system/prompts/", "createPrompt", "Set the account's own prompt of a type", create)
        .get("system/prompts/{id}/", "getPrompt", "One of the account's own prompts", get)
        .put("system/prompts/{id}/", "replacePrompt", "Replace the text of an own prompt", replace)
        .patch("system/prompts/{id}/", "updatePrompt", "Replace the text of an own prompt", replace)
        .delete(
            "system/prompts/{id}/",
            "deletePrompt",
            "Delete an own prompt: its default is in force again",
            delete,
        )
        .post(
            "system/prompts/{prompt_type}/reset_to_default/",
            "resetPrompt",
            "Delete the own prompt of a type",
            reset,
        )
}

/// An own prompt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PromptBody {
    /// What it is for.
    prompt_type: PromptType,
    /// Its text: a template.
    prompt_value: String,
    /// The AI function it is for, when only one.
    function_name: Option<String>,
}

/// The text of an own prompt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PromptText {
    /// A template.
    prompt_value: String,
}

/// A prompt in force.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptInForce {
    /// The own prompt it is, for `system/prompts/{id}/`; null for a default.
    id: Option<PromptId>,
    #[serde(flatten)]
    prompt: EffectivePrompt,
}

fn versioned(prompt: AiPrompt) -> Versioned<AiPrompt> {
    Versioned { version: prompt.updated_at.timestamp_micros().to_string(), row: prompt }
}

async fn list(tenant: Tenant) -> Answer<Listed<PromptInForce>> {
    let prompts = tenant.igny8.prompts(&tenant.scope);
    let own = prompts.own().await?;
    let in_force = prompts.effective().await?.into_iter().map(|prompt| {
        let own = own.iter().find(|own| own.prompt_type == prompt.prompt_type);
        let id = own.filter(|_| prompt.origin == PromptOrigin::Account).map(|own| own.id);
        PromptInForce { id, prompt }
    });
    Ok(Listed::whole(in_force.collect()))
}

async fn create(tenant: Tenant, Body(body): Body<PromptBody>) -> Answer<Created<AiPrompt>> {
    let prompts = tenant.igny8.prompts(&tenant.scope);
    Ok(Created(prompts.save(body.prompt_type, &body.prompt_value, body.function_name.as_deref()).await?))
}

async fn get(tenant: Tenant, Id(id): Id<PromptId>) -> Answer<Versioned<AiPrompt>> {
    Ok(versioned(tenant.igny8.prompts(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<PromptId>,
    known: IfMatch,
    Body(body): Body<PromptText>,
) -> Answer<Versioned<AiPrompt>> {
    let prompts = tenant.igny8.prompts(&tenant.scope);
    let current = versioned(prompts.get(id).await?);
    known.check(&current.version)?;
    let AiPrompt { prompt_type, function_name, .. } = current.row;
    Ok(versioned(prompts.save(prompt_type, &body.prompt_value, function_name.as_deref()).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<PromptId>) -> Answer<Deleted> {
    let prompts = tenant.igny8.prompts(&tenant.scope);
    let prompt_type = prompts.get(id).await?.prompt_type;
    prompts.reset_to_default(prompt_type).await?;
    Ok(Deleted)
}

async fn reset(tenant: Tenant, Id(prompt_type): Id<PromptType>) -> Answer<One<EffectivePrompt>> {
    Ok(One(tenant.igny8.prompts(&tenant.scope).reset_to_default(prompt_type).await?))
}
