//! The room for operators who come as callers: developers, by way of an adapter. What it does is checked by role and traced.

use super::tenants::room;
use super::{Igny8, NewAccount};
use crate::error::Result;
use crate::ids::{AccountId, PlanId};
use crate::ports::{Directory, Home};
use crate::tenancy::{Account, AccountChange, Action, Plan, TenantScope};

room! {
    /// Every account and plan, for developers.
    OperatorsRoom
}

impl Igny8 {
    /// Every account and plan, for developers.
    #[must_use]
    pub fn operators(&self, scope: &TenantScope) -> OperatorsRoom {
        OperatorsRoom { services: self.services.clone(), scope: scope.clone() }
    }
}

impl OperatorsRoom {
    /// Every account, by slug.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) but for developers.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        self.scope.require(Action::ManageAccounts)?;
        let system = self.igny8().system("list the accounts for a developer");
        self.services.store.accounts(&system).await
    }

    /// An account.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Forbidden`](crate::Error::Forbidden) but for developers.
    pub async fn account(&self, id: AccountId) -> Result<Account> {
        self.scope.require(Action::ManageAccounts)?;
        let directory: &dyn Directory = self.services.store.as_ref();
        directory.account(&self.igny8().system("show an account to a developer"), id).await
    }

    /// Opens an account, as [`Igny8::provision`] does.
    ///
    /// # Errors
    /// As there; [`Error::Forbidden`](crate::Error::Forbidden) but for developers.
    pub async fn open(&self, account: NewAccount) -> Result<Home> {
        self.scope.require(Action::ManageAccounts)?;
        self.igny8().provision(account).await
    }

    /// Changes an account, as [`Igny8::change_account`] does.
    ///
    /// # Errors
    /// As there; [`Error::Forbidden`](crate::Error::Forbidden) but for developers.
    pub async fn change(&self, id: AccountId, change: AccountChange) -> Result<Account> {
        self.scope.require(Action::ManageAccounts)?;
        self.igny8().change_account(id, change).await
    }

    /// Creates a plan or replaces the one with its id.
    ///
    /// # Errors
    /// As [`Igny8::save_plan`]; [`Error::Forbidden`](crate::Error::Forbidden) but for developers.
    pub async fn save_plan(&self, plan: Plan) -> Result<PlanId> {
        self.scope.require(Action::ManageAccounts)?;
        self.igny8().save_plan(plan).await
    }

    fn igny8(&self) -> Igny8 {
        Igny8 { services: self.services.clone() }
    }
}
