//! Who may open accounts, enter them and do what in them.

mod admitting;
mod closing;
mod entering;
mod opening;
mod roles;

use igny8_core::ids::{SiteId, UserId};
use igny8_core::tenancy::{NewUser, Role, TenantScope, User};
use igny8_core::{Igny8, NewAccount};
use igny8_tests::Desk;

/// A desk beside the system account that its operator opened.
struct Neighbourhood {
    desk: Desk,
    /// The system account's owner.
    operator: User,
    /// The operator in the desk's account.
    developer: TenantScope,
}

impl Neighbourhood {
    async fn open() -> Self {
        let desk = Desk::in_memory(|builder| builder).await;
        let system = desk.igny8.open_system_account(NewAccount::named("System")).await.unwrap();
        let developer = desk.igny8.enter(&system.owner, desk.home.account).await.unwrap();
        Self { desk, operator: system.owner, developer }
    }

    fn igny8(&self) -> &Igny8 {
        &self.desk.igny8
    }

    /// A user of the desk's account.
    async fn user(&self, role: Role) -> User {
        if role == Role::Owner {
            return self.desk.home.owner.clone();
        }
        let email = format!("{role}-{}@acme.example", UserId::new());
        self.igny8().users(&self.developer).create(NewUser::new(email, role)).await.unwrap()
    }

    /// The desk's account as a user of it sees it.
    async fn entered(&self, user: &User) -> TenantScope {
        self.igny8().enter(user, self.desk.home.account).await.unwrap()
    }

    /// The sites that a user of the desk's account has within reach.
    async fn sites(&self, user: &User) -> Vec<SiteId> {
        let scope = self.entered(user).await;
        let sites = self.igny8().sites(&scope).list().await.unwrap();
        let mut ids: Vec<SiteId> = sites.into_iter().map(|site| site.id).collect();
        ids.sort();
        ids
    }
}
