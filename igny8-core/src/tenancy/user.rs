//! Users and their roles.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, SystemAccounts, check_name};
use crate::error::FieldErrors;
use crate::ids::{AccountId, UserId};
use crate::paging::ListQuery;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a user is to the account. What each may do is [`PERMISSIONS`](super::PERMISSIONS).
    pub enum Role as "role" {
        /// Works on the product itself; may enter other tenants.
        Developer = "developer",
        /// Owns the account.
        Owner = "owner",
        /// Runs the account.
        Admin = "admin",
        /// Works on the sites granted to them.
        Editor = "editor",
        /// Reads the sites granted to them.
        Viewer = "viewer",
        /// Acts for runs.
        SystemBot = "system_bot",
    }
}

impl Role {
    /// Whether this role is at least the other one, in the order developer, owner, admin, editor, viewer. A bot counts as an
    /// editor.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.rank() >= other.rank()
    }

    /// This role, or the cap where that is less.
    pub(crate) const fn capped(self, cap: Self) -> Self {
        if cap.covers(self) { self } else { cap }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Developer => 4,
            Self::Owner => 3,
            Self::Admin => 2,
            Self::Editor | Self::SystemBot => 1,
            Self::Viewer => 0,
        }
    }
}

/// A person or bot of an account. Table `igny8_users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// The account the user belongs to.
    pub account: AccountId,
    /// Unique among all users, compared without case.
    pub email: String,
    /// Login name for display; the e-mail address's local part unless given.
    pub username: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// What the user is to the account.
    pub role: Role,
    /// Inactive users cannot enter.
    pub is_active: bool,
    /// When the user last logged in.
    pub last_login: Option<DateTime<Utc>>,
    /// When the user was created.
    pub created_at: DateTime<Utc>,
    /// When the user last changed.
    pub updated_at: DateTime<Utc>,
}

impl User {
    /// Whether the user has exactly this role.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.role == role
    }

    /// Whether the user owns or runs the account.
    #[must_use]
    pub fn is_owner_or_admin(&self) -> bool {
        matches!(self.role, Role::Owner | Role::Admin)
    }

    /// Whether the user works on the product itself.
    #[must_use]
    pub fn is_developer(&self) -> bool {
        self.role == Role::Developer
    }

    /// Whether the user runs the account or works on the product.
    #[must_use]
    pub fn is_admin_or_developer(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Developer)
    }

    /// Whether the user belongs to a system account; `home` is the user's own account.
    #[must_use]
    pub fn is_system_account_user(&self, home: &Account, system: &SystemAccounts) -> bool {
        home.id == self.account && home.is_system_account(system)
    }
}

/// A user to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// E-mail address, unique among all users.
    pub email: String,
    /// Login name; the address's local part when empty.
    pub username: String,
    /// Given name, may be empty.
    pub first_name: String,
    /// Family name, may be empty.
    pub last_name: String,
    /// What the user is to be.
    pub role: Role,
}

impl NewUser {
    /// A user with an e-mail address and a role, names left empty.
    pub fn new(email: impl Into<String>, role: Role) -> Self {
        Self {
            email: email.into(),
            username: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            role,
        }
    }

    /// The same user with a checked, lowercased e-mail address and a login name.
    ///
    /// # Errors
    /// Complaints on `email`, `username`, `first_name` or `last_name`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        self.email = self.email.trim().to_lowercase();
        let looks_right =
            self.email.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !domain.contains('@')
            }) && self.email.len() <= 254
                && !self.email.contains(char::is_whitespace);
        errors.require(looks_right, "email", "must be an e-mail address such as ada@example.com");
        if self.username.trim().is_empty() {
            self.username = self.email.split('@').next().unwrap_or_default().to_owned();
        }
        if let Some(name) = errors.collect(check_name("username", &self.username)) {
            self.username = name;
        }
        errors.require(
            self.first_name.chars().count() <= 150,
            "first_name",
            "must be at most 150 characters",
        );
        errors.require(self.last_name.chars().count() <= 150, "last_name", "must be at most 150 characters");
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a user; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Login name.
    pub username: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Role.
    pub role: Option<Role>,
    /// Whether the user may enter.
    pub is_active: Option<bool>,
}

/// A list of an account's users, newest first; no filters.
pub type UserQuery = ListQuery<(), ()>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_lowers_and_never_raises() {
        use Role::{Admin, Developer, Editor, Owner, SystemBot, Viewer};
        let order = [Developer, Owner, Admin, Editor, Viewer];
        for (at, role) in order.into_iter().enumerate() {
            for (below, cap) in order.into_iter().enumerate() {
                assert_eq!(role.covers(cap), at <= below, "{role} {cap}");
                assert_eq!(role.capped(cap), order[at.max(below)], "{role} {cap}");
            }
        }
        assert_eq!((SystemBot.capped(Editor), SystemBot.capped(Viewer)), (SystemBot, Viewer));
        assert!(!Editor.covers(Admin) && Editor.covers(SystemBot));
    }
}
