//! `auth/`: registering, logging in and out, refreshing, and who one is.

use axum::extract::State;
use igny8_core::ids::AccountId;
use igny8_core::sdk::NewAccount;
use igny8_core::settings::SecretString;
use igny8_core::tenancy::{Account, Role, User};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;
use crate::answer::{Answer, Created, Deleted, One};
use crate::app::App;
use crate::auth::{Accounts, Tokens, hash_password};
use crate::request::{Body, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("auth")
        .post("auth/register/", "register", "Open an account", register)
        .post("auth/login/", "login", "Log in", login)
        .post("auth/refresh/", "refresh", "Replace a refresh token, for a new access token", refresh)
        .post("auth/logout/", "logout", "Close the session of a refresh token", logout)
        .get("auth/me/", "getMe", "Who the caller is, and in which account", me)
        .post(
            "auth/change_password/",
            "changePassword",
            "Change one's password: every session is closed",
            change,
        )
}

/// An account to open.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// The owner's e-mail address, unique among all users.
    email: String,
    /// 8 to 256 characters.
    #[schemars(length(min = 8, max = 256))]
    password: String,
    /// The account's display name.
    #[schemars(length(min = 1, max = 255))]
    account_name: String,
}

/// Who logs in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// E-mail address.
    email: String,
    /// Password.
    password: String,
}

/// A refresh token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// The token that the last login or refresh answered with.
    refresh: String,
}

/// A new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The one there is.
    old_password: String,
    /// 8 to 256 characters.
    #[schemars(length(min = 8, max = 256))]
    new_password: String,
}

/// A session.
#[derive(Serialize, JsonSchema)]
struct Session {
    /// For `Authorization: Bearer`.
    access: String,
    /// For `auth/refresh/`, once.
    refresh: String,
    /// How long the access token is good, in seconds.
    expires_in: u64,
    /// Who has logged in.
    user: User,
}

/// Tokens.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tokens")]
struct TokensBody {
    /// For `Authorization: Bearer`.
    access: String,
    /// For `auth/refresh/`, once.
    refresh: String,
    /// How long the access token is good, in seconds.
    expires_in: u64,
}

impl From<Tokens> for TokensBody {
    fn from(Tokens { access, refresh, expires_in }: Tokens) -> Self {
        Self { access, refresh, expires_in }
    }
}

/// The caller.
#[derive(Serialize, JsonSchema)]
struct Me {
    /// The user, with the role that the user has at home.
    user: User,
    /// The account that was entered.
    account: Account,
    /// The role that counts in it.
    role: Role,
    /// Whether it is the user's own.
    at_home: bool,
    /// The user's own account.
    home: AccountId,
}

fn accounts(app: &App) -> Answer<&Accounts> {
    app.config.accounts.as_ref().ok_or_else(ApiError::internal)
}

async fn session(app: &App, user: User) -> Answer<Session> {
    let Tokens { access, refresh, expires_in } = accounts(app)?.open_session(&app.igny8, user.id).await?;
    app.igny8.identity().record_login(user.id).await?;
    Ok(Session { access, refresh, expires_in, user })
}

async fn register(State(app): State<App>, Body(body): Body<Registration>) -> Answer<Created<Session>> {
    let accounts = accounts(&app)?;
    if !accounts.registration_is_open() {
        return Err(ApiError::registration_closed());
    }
    app.limits.login(&body.email)?;
    let hash = hash_password("password", &SecretString::from(body.password)).await?;
    let home = app.igny8.provision(NewAccount::named(body.account_name).owner(body.email)).await?;
    app.igny8.identity().set_credential(home.owner.id, &hash).await?;
    session(&app, home.owner).await.map(Created)
}

async fn login(State(app): State<App>, Body(body): Body<Login>) -> Answer<One<Session>> {
    app.limits.login(&body.email)?;
    let user = accounts(&app)?.verify(&app.igny8, &body.email, &SecretString::from(body.password)).await?;
    session(&app, user).await.map(One)
}

async fn refresh(State(app): State<App>, Body(body): Body<Refresh>) -> Answer<One<TokensBody>> {
    Ok(One(accounts(&app)?.refresh(&app.igny8, &body.refresh).await?.into()))
}

async fn logout(State(app): State<App>, Body(body): Body<Refresh>) -> Answer<Deleted> {
    accounts(&app)?.close_session(&app.igny8, &body.refresh).await?;
    Ok(Deleted)
}

async fn me(tenant: Tenant) -> Answer<One<Me>> {
    let account = tenant.igny8.account(&tenant.scope).get().await?;
    Ok(One(Me {
        role: tenant.scope.role(),
        at_home: account.id == tenant.user.account,
        home: tenant.user.account,
        account,
        user: tenant.user.clone(),
    }))
}

async fn change(
    tenant: Tenant,
    State(app): State<App>,
    Body(body): Body<PasswordChange>,
) -> Answer<One<TokensBody>> {
    let accounts = accounts(&app)?;
    app.limits.login(&tenant.user.email)?;
    accounts.verify(&app.igny8, &tenant.user.email, &SecretString::from(body.old_password)).await?;
    let hash = hash_password("new_password", &SecretString::from(body.new_password)).await?;
    app.igny8.identity().set_credential(tenant.user.id, &hash).await?;
    Ok(One(accounts.open_session(&app.igny8, tenant.user.id).await?.into()))
}
