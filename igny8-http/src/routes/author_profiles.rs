//! `system/author_profiles/`: tone and language that articles are written in.

use igny8_core::ids::AuthorProfileId;
use igny8_core::settings::{AuthorProfile, AuthorProfileChange, NewAuthorProfile};
use igny8_core::vocabulary::Tone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("system")
        .get("system/author_profiles/", "listAuthorProfiles", "Author profiles, by name", list)
        .post("system/author_profiles/", "createAuthorProfile", "Create an author profile", create)
        .get("system/author_profiles/{id}/", "getAuthorProfile", "An author profile", get)
        .put(
            "system/author_profiles/{id}/",
            "replaceAuthorProfile",
            "Replace an author profile's fields",
            replace,
        )
        .patch("system/author_profiles/{id}/", "updateAuthorProfile", "Change an author profile", update)
        .delete("system/author_profiles/{id}/", "deleteAuthorProfile", "Delete an author profile", delete)
}

/// An author profile's own fields. Those left out have their defaults.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProfileFields {
    /// Unique in the account.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Who writes, and for whom.
    #[serde(default)]
    description: String,
    /// The voice.
    tone: Tone,
    /// A language tag such as `en` or `pt-BR`.
    language: String,
    /// Whether it is used where nothing else is chosen.
    #[serde(default)]
    is_default: bool,
}

/// What is to change on an author profile; fields left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ProfilePatch {
    /// Unique in the account.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Who writes, and for whom.
    description: Option<String>,
    /// The voice.
    tone: Option<Tone>,
    /// A language tag such as `en` or `pt-BR`.
    language: Option<String>,
    /// Whether it is used where nothing else is chosen.
    is_default: Option<bool>,
}

async fn list(tenant: Tenant) -> Answer<Listed<AuthorProfile>> {
    Ok(Listed::whole(tenant.igny8.author_profiles(&tenant.scope).list().await?))
}

async fn create(tenant: Tenant, Body(fields): Body<ProfileFields>) -> Answer<Created<AuthorProfile>> {
    let ProfileFields { name, description, tone, language, is_default } = fields;
    let profile = NewAuthorProfile { name, description, tone, language, is_default };
    Ok(Created(tenant.igny8.author_profiles(&tenant.scope).create(profile).await?))
}

async fn get(tenant: Tenant, Id(id): Id<AuthorProfileId>) -> Answer<One<AuthorProfile>> {
    Ok(One(tenant.igny8.author_profiles(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<AuthorProfileId>,
    Body(fields): Body<ProfileFields>,
) -> Answer<One<AuthorProfile>> {
    let change = AuthorProfileChange {
        name: Some(fields.name),
        description: Some(fields.description),
        tone: Some(fields.tone),
        language: Some(fields.language),
        is_default: Some(fields.is_default),
    };
    Ok(One(tenant.igny8.author_profiles(&tenant.scope).update(id, change).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<AuthorProfileId>,
    Body(patch): Body<ProfilePatch>,
) -> Answer<One<AuthorProfile>> {
    let ProfilePatch { name, description, tone, language, is_default } = patch;
    let change = AuthorProfileChange { name, description, tone, language, is_default };
    Ok(One(tenant.igny8.author_profiles(&tenant.scope).update(id, change).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<AuthorProfileId>) -> Answer<Deleted> {
    tenant.igny8.author_profiles(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}
