//! Opening accounts: the slugs of system accounts are nobody's by chance, and names of any script have room.

use igny8_core::tenancy::{Action, Role, SystemAccounts};
use igny8_core::{Error, Igny8, NewAccount};
use igny8_storage::SqliteStore;
use igny8_tests::Desk;

async fn igny8(accounts: SystemAccounts) -> Igny8 {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    Igny8::builder(store).system_accounts(accounts).build().unwrap()
}

#[tokio::test]
async fn a_tenant_called_system_is_no_system_account() {
    let desk = Desk::in_memory(|builder| builder).await;
    for name in ["System", "system", " SYSTEM!", "Sýstem"] {
        let home = desk.igny8.provision(NewAccount::named(name)).await.unwrap();
        let own = desk.igny8.enter(&home.owner, home.account).await.unwrap();
        assert_eq!(own.role(), Role::Owner, "{name}");
        assert!(own.require(Action::GrantCredits).is_err(), "{name}");
        let slug = desk.igny8.account(&own).get().await.unwrap().slug;
        assert!(slug.starts_with("system-"), "{name}: {slug}");
        let crossed = desk.igny8.enter(&home.owner, desk.home.account).await;
        assert!(matches!(crossed, Err(Error::NotFound { .. })), "{name}: {crossed:?}");
    }
    assert!(desk.igny8.find_account("system").await.unwrap().is_none());
}

#[tokio::test]
async fn a_system_accounts_slug_is_refused_to_tenants() {
    let igny8 = igny8(SystemAccounts::new(["staff", "support"])).await;
    for slug in ["staff", "support"] {
        let refused = igny8.provision(NewAccount::named("Acme").slug(slug)).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(fields)) if fields.to_string().contains("open_system_account")),
            "{refused:?}"
        );
    }
    let system = igny8.provision(NewAccount::named("System")).await.unwrap();
    assert_eq!(igny8.enter(&system.owner, system.account).await.unwrap().role(), Role::Owner);
}

#[tokio::test]
async fn only_the_operators_call_opens_a_system_account() {
    let igny8 = igny8(SystemAccounts::new(["staff"])).await;
    let refused = igny8.open_system_account(NewAccount::named("Acme")).await;
    assert!(
        matches!(&refused, Err(Error::Invalid(fields)) if fields.to_string().contains("staff")),
        "{refused:?}"
    );
    let staff = igny8.open_system_account(NewAccount::named("Our Staff").slug("staff")).await.unwrap();
    let acme = igny8.provision(NewAccount::named("Acme")).await.unwrap();
    assert_eq!(igny8.enter(&staff.owner, acme.account).await.unwrap().role(), Role::Developer);
}

#[tokio::test]
async fn names_of_any_script_find_a_slug() {
    let igny8 = igny8(SystemAccounts::default()).await;
    let mut slugs = Vec::new();
    for name in ["中文", "日本茶", "Чай", "!!!", "???"] {
        let home = igny8.provision(NewAccount::named(name)).await.unwrap();
        let scope = igny8.enter(&home.owner, home.account).await.unwrap();
        let account = igny8.account(&scope).get().await.unwrap();
        assert_eq!(account.name, name);
        slugs.push(account.slug);
    }
    assert_eq!(slugs.first().map(String::as_str), Some("zhong-wen"));
    let taken = igny8.provision(NewAccount::named("Other").slug("zhong-wen")).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
}

#[tokio::test]
async fn a_plan_that_is_off_the_list_is_not_given_to_new_accounts() {
    let igny8 = igny8(SystemAccounts::default()).await;
    let mut starter = igny8.plans().await.unwrap().remove(1);
    starter.is_active = false;
    igny8.save_plan(starter).await.unwrap();
    let refused = igny8.provision(NewAccount::named("Acme").plan("starter")).await;
    assert!(matches!(refused, Err(Error::NotFound { what: "plan", .. })), "{refused:?}");
}

#[tokio::test]
async fn reading_the_catalogue_waits_for_nobody_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("igny8.db");
    let open = async || {
        let store = igny8_storage::SqliteOptions::new(place.to_str().unwrap());
        let store = store.busy_timeout(std::time::Duration::from_millis(50)).open().await.unwrap();
        Igny8::builder(store).build().unwrap()
    };
    let (first, second) = (open().await, open().await);
    let home = first.provision(NewAccount::named("Acme")).await.unwrap();
    let scope = first.enter(&home.owner, home.account).await.unwrap();
    // An import holds the write lock from its first row to its commit.
    let import =
        first.store().begin_import(&scope, home.sector, igny8_core::ids::ImportId::new()).await.unwrap();
    second.check_ready().await.unwrap();
    assert!(!second.plans().await.unwrap().is_empty());
    assert!(!second.industries().await.unwrap().is_empty());
    drop(import);
}
