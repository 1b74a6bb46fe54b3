//! An account: one tenant, its plan, its status and its credit balance.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::check_name;
use crate::credits::Credits;
use crate::error::FieldErrors;
use crate::ids::{AccountId, PlanId, UserId};
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What an account may do.
    pub enum AccountStatus as "status" {
        /// Paying and working.
        Active = "active",
        /// Stopped by the operator: read-only.
        Suspended = "suspended",
        /// Trying the product out; works like an active one.
        Trial = "trial",
        /// Closed: read-only until it is erased.
        Cancelled = "cancelled",
    }
}

impl AccountStatus {
    /// Whether the account may change rows and start runs.
    #[must_use]
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Active | Self::Trial)
    }
}

/// One tenant. Table `igny8_accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// Identifier.
    pub id: AccountId,
    /// Display name.
    pub name: String,
    /// Unique among all accounts.
    pub slug: String,
    /// The user who owns it.
    pub owner: Option<UserId>,
    /// Its plan.
    pub plan: PlanId,
    /// The ledger's balance, held credits included.
    pub credits: Credits,
    /// What of the balance is held for runs under way.
    pub reserved: Credits,
    /// What it may do.
    pub status: AccountStatus,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Account {
    /// Whether its members may enter other tenants.
    #[must_use]
    pub fn is_system_account(&self, system: &SystemAccounts) -> bool {
        system.contains(&self.slug)
    }
}

/// What an operator may change on an account; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// A new display name.
    pub name: Option<String>,
    /// A new owner, who must be an active user of the account. The owner before becomes an admin.
    pub owner: Option<UserId>,
    /// Another plan.
    pub plan: Option<PlanId>,
    /// Another status.
    pub status: Option<AccountStatus>,
}

impl AccountChange {
    /// The checked change.
    ///
    /// # Errors
    /// A complaint on `name`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        if let Some(name) = &self.name {
            self.name = Some(check_name("name", name)?);
        }
        Ok(self)
    }
}

/// The slugs of the accounts whose members may enter other tenants; by default only `system`. Such an account is opened by
/// [`Igny8::open_system_account`](crate::Igny8::open_system_account) and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemAccounts(BTreeSet<String>);

impl SystemAccounts {
    /// Exactly these slugs.
    pub fn new(slugs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(slugs.into_iter().map(Into::into).collect())
    }

    /// Whether the slug is a system account's.
    #[must_use]
    pub fn contains(&self, slug: &str) -> bool {
        self.0.contains(slug)
    }

    /// Every slug, in alphabetical order.
    pub fn slugs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Default for SystemAccounts {
    fn default() -> Self {
        Self::new(["system"])
    }
}
