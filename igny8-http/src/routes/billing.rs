//! `billing/`: balance, ledger and usage of the account, and granting credits.

use chrono::{DateTime, Utc};
use igny8_core::credits::{
    Balance, CreditTransaction, CreditUsage, Credits, TransactionFilter, TransactionType, UsageFilter,
    UsageSummaryRow,
};
use igny8_core::ids::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Created, Listed, One};
use crate::request::{Body, List, ListParams, Query, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("billing")
        .get("billing/balance/", "getBalance", "What the account has and holds", balance)
        .get("billing/transactions/", "listTransactions", "The ledger, newest first", transactions)
        .get("billing/usage/", "listUsage", "The usage log, newest first", usage)
        .get(
            "billing/usage/summary/",
            "summarizeUsage",
            "Usage by day, operation and models, oldest first",
            summary,
        )
        .post("billing/grant/", "grantCredits", "Add credits (developers)", grant)
}

/// What the account has and holds.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreditBalance")]
struct BalanceBody {
    /// What the ledger adds up to, held credits included.
    balance: Credits,
    /// Held for work under way.
    reserved: Credits,
    /// What new work may hold.
    available: Credits,
}

/// Which entries of the ledger. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct TransactionParams {
    /// Of this type.
    #[serde(rename = "type")]
    transaction_type: Option<TransactionType>,
    /// Written at or after.
    date_from: Option<DateTime<Utc>>,
    /// Written before.
    date_to: Option<DateTime<Utc>>,
}

impl ListParams for TransactionParams {
    type Filter = TransactionFilter;
    type Field = ();
    const ORDERING: &'static [(&'static str, ())] = &[];

    fn into_filter(self) -> TransactionFilter {
        TransactionFilter { transaction_type: self.transaction_type, from: self.date_from, to: self.date_to }
    }
}

/// Which usage. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct UsageParams {
    /// Of this operation.
    operation_type: Option<String>,
    /// Of this run.
    task_id: Option<RunId>,
    /// Written at or after.
    date_from: Option<DateTime<Utc>>,
    /// Written before.
    date_to: Option<DateTime<Utc>>,
}

impl ListParams for UsageParams {
    type Filter = UsageFilter;
    type Field = ();
    const ORDERING: &'static [(&'static str, ())] = &[];

    fn into_filter(self) -> UsageFilter {
        UsageFilter {
            operation_type: self.operation_type,
            run: self.task_id,
            from: self.date_from,
            to: self.date_to,
        }
    }
}

/// Credits to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// How many; more than 0.
    #[schemars(range(min = 1))]
    amount: Credits,
    /// Why, for the ledger.
    #[schemars(length(min = 1, max = 255))]
    description: String,
    /// Makes a repetition a no-op: choose one for each grant.
    #[schemars(length(min = 1, max = 200))]
    key: String,
}

async fn balance(tenant: Tenant) -> Answer<One<BalanceBody>> {
    let balance: Balance = tenant.igny8.credits(&tenant.scope).balance().await?;
    let available = balance.available();
    Ok(One(BalanceBody { balance: balance.balance, reserved: balance.reserved, available }))
}

async fn transactions(tenant: Tenant, list: List<TransactionParams>) -> Answer<Listed<CreditTransaction>> {
    list.answer(tenant.igny8.credits(&tenant.scope).transactions(&list.query).await?)
}

async fn usage(tenant: Tenant, list: List<UsageParams>) -> Answer<Listed<CreditUsage>> {
    list.answer(tenant.igny8.credits(&tenant.scope).usage(&list.query).await?)
}

async fn summary(tenant: Tenant, Query(params): Query<UsageParams>) -> Answer<Listed<UsageSummaryRow>> {
    let filter = params.into_filter();
    Ok(Listed::whole(tenant.igny8.credits(&tenant.scope).usage_summary(&filter).await?))
}

async fn grant(tenant: Tenant, Body(body): Body<GrantBody>) -> Answer<Created<CreditTransaction>> {
    let mut errors = igny8_core::error::FieldErrors::new();
    errors.require((1..=200).contains(&body.key.len()), "key", "must be 1 to 200 characters");
    let described = (1..=255).contains(&body.description.chars().count());
    errors.require(described, "description", "must be 1 to 255 characters");
    errors.into_result()?;
    let credits = tenant.igny8.credits(&tenant.scope);
    let key = format!("http:{}", body.key);
    Ok(Created(credits.add(&key, body.amount, &body.description).await?))
}
