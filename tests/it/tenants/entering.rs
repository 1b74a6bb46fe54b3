//! The gate: who is let into which account, as what, and which of its sites are within reach.

use std::sync::{Arc, Mutex};

use igny8_core::ids::AccountId;
use igny8_core::pipeline::NewKeyword;
use igny8_core::tenancy::{
    AccountChange, AccountStatus, Action, NewSite, NewUser, Role, SiteChange, UserChange,
};
use igny8_core::{Error, NewAccount};
use tracing::field::{Field, Visit};
use tracing::span;

use super::Neighbourhood;

/// Keeps what is traced for auditors, field by field.
#[derive(Clone, Default)]
struct Auditor(Arc<Mutex<Vec<String>>>);

struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

impl tracing::Subscriber for Auditor {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "igny8::audit"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut words = String::new();
        event.record(&mut Words(&mut words));
        self.0.lock().unwrap().push(words);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn is_nowhere<T: std::fmt::Debug>(refused: Result<T, Error>, account: AccountId) {
    let words = refused.unwrap_err().to_string();
    assert_eq!(words, format!("account {account} was not found"));
}

#[tokio::test]
async fn only_developers_and_system_members_cross_and_each_crossing_is_traced() {
    let there = Neighbourhood::open().await;
    let other = there.igny8().provision(NewAccount::named("Bonobo")).await.unwrap().account;
    for role in [Role::Owner, Role::Admin, Role::Editor, Role::Viewer, Role::SystemBot] {
        let user = there.user(role).await;
        is_nowhere(there.igny8().enter(&user, other).await, other);
    }
    // Whether an account is another's or nobody's is answered alike.
    let nobodys = AccountId::new();
    is_nowhere(there.igny8().enter(&there.desk.home.owner, nobodys).await, nobodys);

    let developer = there.user(Role::Developer).await;
    let home = there.igny8().enter(&there.operator, there.operator.account).await.unwrap();
    let member = async |role| {
        let user = NewUser::new(format!("{role}@system.example"), role);
        there.igny8().users(&home).create(user).await.unwrap()
    };
    // A system account on the plan `free` has room for its owner only.
    let unlimited = there.igny8().plans().await.unwrap().pop().unwrap().id;
    let change = AccountChange { plan: Some(unlimited), ..AccountChange::default() };
    there.igny8().change_account(there.operator.account, change).await.unwrap();
    for (user, role) in [
        (developer, Role::Developer),
        (there.operator.clone(), Role::Developer),
        (member(Role::Admin).await, Role::Developer),
        (member(Role::Editor).await, Role::Editor),
        (member(Role::Viewer).await, Role::Viewer),
    ] {
        let auditor = Auditor::default();
        let watched = tracing::subscriber::set_default(auditor.clone());
        let scope = there.igny8().enter(&user, other).await.unwrap();
        drop(watched);
        assert_eq!((scope.account(), scope.role(), scope.actor()), (other, role, Some(user.id)));
        let traced = auditor.0.lock().unwrap().clone();
        let told =
            |words: &&String| words.contains(&user.id.to_string()) && words.contains(&other.to_string());
        assert_eq!(traced.iter().filter(told).count(), 1, "{role}: {traced:?}");
    }
}

#[tokio::test]
async fn a_user_who_was_switched_off_enters_nowhere() {
    let there = Neighbourhood::open().await;
    let account = there.desk.home.account;
    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        let user = there.user(role).await;
        there.entered(&user).await;
        let off = UserChange { is_active: Some(false), ..UserChange::default() };
        there.igny8().users(&there.developer).update(user.id, off).await.unwrap();
        // The value from before is no key: the store is asked.
        is_nowhere(there.igny8().enter(&user, account).await, account);
    }
}

#[tokio::test]
async fn a_role_counts_as_it_is_now() {
    let there = Neighbourhood::open().await;
    let mut user = there.user(Role::Viewer).await;
    user.role = Role::Developer;
    assert_eq!(there.entered(&user).await.role(), Role::Viewer);
}

#[tokio::test]
async fn sites_within_reach_are_by_role_and_grant() {
    let there = Neighbourhood::open().await;
    let (igny8, home) = (there.igny8(), &there.desk.home);
    let owner = &there.desk.scope;
    let second = igny8.sites(owner).create(NewSite::named("Second")).await.unwrap().id;
    let asleep = igny8.sites(owner).create(NewSite::named("Asleep")).await.unwrap().id;
    let off = SiteChange { is_active: Some(false), ..SiteChange::default() };
    igny8.sites(owner).update(asleep, off).await.unwrap();
    let keyword = igny8.keywords(owner).create(home.sector, NewKeyword::new("green tea")).await.unwrap().id;

    for role in [Role::Owner, Role::Admin, Role::SystemBot] {
        assert_eq!(there.sites(&there.user(role).await).await, [home.site, second, asleep], "{role}");
    }
    assert_eq!(there.sites(&there.user(Role::Developer).await).await, [home.site, second]);
    for role in [Role::Editor, Role::Viewer] {
        let user = there.user(role).await;
        assert_eq!(there.sites(&user).await, [], "{role}");
        igny8.account(owner).grant_site(user.id, second).await.unwrap();
        assert_eq!(there.sites(&user).await, [second], "{role}");
        let scope = there.entered(&user).await;
        let hidden = igny8.keywords(&scope).get(keyword).await;
        assert!(matches!(hidden, Err(Error::NotFound { what: "keyword", .. })), "{role}: {hidden:?}");
        assert!(igny8.sites(&scope).get(home.site).await.is_err());
        igny8.account(owner).grant_site(user.id, home.site).await.unwrap();
        let scope = there.entered(&user).await;
        assert_eq!(igny8.keywords(&scope).get(keyword).await.unwrap().id, keyword);
        igny8.account(owner).revoke_site(user.id, home.site).await.unwrap();
        assert_eq!(there.sites(&user).await, [second], "{role}");
    }
}

#[tokio::test]
async fn an_inactive_account_is_entered_and_read() {
    let there = Neighbourhood::open().await;
    for status in [AccountStatus::Suspended, AccountStatus::Cancelled] {
        let change = AccountChange { status: Some(status), ..AccountChange::default() };
        there.igny8().change_account(there.desk.home.account, change).await.unwrap();
        let scope = there.entered(&there.desk.home.owner).await;
        assert_eq!(there.igny8().account(&scope).get().await.unwrap().status, status);
        for action in Action::ALL
            .iter()
            .filter(|action| !matches!(action, Action::GrantCredits | Action::ManageAccounts))
        {
            let allowed = scope.require(*action);
            match action {
                Action::Read | Action::ReadBilling | Action::Cancel => assert!(allowed.is_ok(), "{action}"),
                _ => assert!(matches!(allowed, Err(Error::AccountInactive { .. })), "{action}: {allowed:?}"),
            }
        }
    }
}
