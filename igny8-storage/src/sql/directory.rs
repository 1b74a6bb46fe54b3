//! Accounts and users before a tenant is known: opening accounts, logins, the operator's changes.

use async_trait::async_trait;
use igny8_core::ids::{AccountId, PlanId, SiteId, UserId};
use igny8_core::ports::{ChangedAccount, Directory, Home, NewTenant};
use igny8_core::tenancy::{Account, AccountChange, AccountStatus, SystemScope, User};
use igny8_core::{Error, Result};

use super::accounts::account;
use super::columns::Row;
use super::executor::System;
use super::failure::BrokenRule;
use super::sectors::insert_sector;
use super::sites::insert_site;
use super::users::{insert_user, user};
use super::{Store, closing, erasure};
use crate::statement::{SystemSql, TenantSql};

const ACCOUNT: SystemSql = SystemSql::new("SELECT * FROM igny8_accounts WHERE account_id = $1");
const ACCOUNT_BY_SLUG: SystemSql = SystemSql::new(
    "SELECT a.* FROM igny8_account_slugs s JOIN igny8_accounts a ON a.account_id = s.account_id WHERE s.slug = $1",
);
const ACCOUNTS: SystemSql = SystemSql::new("SELECT * FROM igny8_accounts ORDER BY slug");
const PLAN: SystemSql = SystemSql::new("SELECT 1 FROM igny8_plans WHERE id = $1");
const PLAN_BY_SLUG: SystemSql = SystemSql::new("SELECT id FROM igny8_plans WHERE slug = $1 AND is_active");
/// Whose login it is: all that is asked of people before their tenant is known.
const LOGIN_BY_EMAIL: SystemSql =
    SystemSql::new("SELECT account_id, user_id FROM igny8_logins WHERE email = $1");
const LOGIN_BY_USER: SystemSql =
    SystemSql::new("SELECT account_id, user_id FROM igny8_logins WHERE user_id = $1");
const USER: TenantSql = TenantSql::new("SELECT * FROM igny8_users WHERE account_id = $1 AND id = $2");
const GRANTED_SITES: TenantSql = TenantSql::new(
    "SELECT site_id FROM igny8_site_access WHERE account_id = $1 AND user_id = $2 ORDER BY site_id",
);
const ACTIVE_SITES: TenantSql =
    TenantSql::new("SELECT id FROM igny8_sites WHERE account_id = $1 AND is_active ORDER BY id");
const WITHOUT_POSTING: SystemSql = SystemSql::new(
    "SELECT a.account_id FROM igny8_accounts a JOIN igny8_plans p ON p.id = a.plan_id
     WHERE a.status IN ('active', 'trial') AND COALESCE(p.included_credits, p.credits_per_month, 0) > 0
       AND NOT EXISTS (SELECT 1 FROM igny8_credit_transactions t
                       WHERE t.account_id = a.account_id AND t.idempotency_key = $1)
     ORDER BY a.account_id LIMIT $2",
);
const OPEN: TenantSql = TenantSql::new(
    "INSERT INTO igny8_accounts (account_id, name, slug, plan_id, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)",
);
const ENTER_SLUG: TenantSql =
    TenantSql::new("INSERT INTO igny8_account_slugs (account_id, slug) VALUES ($1, $2)");
const SET_OWNER: TenantSql = TenantSql::new("UPDATE igny8_accounts SET owner_id = $2 WHERE account_id = $1");
// The owner before becomes an admin and keeps access: an account has one owner, and `owner_id` and the roles agree on who.
const HAND_OVER: TenantSql = TenantSql::new(
    "UPDATE igny8_users SET role = CASE WHEN id = $2 THEN 'owner' ELSE 'admin' END, updated_at = $3
     WHERE account_id = $1 AND (id = $2 OR role = 'owner')",
);
const CHANGE: TenantSql = TenantSql::new(
    "UPDATE igny8_accounts SET name = COALESCE($2, name), owner_id = COALESCE($3, owner_id),
         plan_id = COALESCE($4, plan_id), status = COALESCE($5, status), updated_at = $6
     WHERE account_id = $1",
);

#[async_trait]
impl Directory for Store {
    async fn open_account(&self, system: &SystemScope, tenant: NewTenant) -> Result<Home> {
        let mut db = self.system_write(system, "open an account").await?;
        let plan: Option<PlanId> =
            db.query(PLAN_BY_SLUG).bind(tenant.plan.as_str()).optional(|row| row.get("id")).await?;
        let plan = plan.ok_or_else(|| Error::not_found("plan", &tenant.plan))?;

        let account = AccountId::new();
        let mut of_account = db.within(account).await?;
        let now = of_account.now();
        of_account
            .query(OPEN)
            .bind(tenant.name.as_str())
            .bind(tenant.slug.as_str())
            .bind(plan)
            .bind(AccountStatus::Active.as_str())
            .bind(now)
            .execute()
            .await?;
        of_account
            .query(ENTER_SLUG)
            .bind(tenant.slug.as_str())
            .execute()
            .await
            .or_taken(|| Error::conflict("account", format!("the slug `{}` is taken", tenant.slug)))?;
        let owner = insert_user(&mut of_account, &tenant.owner).await?;
        of_account.query(SET_OWNER).bind(owner.id).execute().await?;
        let site = insert_site(&mut of_account, &tenant.site).await?;
        let sector = insert_sector(&mut of_account, site, &tenant.sector).await?;
        db.commit().await?;
        Ok(Home { account, owner, site, sector })
    }

    async fn account(&self, system: &SystemScope, id: AccountId) -> Result<Account> {
        load(&mut self.system_read(system, "read an account").await?, id).await
    }

    async fn account_by_slug(&self, system: &SystemScope, slug: &str) -> Result<Option<Account>> {
        let mut db = self.system_read(system, "find an account").await?;
        db.query(ACCOUNT_BY_SLUG).bind(slug).optional(account).await
    }

    async fn accounts(&self, system: &SystemScope) -> Result<Vec<Account>> {
        self.system_read(system, "list accounts").await?.query(ACCOUNTS).all(account).await
    }

    async fn change_account(
        &self,
        system: &SystemScope,
        id: AccountId,
        change: AccountChange,
    ) -> Result<ChangedAccount> {
        let mut db = self.system_write(system, "change an account").await?;
        load(&mut db, id).await?;
        if let Some(plan) = change.plan
            && !db.query(PLAN).bind(plan).exists().await?
        {
            return Err(Error::not_found("plan", plan));
        }
        let now = db.now();
        if let Some(owner) = change.owner {
            let mut of_account = db.within(id).await?;
            let next = of_account.query(USER).bind(owner).optional(user).await?;
            if !next.ok_or_else(|| Error::not_found("user", owner))?.is_active {
                return Err(Error::conflict(
                    "account",
                    "its new owner is switched off: switch the user on first",
                ));
            }
            of_account.query(HAND_OVER).bind(owner).bind(now).execute().await?;
        }
        db.within(id)
            .await?
            .query(CHANGE)
            .bind(change.name)
            .bind(change.owner)
            .bind(change.plan)
            .bind(change.status.map(AccountStatus::as_str))
            .bind(now)
            .execute()
            .await?;
        let stopped = match change.status {
            Some(AccountStatus::Cancelled) => closing::stop_runs(&mut db.within(id).await?).await?,
            _ => Vec::new(),
        };
        let account = load(&mut db, id).await?;
        db.commit().await?;
        Ok(ChangedAccount { account, stopped })
    }

    async fn erase_account(&self, system: &SystemScope, id: AccountId) -> Result<()> {
        let mut db = self.system_write(system, "erase an account").await?;
        load(&mut db, id).await?;
        if closing::close(&mut db.within(id).await?).await? {
            db.commit().await?;
            let reason = "workers still have runs of it: they were asked to stop, erase it again in a moment";
            return Err(Error::conflict("account", reason));
        }
        erasure::account(&mut db.within(id).await?).await?;
        db.commit().await
    }

    async fn user(&self, system: &SystemScope, id: UserId) -> Result<User> {
        let mut db = self.system_read(system, "read a user").await?;
        let login = db.query(LOGIN_BY_USER).bind(id).optional(login).await?;
        let found = load_user(&mut db, login).await?;
        found.ok_or_else(|| Error::not_found("user", id))
    }

    async fn user_by_email(&self, system: &SystemScope, email: &str) -> Result<Option<User>> {
        let mut db = self.system_read(system, "find a user").await?;
        let login = db.query(LOGIN_BY_EMAIL).bind(email.trim().to_lowercase()).optional(login).await?;
        load_user(&mut db, login).await
    }

    async fn granted_sites(&self, system: &SystemScope, user: UserId) -> Result<Vec<SiteId>> {
        let mut db = self.system_read(system, "list a user's sites").await?;
        let Some((account, user)) = db.query(LOGIN_BY_USER).bind(user).optional(login).await? else {
            return Ok(Vec::new());
        };
        let mut of_account = db.within(account).await?;
        of_account.query(GRANTED_SITES).bind(user).all(|row| row.get("site_id")).await
    }

    async fn active_sites(&self, system: &SystemScope, account: AccountId) -> Result<Vec<SiteId>> {
        let mut db = self.system_read(system, "list an account's active sites").await?;
        db.within(account).await?.query(ACTIVE_SITES).all(|row| row.get("id")).await
    }

    async fn accounts_without_posting(
        &self,
        system: &SystemScope,
        idempotency_key: &str,
        limit: u32,
    ) -> Result<Vec<AccountId>> {
        let mut db = self.system_read(system, "find accounts that are due a grant").await?;
        db.query(WITHOUT_POSTING).bind(idempotency_key).bind(limit).all(|row| row.get("account_id")).await
    }
}

async fn load(db: &mut System<'_>, id: AccountId) -> Result<Account> {
    let found = db.query(ACCOUNT).bind(id).optional(account).await?;
    found.ok_or_else(|| Error::not_found("account", id))
}

fn login(row: &Row<'_>) -> Result<(AccountId, UserId)> {
    Ok((row.get("account_id")?, row.get("user_id")?))
}

async fn load_user(db: &mut System<'_>, login: Option<(AccountId, UserId)>) -> Result<Option<User>> {
    match login {
        Some((account, id)) => db.within(account).await?.query(USER).bind(id).optional(user).await,
        None => Ok(None),
    }
}
