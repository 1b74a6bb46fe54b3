//! `auth/accounts/`: the caller's account; for developers all of them.

use igny8_core::ids::{AccountId, PlanId, UserId};
use igny8_core::sdk::NewAccount;
use igny8_core::tenancy::{Account, AccountChange, AccountStatus, Action, PlanUsage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Created, Deleted, Listed, One};
use crate::request::{Body, Id, Tenant};
use crate::routing::Routes;
use igny8_core::Error;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .get("auth/accounts/", "listAccounts", "The caller's account; for developers all", list)
        .post("auth/accounts/", "createAccount", "Open an account (developers)", create)
        .get("auth/accounts/{id}/", "getAccount", "An account, and what it uses of its plan", get)
        .put("auth/accounts/{id}/", "replaceAccount", "Rename an account", rename)
        .patch(
            "auth/accounts/{id}/",
            "updateAccount",
            "Change an account; plan, owner and status by developers",
            update,
        )
        .delete(
            "auth/accounts/{id}/",
            "closeAccount",
            "Close an account: it is read-only from then on (developers)",
            close,
        )
}

/// An account to open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewAccountFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Unique; made from the name when left out.
    slug: Option<String>,
    /// The plan's slug; `free` by default.
    plan: Option<String>,
    /// The owner's e-mail address, unique among all users.
    owner_email: String,
    /// The first site; named like the account when left out.
    site: Option<String>,
    /// Its first sector; `General` when left out.
    sector: Option<String>,
}

/// The field of an account that its own people replace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccountFields {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: String,
}

/// What is to change on an account; fields left out stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct AccountPatch {
    /// Display name.
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// A user of the account (developers).
    owner: Option<UserId>,
    /// The plan (developers).
    plan: Option<PlanId>,
    /// The status (developers).
    status: Option<AccountStatus>,
}

/// An account with what it uses.
#[derive(Debug, Serialize, JsonSchema)]
struct AccountWithUsage {
    #[serde(flatten)]
    account: Account,
    /// What it has and has used, against its plan; null for one that the caller has not entered.
    usage: Option<PlanUsage>,
}

async fn list(tenant: Tenant) -> Answer<Listed<Account>> {
    if tenant.scope.require(Action::ManageAccounts).is_ok() {
        return Ok(Listed::whole(tenant.igny8.operators(&tenant.scope).accounts().await?));
    }
    Ok(Listed::whole(vec![tenant.igny8.account(&tenant.scope).get().await?]))
}

async fn create(tenant: Tenant, Body(fields): Body<NewAccountFields>) -> Answer<Created<Account>> {
    let mut account = NewAccount::named(fields.name).owner(fields.owner_email);
    if let Some(slug) = fields.slug {
        account = account.slug(slug);
    }
    if let Some(plan) = fields.plan {
        account = account.plan(plan);
    }
    if let Some(site) = fields.site {
        account = account.site(site);
    }
    if let Some(sector) = fields.sector {
        account = account.sector(sector);
    }
    let operators = tenant.igny8.operators(&tenant.scope);
    let home = operators.open(account).await?;
    Ok(Created(operators.account(home.account).await?))
}

async fn get(tenant: Tenant, Id(id): Id<AccountId>) -> Answer<One<AccountWithUsage>> {
    if id == tenant.scope.account() {
        let room = tenant.igny8.account(&tenant.scope);
        let (account, usage) = (room.get().await?, Some(room.usage().await?));
        return Ok(One(AccountWithUsage { account, usage }));
    }
    others(&tenant, id)?;
    let account = tenant.igny8.operators(&tenant.scope).account(id).await?;
    Ok(One(AccountWithUsage { account, usage: None }))
}

async fn rename(
    tenant: Tenant,
    Id(id): Id<AccountId>,
    Body(fields): Body<AccountFields>,
) -> Answer<One<Account>> {
    change(&tenant, id, AccountPatch { name: Some(fields.name), ..AccountPatch::default() }).await.map(One)
}

async fn update(
    tenant: Tenant,
    Id(id): Id<AccountId>,
    Body(patch): Body<AccountPatch>,
) -> Answer<One<Account>> {
    change(&tenant, id, patch).await.map(One)
}

async fn close(tenant: Tenant, Id(id): Id<AccountId>) -> Answer<Deleted> {
    others(&tenant, id)?;
    let closed = AccountChange { status: Some(AccountStatus::Cancelled), ..AccountChange::default() };
    tenant.igny8.operators(&tenant.scope).change(id, closed).await?;
    Ok(Deleted)
}

async fn change(tenant: &Tenant, id: AccountId, patch: AccountPatch) -> Answer<Account> {
    others(tenant, id)?;
    let AccountPatch { name, owner, plan, status } = patch;
    let of_operators = owner.is_some() || plan.is_some() || status.is_some();
    if id == tenant.scope.account() && !of_operators {
        tenant.scope.require(Action::ManageUsers)?;
        let account = tenant.igny8.account(&tenant.scope);
        return Ok(match name {
            Some(name) => account.rename(&name).await?,
            None => account.get().await?,
        });
    }
    let change = AccountChange { name, owner, plan, status };
    Ok(tenant.igny8.operators(&tenant.scope).change(id, change).await?)
}

/// Accounts that the caller has not entered are not there, but for developers.
fn others(tenant: &Tenant, id: AccountId) -> Answer<()> {
    let may = id == tenant.scope.account() || tenant.scope.require(Action::ManageAccounts).is_ok();
    if may { Ok(()) } else { Err(Error::not_found("account", id).into()) }
}
