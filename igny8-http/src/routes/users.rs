//! `auth/users/`: people of the account.

use igny8_core::ids::UserId;
use igny8_core::tenancy::{NewUser, Role, User, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, List, ListParams, Tenant, yes};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/users/", "listUsers", "Users of the account, newest first", list)
        .post("auth/users/", "createUser", "Create a user", create)
        .get("auth/users/{id}/", "getUser", "A user", get)
        .put("auth/users/{id}/", "replaceUser", "Replace a user's fields", replace)
        .patch("auth/users/{id}/", "updateUser", "Change some of a user's fields", update)
        .delete("auth/users/{id}/", "deleteUser", "Delete a user", delete)
}

/// Users have no filters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NoParams {}

impl ListParams for NoParams {
    type Filter = ();
    type Field = ();
    const ORDERING: &'static [(&'static str, ())] = &[];

    fn into_filter(self) {}
}

/// A user to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewUserFields {
    /// E-mail address, unique among all users.
    email: String,
    /// Login name; the address's local part when left out.
    #[serde(default)]
    username: String,
    /// Given name.
    #[serde(default)]
    first_name: String,
    /// Family name.
    #[serde(default)]
    last_name: String,
    /// What the user is to be.
    role: Role,
    /// What the user logs in with, 8 to 256 characters; without one the user cannot yet.
    #[cfg(feature = "auth")]
    #[schemars(length(min = 8, max = 256))]
    password: Option<String>,
}

/// A user's fields that can be replaced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserFields {
    /// Login name.
    username: String,
    /// Given name.
    #[serde(default)]
    first_name: String,
    /// Family name.
    #[serde(default)]
    last_name: String,
    /// What the user is to be.
    role: Role,
    /// Whether the user may come in; true by default.
    #[serde(default = "yes")]
    is_active: bool,
}

/// What is to change on a user; fields left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct UserPatch {
    /// Login name.
    username: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// What the user is to be.
    role: Option<Role>,
    /// Whether the user may come in.
    is_active: Option<bool>,
    /// What the user logs in with, 8 to 256 characters: every session of theirs is closed. An owner's is theirs alone to change.
    #[cfg(feature = "auth")]
    #[schemars(length(min = 8, max = 256))]
    password: Option<String>,
}

async fn list(tenant: Tenant, list: List<NoParams>) -> Answer<Listed<User>> {
    list.answer(tenant.igny8.users(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, Body(fields): Body<NewUserFields>) -> Answer<Created<User>> {
    let users = tenant.igny8.users(&tenant.scope);
    #[cfg(feature = "auth")]
    let hash = hashed(fields.password).await?;
    let NewUserFields { email, username, first_name, last_name, role, .. } = fields;
    let user = users.create(NewUser { email, username, first_name, last_name, role }).await?;
    #[cfg(feature = "auth")]
    if let Some(hash) = hash {
        users.set_credential(user.id, &hash).await?;
    }
    Ok(Created(user))
}

async fn get(tenant: Tenant, Id(id): Id<UserId>) -> Answer<One<User>> {
    Ok(One(tenant.igny8.users(&tenant.scope).get(id).await?))
}

async fn replace(tenant: Tenant, Id(id): Id<UserId>, Body(fields): Body<UserFields>) -> Answer<One<User>> {
    let change = UserChange {
        username: Some(fields.username),
        first_name: Some(fields.first_name),
        last_name: Some(fields.last_name),
        role: Some(fields.role),
        is_active: Some(fields.is_active),
    };
    Ok(One(tenant.igny8.users(&tenant.scope).update(id, change).await?))
}

async fn update(tenant: Tenant, Id(id): Id<UserId>, Body(patch): Body<UserPatch>) -> Answer<One<User>> {
    let users = tenant.igny8.users(&tenant.scope);
    #[cfg(feature = "auth")]
    let hash = hashed(patch.password).await?;
    let UserPatch { username, first_name, last_name, role, is_active, .. } = patch;
    let user = users.update(id, UserChange { username, first_name, last_name, role, is_active }).await?;
    #[cfg(feature = "auth")]
    if let Some(hash) = hash {
        users.set_credential(id, &hash).await?;
    }
    Ok(One(user))
}

async fn delete(tenant: Tenant, Id(id): Id<UserId>) -> Answer<Deleted> {
    tenant.igny8.users(&tenant.scope).delete(id).await?;
    Ok(Deleted)
}

/// The hash of a password that was given.
#[cfg(feature = "auth")]
async fn hashed(password: Option<String>) -> Answer<Option<String>> {
    match password {
        Some(password) => Ok(Some(crate::auth::hash_password("password", &password.into()).await?)),
        None => Ok(None),
    }
}
