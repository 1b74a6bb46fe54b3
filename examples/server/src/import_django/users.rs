//! Users, matched by their address. An account has one owner; who else was one is an admin.
//! Nobody brings a password along.

use igny8_core::ids::UserId;
use igny8_core::ports::Directory;
use igny8_core::tenancy::{NewUser, Role, UserChange};
use igny8_core::{Error, Result};

use super::accounts::Tenant;
use super::report::{Outcome, TableReport};
use super::row::Row;
use super::words::word;
use super::{Import, account_of};

impl Import<'_> {
    pub(super) async fn user(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant.clone(),
            Err(outcome) => return Ok(outcome),
        };
        let account = account_of(row).unwrap_or_default();
        let Some(email) = row.text(&["email"]) else {
            return Ok(Outcome::skipped("it has no e-mail address"));
        };
        let directory: &dyn Directory = self.igny8.store();
        let system = self.igny8.system("find a user who is brought over");
        if let Some(known) = directory.user_by_email(&system, email.trim()).await? {
            if known.account != tenant.account {
                return Ok(Outcome::skipped("its e-mail address is another account's user here"));
            }
            self.users.insert(row.id(), (account, known.id));
            if tenant.completes {
                self.complete(row, table, &tenant, known.id).await?;
            }
            return Ok(Outcome::created_if(tenant.is_new && known.id == tenant.owner.id));
        }
        let role = match word(row, "role", Role::Viewer, table) {
            Role::Owner => {
                table.note(row.id(), "was a second owner: an admin here");
                Role::Admin
            }
            Role::Developer => {
                table.note(row.id(), "is a developer, who enters every tenant, as before");
                Role::Developer
            }
            role => role,
        };
        // Developers and bots are made by an operator only.
        let is_operators = matches!(role, Role::Developer | Role::SystemBot);
        let scope = if is_operators { &tenant.operator } else { &tenant.scope };
        let user = self.igny8.users(scope).create(NewUser::new(email, role)).await?;
        self.users.insert(row.id(), (account, user.id));
        self.complete(row, table, &tenant, user.id).await?;
        Ok(Outcome::Created)
    }

    /// Names, and whether the user may enter.
    async fn complete(
        &self,
        row: &Row,
        table: &mut TableReport,
        tenant: &Tenant,
        user: UserId,
    ) -> Result<()> {
        let users = self.igny8.users(&tenant.operator);
        let names = UserChange {
            username: row.text(&["username"]).filter(|name| name.chars().count() <= 255),
            first_name: row.text(&["first_name"]),
            last_name: row.text(&["last_name"]),
            ..UserChange::default()
        };
        users.update(user, names).await?;
        if !row.truth(&["is_active"], true) {
            let off = UserChange { is_active: Some(false), ..UserChange::default() };
            match users.update(user, off).await {
                Err(Error::Conflict { .. }) => {
                    table.note(
                        row.id(),
                        "was switched off, which an account's owner cannot be: may enter here",
                    );
                }
                updated => drop(updated?),
            }
        }
        Ok(())
    }
}
