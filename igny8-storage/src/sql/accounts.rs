//! The account itself, its plan, and what it has used of it.

use async_trait::async_trait;
use igny8_core::Result;
use igny8_core::ports::Accounts;
use igny8_core::tenancy::{Account, Plan, PlanUsage, TenantScope};

use super::columns::Row;
use super::{Store, plan};
use crate::statement::TenantSql;

const ACCOUNT: TenantSql = TenantSql::new("SELECT * FROM igny8_accounts WHERE account_id = $1");

#[async_trait]
impl Accounts for Store {
    async fn account_of(&self, scope: &TenantScope) -> Result<Account> {
        self.read(scope, "read the account").await?.query(ACCOUNT).one(account).await
    }

    async fn plan_of(&self, scope: &TenantScope) -> Result<Plan> {
        plan::plan_of(&mut self.read(scope, "read the account's plan").await?).await
    }

    async fn plan_usage(&self, scope: &TenantScope) -> Result<PlanUsage> {
        plan::usage_of(&mut self.read(scope, "add up what the account has used").await?).await
    }
}

/// An account from its row.
pub(super) fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get("account_id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        owner: row.get("owner_id")?,
        plan: row.get("plan_id")?,
        credits: row.get("balance")?,
        reserved: row.get("reserved")?,
        status: row.word("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
