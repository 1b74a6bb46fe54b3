//! What each role may do, as one table that is data.

use crate::error::{Error, Result};
use crate::tenancy::Role;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a caller wants to do. The word completes "may not …".
    pub enum Action as "action" {
        /// See rows of the sites within reach.
        Read = "read",
        /// Create, change and delete keywords, clusters, ideas, tasks, contents and images.
        Edit = "edit the pipeline",
        /// Start runs, which spend credits.
        Run = "start runs",
        /// Cancel runs, whatever the account's status: it only gives back.
        Cancel = "cancel runs",
        /// Publish to the outside, and say of tasks and articles that they are published or will be.
        Publish = "publish",
        /// Create, change and delete sites, sectors and site grants.
        ManageSites = "manage sites",
        /// Create, change and delete users.
        ManageUsers = "manage users",
        /// Change prompts, integrations, author profiles and strategies.
        ManageSettings = "manage settings",
        /// See balance, ledger and usage.
        ReadBilling = "read billing",
        /// Add, refund and adjust credits.
        GrantCredits = "grant credits",
        /// Open accounts, and change their plan, owner and status; set plans.
        ManageAccounts = "manage accounts",
    }
}

/// Every allowed pair. Suspended and cancelled accounts allow only what [works when inactive](Action::works_when_inactive).
pub const PERMISSIONS: &[(Role, &[Action])] = &[
    (Role::Developer, Action::ALL),
    (Role::Owner, ACCOUNT),
    (Role::Admin, ACCOUNT),
    (Role::Editor, &[Action::Read, Action::Edit, Action::Run, Action::Cancel, Action::Publish]),
    (Role::Viewer, &[Action::Read]),
    (Role::SystemBot, &[Action::Read, Action::Edit, Action::Run, Action::Cancel, Action::Publish]),
];

const ACCOUNT: &[Action] = &[
    Action::Read,
    Action::Edit,
    Action::Run,
    Action::Cancel,
    Action::Publish,
    Action::ManageSites,
    Action::ManageUsers,
    Action::ManageSettings,
    Action::ReadBilling,
];

impl Action {
    /// Whether it may be done in a suspended or cancelled account too: reading, giving back, and what operators do.
    #[must_use]
    pub const fn works_when_inactive(self) -> bool {
        matches!(
            self,
            Self::Read | Self::ReadBilling | Self::Cancel | Self::GrantCredits | Self::ManageAccounts
        )
    }
}

/// Checks the table.
pub(crate) fn check(role: Role, action: Action) -> Result<()> {
    let allowed = PERMISSIONS.iter().any(|(of, actions)| *of == role && actions.contains(&action));
    if allowed { Ok(()) } else { Err(Error::Forbidden { role, action }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use Action::{
            Cancel, Edit, GrantCredits, ManageAccounts, ManageSettings, ManageSites, ManageUsers, Publish,
            Read, ReadBilling, Run,
        };
        let expected = |role, action| match role {
            Role::Developer => true,
            Role::Owner | Role::Admin => !matches!(action, GrantCredits | ManageAccounts),
            Role::Editor | Role::SystemBot => matches!(action, Read | Edit | Run | Cancel | Publish),
            Role::Viewer => action == Read,
        };
        for role in Role::ALL {
            for action in [
                Read,
                Edit,
                Run,
                Cancel,
                Publish,
                ManageSites,
                ManageUsers,
                ManageSettings,
                ReadBilling,
                GrantCredits,
                ManageAccounts,
            ] {
                assert_eq!(check(*role, action).is_ok(), expected(*role, action), "{role} {action}");
            }
        }
        assert_eq!(PERMISSIONS.len(), Role::ALL.len());
    }
}
