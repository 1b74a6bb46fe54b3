//! Callers whom an adapter knows by a token or a machine key: whether they are known still, and as what they are let in.

use chrono::{DateTime, Duration, Utc};
use igny8_core::identity::{ApiKeyRequest, Caller, NewSession, Rotation, TokenHash};
use igny8_core::ids::{AccountId, UserId};
use igny8_core::paging::ListQuery;
use igny8_core::tenancy::{NewSite, Role, UserChange};
use igny8_core::{Error, NewAccount};

use super::Neighbourhood;

fn is_unknown<T: std::fmt::Debug>(answer: Result<T, Error>, why: &str) {
    let Err(error @ Error::Unauthenticated { .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(error.code(), "unauthenticated");
    assert!(error.to_string().contains(why) && !error.is_retryable(), "{error}");
}

fn is_nowhere<T: std::fmt::Debug>(answer: Result<T, Error>, account: AccountId) {
    assert_eq!(answer.unwrap_err().to_string(), format!("account {account} was not found"));
}

fn token(byte: u8) -> TokenHash {
    TokenHash::from_bytes([byte; 32])
}

fn request(role: Role, byte: u8) -> ApiKeyRequest {
    let (name, prefix) = ("Machine".to_owned(), "ig8_".to_owned());
    ApiKeyRequest { name, role, expires_at: None, prefix, hash: token(byte) }
}

#[tokio::test]
async fn a_caller_is_let_in_at_home_as_who_the_user_is_now() {
    let there = Neighbourhood::open().await;
    for role in [Role::Developer, Role::Owner, Role::Admin, Role::Editor, Role::Viewer] {
        let user = there.user(role).await;
        let admission = there.igny8().admit(Caller::of(user.id)).await.unwrap();
        assert_eq!(admission.user, user);
        assert_eq!((admission.scope.account(), admission.scope.role()), (user.account, role));
        let entered = there.entered(&user).await;
        assert_eq!((admission.scope.actor(), admission.scope.sites()), (Some(user.id), entered.sites()));
    }
}

#[tokio::test]
async fn a_caller_who_is_not_known_any_more_is_told_to_log_in() {
    let there = Neighbourhood::open().await;
    let igny8 = there.igny8();
    is_unknown(igny8.admit(Caller::of(UserId::new())).await, "not there");
    let user = there.user(Role::Admin).await;
    let off = UserChange { is_active: Some(false), ..UserChange::default() };
    igny8.users(&there.developer).update(user.id, off).await.unwrap();
    is_unknown(igny8.admit(Caller::of(user.id)).await, "switched off");

    let user = there.user(Role::Editor).await;
    let under = |version| Caller { token_version: Some(version), ..Caller::of(user.id) };
    igny8.admit(under(0)).await.unwrap();
    for version in 1..=2 {
        let set = igny8.identity().set_credential(user.id, "$argon2id$tea").await.unwrap();
        assert_eq!(set.token_version, version);
        igny8.admit(under(version)).await.unwrap();
        is_unknown(igny8.admit(under(version - 1)).await, "password");
    }
    // A machine key has no version to be held to.
    igny8.admit(Caller::of(user.id)).await.unwrap();
}

#[tokio::test]
async fn a_foreign_account_is_not_there() {
    let there = Neighbourhood::open().await;
    let other = there.igny8().provision(NewAccount::named("Bonobo")).await.unwrap().account;
    for role in [Role::Owner, Role::Admin, Role::Editor, Role::Viewer] {
        let user = there.user(role).await.id;
        for account in [other, AccountId::new()] {
            let caller = Caller { account: Some(account), ..Caller::of(user) };
            is_nowhere(there.igny8().admit(caller).await, account);
        }
    }
    for user in [there.user(Role::Developer).await.id, there.operator.id] {
        let caller = Caller { account: Some(other), ..Caller::of(user) };
        let scope = there.igny8().admit(caller).await.unwrap().scope;
        assert_eq!((scope.account(), scope.role()), (other, Role::Developer));
        let nobodys = AccountId::new();
        let caller = Caller { account: Some(nobodys), ..caller };
        is_nowhere(there.igny8().admit(caller).await, nobodys);
    }
}

#[tokio::test]
async fn a_cap_lowers_the_role_and_leaves_the_reach() {
    let there = Neighbourhood::open().await;
    let (igny8, owner) = (there.igny8(), &there.desk.home.owner);
    let second = igny8.sites(&there.desk.scope).create(NewSite::named("Second")).await.unwrap().id;
    for cap in [Role::Owner, Role::Admin, Role::Editor, Role::Viewer] {
        let caller = Caller { role_cap: Some(cap), ..Caller::of(owner.id) };
        let admission = igny8.admit(caller).await.unwrap();
        assert_eq!((admission.user.role, admission.scope.role()), (Role::Owner, cap));
        assert_eq!(admission.scope.sites(), None);
        assert!(igny8.sites(&admission.scope).get(second).await.is_ok());
    }
    // Nobody becomes more, and an editor's reach stays the editor's.
    let editor = there.user(Role::Editor).await;
    for (cap, role) in
        [(Role::Developer, Role::Editor), (Role::Admin, Role::Editor), (Role::Viewer, Role::Viewer)]
    {
        let caller = Caller { role_cap: Some(cap), ..Caller::of(editor.id) };
        let scope = igny8.admit(caller).await.unwrap().scope;
        assert_eq!((scope.role(), scope.sites().map(std::collections::BTreeSet::len)), (role, Some(0)));
    }
    let caller = Caller { role_cap: Some(Role::SystemBot), ..Caller::of(owner.id) };
    assert!(matches!(igny8.admit(caller).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_capped_key_crosses_only_as_a_developers() {
    let there = Neighbourhood::open().await;
    let account = there.desk.home.account;
    for user in [there.user(Role::Developer).await, there.operator.clone()] {
        let other = if user.account == account { there.operator.account } else { account };
        for cap in [Role::Owner, Role::Admin, Role::Editor, Role::Viewer] {
            let caller = Caller { role_cap: Some(cap), account: Some(other), ..Caller::of(user.id) };
            is_nowhere(there.igny8().admit(caller).await, other);
            let at_home = Caller { account: None, ..caller };
            assert_eq!(there.igny8().admit(at_home).await.unwrap().scope.role(), cap);
        }
        let caller = Caller { role_cap: Some(Role::Developer), account: Some(other), ..Caller::of(user.id) };
        assert_eq!(there.igny8().admit(caller).await.unwrap().scope.role(), Role::Developer);
    }
}

#[tokio::test]
async fn a_machine_key_is_no_more_than_who_made_it() {
    let there = Neighbourhood::open().await;
    let igny8 = there.igny8();
    let admin = there.user(Role::Admin).await;
    let keys = igny8.api_keys(&there.entered(&admin).await);
    for role in [Role::Developer, Role::Owner, Role::SystemBot] {
        let refused = keys.create(request(role, 1)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{role}: {refused:?}");
    }
    let past = ApiKeyRequest { expires_at: Some(DateTime::UNIX_EPOCH), ..request(Role::Viewer, 1) };
    assert!(matches!(keys.create(past).await, Err(Error::Invalid(_))));
    let unnamed = ApiKeyRequest { name: " ".to_owned(), ..request(Role::Viewer, 1) };
    assert!(matches!(keys.create(unnamed).await, Err(Error::Invalid(_))));
    let made = keys.create(request(Role::Editor, 1)).await.unwrap();
    assert_eq!(made.user, admin.id);

    let found = igny8.identity().api_key(&token(1)).await.unwrap().unwrap();
    let caller = Caller { role_cap: Some(found.role), ..Caller::of(found.user) };
    let scope = igny8.admit(caller).await.unwrap().scope;
    assert_eq!((scope.role(), scope.sites()), (Role::Editor, None));
    // What an editor may not do, an editor's key may not either: make keys.
    let refused = igny8.api_keys(&scope).create(request(Role::Viewer, 2)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    // Who comes from another account makes keys at home.
    let refused = igny8.api_keys(&there.developer).create(request(Role::Viewer, 2)).await;
    assert!(matches!(refused, Err(Error::NotFound { what: "user", .. })), "{refused:?}");

    assert_eq!(keys.list(&ListQuery::default()).await.unwrap().total, Some(1));
    assert!(keys.revoke(made.id).await.unwrap().revoked_at.is_some());
    assert_eq!(igny8.identity().api_key(&token(1)).await.unwrap(), None);
}

#[tokio::test]
async fn an_adapter_logs_people_in_by_its_own_hashes() {
    let there = Neighbourhood::open().await;
    let identity = there.igny8().identity();
    let owner = there.desk.home.owner.clone();
    let found = identity.user_by_email(&owner.email.to_uppercase()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&owner));
    assert_eq!(identity.credential(owner.id).await.unwrap(), None);
    assert!(matches!(identity.set_credential(owner.id, "hunter2").await, Err(Error::Invalid(_))));
    identity.set_credential(owner.id, "$argon2id$tea").await.unwrap();
    assert_eq!(identity.credential(owner.id).await.unwrap().unwrap().password_hash, "$argon2id$tea");

    let expires_at = Utc::now() + Duration::hours(1);
    identity.open_session(NewSession { user: owner.id, token: token(1), expires_at }).await.unwrap();
    identity.record_login(owner.id).await.unwrap();
    let user = owner.id;
    let renewed = identity.rotate_session(&token(1), token(2), expires_at).await.unwrap();
    assert_eq!(renewed, Rotation::Rotated { user });
    let again = identity.rotate_session(&token(1), token(3), expires_at).await.unwrap();
    assert_eq!(again, Rotation::Reused { user });
    identity.open_session(NewSession { user, token: token(4), expires_at }).await.unwrap();
    identity.close_session(&token(4)).await.unwrap();
    identity.close_sessions(user).await.unwrap();
    let closed = identity.rotate_session(&token(4), token(5), expires_at).await.unwrap();
    assert_eq!(closed, Rotation::Unknown);
    assert!(there.igny8().admit(Caller::of(user)).await.unwrap().user.last_login.is_some());
}
