//! What becomes of an account's runs when it is suspended, cancelled or erased, and of its owner when it gets another.

use igny8_ai::Offline;
use igny8_core::functions::{GenerateContent, Written};
use igny8_core::ids::{RunId, TaskId};
use igny8_core::pipeline::TaskStatus;
use igny8_core::runs::RunState;
use igny8_core::tenancy::{AccountChange, AccountStatus, Role, TenantScope};
use igny8_core::{Error, Result};
use igny8_tests::Desk;

fn to(status: AccountStatus) -> AccountChange {
    AccountChange { status: Some(status), ..AccountChange::default() }
}

/// A desk with a run that waits, since nobody works.
async fn waiting() -> (Desk, TaskId, RunId) {
    let desk = Desk::in_memory(|builder| builder.text_model(Offline::new())).await;
    let task = desk.tasks(&[600]).await.remove(0);
    let run = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(vec![task])).await.unwrap().id();
    assert_eq!(desk.igny8.tasks(&desk.scope).get(task).await.unwrap().status, TaskStatus::Queued);
    assert!(desk.balance().await.reserved > 0);
    (desk, task, run)
}

async fn nothing_waits(desk: &Desk, scope: &TenantScope, task: TaskId, run: RunId) {
    assert_eq!(desk.igny8.runs(scope).get(run).await.unwrap().state, RunState::Revoked);
    assert_eq!(desk.igny8.tasks(scope).get(task).await.unwrap().status, TaskStatus::Pending);
    assert_eq!(desk.igny8.credits(scope).balance().await.unwrap().reserved, 0);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_suspended_accounts_run_can_be_cancelled() {
    let (desk, task, run) = waiting().await;
    desk.igny8.change_account(desk.home.account, to(AccountStatus::Suspended)).await.unwrap();
    let scope = desk.igny8.enter(&desk.home.owner, desk.home.account).await.unwrap();
    let again = desk.igny8.start(&scope, GenerateContent::for_tasks(vec![task])).await;
    assert!(matches!(again, Err(Error::AccountInactive { status: AccountStatus::Suspended })), "{again:?}");
    desk.igny8.runs(&scope).cancel(run).await.unwrap();
    nothing_waits(&desk, &scope, task, run).await;
}

#[tokio::test]
async fn cancelling_an_account_ends_its_waiting_runs() {
    let (desk, task, run) = waiting().await;
    desk.igny8.change_account(desk.home.account, to(AccountStatus::Cancelled)).await.unwrap();
    let scope = desk.igny8.enter(&desk.home.owner, desk.home.account).await.unwrap();
    nothing_waits(&desk, &scope, task, run).await;
    let output: Result<_> = desk.igny8.follow::<Written>(&scope, run).output().await;
    assert!(matches!(output, Err(Error::Cancelled)), "{output:?}");
}

#[tokio::test]
async fn an_account_is_erased_whatever_waits() {
    let (desk, ..) = waiting().await;
    desk.igny8.erase_account(desk.home.account).await.unwrap();
    assert!(desk.igny8.find_account("acme").await.unwrap().is_none());
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_new_owner_owns_and_the_former_one_administers() {
    let desk = Desk::in_memory(|builder| builder).await;
    let heir = igny8_core::tenancy::NewUser::new("heir@acme.example", Role::Editor);
    let heir = desk.igny8.users(&desk.scope).create(heir).await.unwrap();
    let change = AccountChange { owner: Some(heir.id), ..AccountChange::default() };
    desk.igny8.change_account(desk.home.account, change).await.unwrap();
    let scope = desk.igny8.enter(&heir, desk.home.account).await.unwrap();
    assert_eq!((scope.role(), scope.sites()), (Role::Owner, None));
    let former = desk.igny8.enter(&desk.home.owner, desk.home.account).await.unwrap();
    assert_eq!(former.role(), Role::Admin);
    let nameless = AccountChange { name: Some("  ".to_owned()), ..AccountChange::default() };
    let refused = desk.igny8.change_account(desk.home.account, nameless).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}
