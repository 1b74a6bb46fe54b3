//! The gate's question, asked by whoever knows a caller's user: who it is by now, and into which account as what.
//! The answer comes in one round trip and ends in a scope.

use crate::ids::{AccountId, SiteId, UserId};
use crate::tenancy::{AccountStatus, Role, TenantScope, User};

/// A caller as an adapter has come to know it, by a token or a machine key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The version of the user's credential that a token was made under; it must be the one there is now. `None` leaves it
    /// unasked, as a machine key does.
    pub token_version: Option<u32>,
    /// The most that the caller may be, whatever the user is. It lowers the role and leaves the sites within reach as they
    /// are: an editor's key of an owner edits on every site. Other tenants are entered without a cap, or under `developer`.
    pub role_cap: Option<Role>,
    /// The account to enter; `None` is the user's own.
    pub account: Option<AccountId>,
}

impl Caller {
    /// A user in the user's own account, with nothing held against a token.
    #[must_use]
    pub const fn of(user: UserId) -> Self {
        Self { user, token_version: None, role_cap: None, account: None }
    }
}

/// A caller who was let in.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The user as stored now, with the role that the user has at home.
    pub user: User,
    /// The account that was entered, with the role that counts in it.
    pub scope: TenantScope,
}

/// What a store tells of a user who asks for an account. Who may enter is decided by the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user.
    pub user: User,
    /// The version of the user's credential; 0 without one.
    pub token_version: u32,
    /// The slug of the user's own account, which tells a system account's members.
    pub home_slug: String,
    /// The account that was asked for and its status; `None` when there is none such.
    pub account: Option<(AccountId, AccountStatus)>,
    /// The sites granted to the user, in order; empty unless the account is the user's own.
    pub granted: Vec<SiteId>,
    /// The account's active sites, in order.
    pub active: Vec<SiteId>,
}
