//! Opening accounts, and what an operator does to them.

use super::Igny8;
use crate::error::{Error, Result};
use crate::functions::bought;
use crate::ids::AccountId;
use crate::ports::{Directory, Home, NewTenant};
use crate::runs::Run;
use crate::tenancy::{
    Account, AccountChange, AccountStatus, NewSector, NewSite, NewUser, Role, SystemAccounts, SystemScope,
    User, bot_scope, check_name, check_slug, derived_slug, with_suffix,
};

/// An account to open. Only its name is needed; the rest has defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    name: String,
    slug: Option<String>,
    plan: String,
    owner: Option<NewUser>,
    site: Option<NewSite>,
    sector: NewSector,
}

impl NewAccount {
    /// An account of this name on the plan `free`, with a site of the same name and a sector `General`.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            slug: None,
            plan: "free".to_owned(),
            owner: None,
            site: None,
            sector: NewSector::named("General"),
        }
    }

    /// The account's slug, instead of one made from its name.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = Some(slug.into());
        self
    }

    /// The plan's slug: `free`, `starter`, `growth`, `scale`, `unlimited`, or one of the host's own.
    #[must_use]
    pub fn plan(mut self, slug: impl Into<String>) -> Self {
        self.plan = slug.into();
        self
    }

    /// The owner's e-mail address, instead of `owner@<slug>.invalid`.
    #[must_use]
    pub fn owner(mut self, email: impl Into<String>) -> Self {
        self.owner = Some(NewUser::new(email, Role::Owner));
        self
    }

    /// The first site, by name or domain.
    #[must_use]
    pub fn site(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        let domain = name.contains('.').then(|| format!("https://{name}"));
        self.site = Some(NewSite { domain, ..NewSite::named(name) });
        self
    }

    /// The first sector.
    #[must_use]
    pub fn sector(mut self, name: impl Into<String>) -> Self {
        self.sector = NewSector::named(name);
        self
    }

    /// An account of a tenant: never one of the system accounts, whatever it is called.
    fn of_tenant(mut self, system: &SystemAccounts) -> Result<NewTenant> {
        let slug = match self.slug.take() {
            Some(slug) if system.contains(&slug) => {
                let why = "is a system account's, whose members enter every tenant: choose another, or open it with \
                           `Igny8::open_system_account`";
                return Err(Error::invalid("slug", format!("`{slug}` {why}")));
            }
            Some(slug) => slug,
            None => match derived_slug(&self.name, "account") {
                slug if system.contains(&slug) => with_suffix(&slug),
                slug => slug,
            },
        };
        self.checked(slug)
    }

    /// One of the system accounts.
    fn of_system(mut self, system: &SystemAccounts) -> Result<NewTenant> {
        let slug = self.slug.take().unwrap_or_else(|| derived_slug(&self.name, "account"));
        if !system.contains(&slug) {
            let known: Vec<&str> = system.slugs().collect();
            let why = format!("`{slug}` is no system account's slug; there are: {}", known.join(", "));
            return Err(Error::invalid("slug", why));
        }
        self.checked(slug)
    }

    fn checked(self, slug: String) -> Result<NewTenant> {
        let name = check_name("name", &self.name)?;
        check_slug("slug", &slug)?;
        let owner = self.owner.unwrap_or_else(|| NewUser::new(format!("owner@{slug}.invalid"), Role::Owner));
        Ok(NewTenant {
            owner: owner.checked()?,
            site: self.site.unwrap_or_else(|| NewSite::named(&name)).checked()?,
            sector: self.sector.checked()?,
            plan: self.plan,
            name,
            slug,
        })
    }
}

impl Igny8 {
    /// Opens an account with owner, site and sector, and grants the plan's credits for this month.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the slug or the owner's address is taken; [`Error::NotFound`] for the plan, also one that is
    /// no longer on offer; [`Error::Invalid`] for names, and for the slug of a system account.
    pub async fn provision(&self, account: NewAccount) -> Result<Home> {
        let tenant = account.of_tenant(&self.services.system_accounts)?;
        self.open(&self.system("open an account"), tenant).await
    }

    /// Opens one of the [system accounts](SystemAccounts), whose owner and admins enter every tenant as developers. An
    /// operator's act: no caller of an API may come near it.
    ///
    /// # Errors
    /// As [`provision`](Self::provision); [`Error::Invalid`] for a slug that is no system account's.
    pub async fn open_system_account(&self, account: NewAccount) -> Result<Home> {
        let tenant = account.of_system(&self.services.system_accounts)?;
        self.open(&self.system("open a system account"), tenant).await
    }

    async fn open(&self, system: &SystemScope, tenant: NewTenant) -> Result<Home> {
        self.seed_catalogue().await?;
        let home = self.services.store.open_account(system, tenant).await?;
        let scope = self.enter(&home.owner, home.account).await?;
        self.credits(&scope).grant_month().await?;
        Ok(home)
    }

    /// The account with this slug and its owner, for programs that come back to their own database.
    ///
    /// # Errors
    /// The store's.
    pub async fn find_account(&self, slug: &str) -> Result<Option<(Account, User)>> {
        let system = self.system("find an account by its slug");
        let directory: &dyn Directory = self.services.store.as_ref();
        let Some(account) = directory.account_by_slug(&system, slug).await? else {
            return Ok(None);
        };
        let owner =
            account.owner.ok_or_else(|| Error::conflict("account", format!("`{slug}` has no owner")))?;
        Ok(Some((account, directory.user(&system, owner).await?)))
    }

    /// Changes name, owner, plan or status of an account: an operator's act. A new owner gets the role `owner`, the one
    /// before becomes an admin. Cancelling an account ends its waiting runs and asks those under way to stop.
    ///
    /// # Errors
    /// [`Error::NotFound`] for account, plan or owner; [`Error::Conflict`] for an owner who is switched off;
    /// [`Error::Invalid`] for the name.
    pub async fn change_account(&self, account: AccountId, change: AccountChange) -> Result<Account> {
        let change = change.checked()?;
        let system = self.system("change an account");
        let status_changed = change.status.is_some();
        let changed = self.services.store.change_account(&system, account, change).await?;
        if status_changed {
            // What waited while the account might not work is due now.
            self.services.signals.work_arrived();
        }
        self.note_stopped(&changed.stopped).await;
        Ok(changed.account)
    }

    /// Erases an account but for its anonymised ledger: an operator's act. Its waiting runs end with it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while workers have runs of it: the account is then cancelled and they are
    /// asked to stop, so that erasing it again succeeds a moment later.
    pub async fn erase_account(&self, account: AccountId) -> Result<()> {
        // Cancelled first, so that whoever has or follows one of its runs hears of it at once.
        let cancelled = AccountChange { status: Some(AccountStatus::Cancelled), ..AccountChange::default() };
        self.change_account(account, cancelled).await?;
        self.services.store.erase_account(&self.system("erase an account"), account).await?;
        self.services.blobs.delete_all(&format!("{account}/")).await
    }

    /// Seals every secret of every account anew with the key that seals now, where an earlier one did; says how many. The last
    /// step of changing keys: afterwards the earlier key can go. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a store without a key, or one that lacks a secret's key: those before it are done.
    pub async fn reseal_secrets(&self) -> Result<u64> {
        let mut resealed = 0;
        for account in self.services.store.accounts(&self.system("seal secrets anew")).await? {
            resealed += self.services.store.reseal_secrets(&bot_scope(account.id)).await?;
        }
        Ok(resealed)
    }

    /// Wakes whoever follows runs that were stopped, and removes what the ended ones had kept.
    async fn note_stopped(&self, stopped: &[Run]) {
        for run in stopped {
            if run.state.is_finished() {
                crate::telemetry::run_finished(run);
                self.services.signals.run_changed(run.id);
                bought::forget(&self.services, run).await;
            } else {
                self.services.signals.cancel_requested(run.id);
            }
        }
    }
}
