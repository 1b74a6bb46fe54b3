//! Accounts: each opened with its owner and its old balance, filled on a plan without limits, and then put on its own.
//! An account that is here is only touched when an import made it, which its ledger tells.

use anyhow::Context;
use igny8_core::ids::{AccountId, PlanId};
use igny8_core::paging::{ListQuery, Page};
use igny8_core::tenancy::{Account, AccountChange, AccountStatus, Plan, TenantScope, User, slugify};
use igny8_core::{Error, NewAccount, Result};

use super::report::{Outcome, TableReport};
use super::row::{Row, shared_id};
use super::source::Source;
use super::words::word;
use super::{Import, account_of};
use crate::operator;

/// The ledger's key of the entry that an account begins with: only an operator writes such, so it tells whose work the account is.
const OPENING: &str = "django:opening";
/// The site that an account is opened with, until its own are here.
const PLACEHOLDER: &str = "django-import-placeholder";

/// An account that rows come into.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) account: AccountId,
    pub(super) owner: User,
    /// As its owner, who sees every site.
    pub(super) scope: TenantScope,
    /// As a developer, for what only the operator may.
    pub(super) operator: TenantScope,
    /// Whether this import, or one that broke off, makes the account: then rows that are here are brought to their end too.
    pub(super) completes: bool,
    /// Whether this import opened it.
    pub(super) is_new: bool,
    /// The plan and status it has once it is filled.
    settled: (PlanId, AccountStatus),
}

/// A user of the source, as far as opening the account needs it.
pub(super) struct Person {
    id: i64,
    email: String,
    role: String,
    is_active: bool,
}

impl Import<'_> {
    /// Reads who there is, by account.
    pub(super) async fn read_people(&mut self, source: &mut Source) -> anyhow::Result<()> {
        let Some(table) = source.table(&["igny8_users"]) else { return Ok(()) };
        let mut after = i64::MIN;
        loop {
            let rows = source.page(table, after).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id();
            for row in &rows {
                let (Some(account), Some(email)) = (account_of(row), row.text(&["email"])) else { continue };
                self.people.entry(account).or_default().push(Person {
                    id: row.id(),
                    email,
                    role: row.text_or_empty(&["role"]),
                    is_active: row.truth(&["is_active"], true),
                });
            }
        }
    }

    pub(super) async fn account(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let Some(name) = row.text(&["name", "slug"]) else { return Ok(Outcome::skipped("it has no name")) };
        let written = row.text(&["slug"]).unwrap_or_else(|| name.clone());
        if self.only.is_some_and(|only| only != written) {
            return Ok(Outcome::skipped("another account was asked for"));
        }
        let slug = slugify(&written, "account");
        if slug == operator::SLUG {
            return Ok(Outcome::skipped(
                "a system account: its members enter every tenant, so this server has its own",
            ));
        }
        if slug != written {
            table.note(row.id(), format!("the slug `{written}` is `{slug}` here"));
        }
        let plan = self.plan_of(row, table).await?;
        let status = match row.text(&["status"]) {
            None => AccountStatus::Active,
            Some(_) => word(row, "status", AccountStatus::Suspended, table),
        };
        let staging = self.staging_plan().await?;
        match self.igny8.find_account(&slug).await? {
            Some((account, owner)) => self.found(row, account, owner, staging, (plan.id, status)).await,
            None => self.opened(row, table, NewAccount::named(name).slug(slug), &plan, status, staging).await,
        }
    }

    /// Goes on with an account that an import has made.
    async fn found(
        &mut self,
        row: &Row,
        account: Account,
        owner: User,
        staging: PlanId,
        of_source: (PlanId, AccountStatus),
    ) -> Result<Outcome> {
        let operator = self.operator.enter(self.igny8, account.id).await?;
        if !self.has_opening(&operator).await? {
            return Ok(Outcome::skipped(
                "an account of this slug is here that no import made (if one broke off at its very start: erase it)",
            ));
        }
        // Still on the plan it is filled on: the import before broke off.
        let completes = account.plan == staging;
        let settled = if completes { of_source } else { (account.plan, account.status) };
        self.fill(row.id(), account.id, owner, staging, settled, completes, false).await?;
        Ok(Outcome::Unchanged)
    }

    async fn opened(
        &mut self,
        row: &Row,
        table: &mut TableReport,
        account: NewAccount,
        plan: &Plan,
        status: AccountStatus,
        staging: PlanId,
    ) -> Result<Outcome> {
        let mut account = account.plan(plan.slug.clone()).site(PLACEHOLDER);
        match self.owner_of(row) {
            Some((email, true)) => account = account.owner(email),
            Some((email, false)) => {
                table
                    .note(row.id(), "its owner is not one of its users: the first of its own took the place");
                account = account.owner(email);
            }
            None => table.note(row.id(), "it has no users: its owner is owner@….invalid"),
        }
        let home = self.igny8.provision(account).await?;
        let operator = self.operator.enter(self.igny8, home.account).await?;
        self.open_ledger(row, table, &operator).await?;
        self.fill(row.id(), home.account, home.owner, staging, (plan.id, status), true, true).await?;
        Ok(Outcome::Created)
    }

    /// Puts the account on the plan without limits and enters it.
    #[allow(clippy::too_many_arguments, reason = "each is one fact about the account")]
    async fn fill(
        &mut self,
        id: i64,
        account: AccountId,
        owner: User,
        staging: PlanId,
        settled: (PlanId, AccountStatus),
        completes: bool,
        is_new: bool,
    ) -> Result<()> {
        let change = AccountChange {
            plan: Some(staging),
            status: Some(AccountStatus::Active),
            ..AccountChange::default()
        };
        self.igny8.change_account(account, change).await?;
        let scope = self.igny8.enter(&owner, account).await?;
        let sites = self.igny8.sites(&scope);
        for site in sites.list().await? {
            if completes && site.slug == PLACEHOLDER {
                sites.delete(site.id, false).await?;
            }
        }
        let operator = self.operator.enter(self.igny8, account).await?;
        let tenant = Tenant { account, owner, scope, operator, completes, is_new, settled };
        self.tenants.insert(id, tenant);
        Ok(())
    }

    /// Puts every account on its own plan and status, and takes plans off the offer that are not on it in the source. Of an
    /// import that broke off only those that are in use: the others tell by their plan that the next one completes them.
    pub(super) async fn settle_accounts(&self, is_whole: bool) -> anyhow::Result<()> {
        for tenant in self.tenants.values().filter(|tenant| is_whole || !tenant.completes) {
            let (plan, status) = tenant.settled;
            let change = AccountChange { plan: Some(plan), status: Some(status), ..AccountChange::default() };
            let settled = self.igny8.change_account(tenant.account, change).await;
            settled.with_context(|| format!("put the account {} on its own plan", tenant.account))?;
        }
        let completes = self.tenants.values().any(|tenant| tenant.completes);
        for plan in self.igny8.plans().await? {
            let is_off = |(id, is_new): &(PlanId, bool)| *id == plan.id && (*is_new || completes);
            if is_whole && plan.is_active && self.plans_to_close.iter().any(is_off) {
                self.igny8.save_plan(Plan { is_active: false, ..plan }).await?;
            }
        }
        Ok(())
    }

    /// The plan without limits that accounts are on while they are filled: rows that are there already are not refused.
    async fn staging_plan(&self) -> Result<PlanId> {
        let id = PlanId::from_uuid(shared_id("the plan of imports", 0));
        if self.igny8.plans().await?.iter().any(|plan| plan.id == id) {
            return Ok(id);
        }
        let plan = Plan {
            id,
            name: "Django import".to_owned(),
            slug: "django-import".to_owned(),
            max_users: None,
            max_sites: None,
            max_keywords: None,
            max_clusters: None,
            max_content_ideas: None,
            max_ai_requests_per_day: None,
            max_words_per_month: None,
            max_images_per_month: None,
            credits_per_month: None,
            included_credits: None,
            is_active: false,
        };
        self.igny8.save_plan(plan).await
    }

    async fn plan_of(&self, row: &Row, table: &mut TableReport) -> Result<Plan> {
        let id = row.int(&["plan_id"]).and_then(|plan| self.plans.get(&plan).copied());
        let plans = self.igny8.plans().await?;
        let own = plans.iter().find(|plan| Some(plan.id) == id);
        let plan = own.or_else(|| {
            table.note(row.id(), "it has no plan that came: `free` instead");
            plans.iter().find(|plan| plan.slug == "free")
        });
        plan.cloned().ok_or_else(|| Error::not_found("plan", "free"))
    }

    /// The owner's address, and whether that is the account's own owner: else an owner, an admin, anybody.
    fn owner_of(&self, row: &Row) -> Option<(String, bool)> {
        let people = self.people.get(&row.id())?;
        let named = row.int(&["owner_id"]);
        let own = people.iter().find(|person| Some(person.id) == named);
        let of_role = |role: &str| people.iter().find(|person| person.is_active && person.role == role);
        let heir = || of_role("owner").or_else(|| of_role("admin")).or_else(|| people.first());
        own.or_else(heir).map(|person| (person.email.clone(), own.is_some() || named.is_none()))
    }

    /// Brings the balance to what it was, by one entry.
    async fn open_ledger(&self, row: &Row, table: &mut TableReport, operator: &TenantScope) -> Result<()> {
        let mut old = row.int(&["credits"]).unwrap_or_default();
        if old < 0 {
            table.note(row.id(), "its balance was below 0: it begins at 0");
            old = 0;
        }
        let credits = self.igny8.credits(operator);
        let mut missing = old - credits.balance().await?.balance;
        if missing == 0 {
            // The entry must be there, and none is of 0.
            credits.adjust("django:opening:even", 1, "Evens the opening balance").await?;
            missing = -1;
        }
        let description = format!("Opening balance, brought over from Django's account {}", row.id());
        credits.adjust(OPENING, missing, &description).await.map(drop)
    }

    /// Whether an import has opened the ledger: its entry is among the first.
    async fn has_opening(&self, operator: &TenantScope) -> Result<bool> {
        const SIZE: u32 = 100;
        let credits = self.igny8.credits(operator);
        let one = ListQuery::default().page(Page::Number { number: 1, size: 1 });
        let total = credits.transactions(&one).await?.total.unwrap_or_default();
        let last = u32::try_from(total.div_ceil(u64::from(SIZE))).unwrap_or(u32::MAX);
        for number in [last, last.saturating_sub(1)] {
            if number == 0 {
                continue;
            }
            let page = ListQuery::default().page(Page::Number { number, size: SIZE });
            let entries = credits.transactions(&page).await?.items;
            if entries.iter().any(|entry| entry.idempotency_key == OPENING) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
