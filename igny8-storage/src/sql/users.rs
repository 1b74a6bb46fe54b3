//! Users of the account. An e-mail address is unique among all users, and the account's owner stays one.

use async_trait::async_trait;
use igny8_core::ids::UserId;
use igny8_core::paging::Paged;
use igny8_core::ports::Users;
use igny8_core::tenancy::{Limit, NewUser, Role, SystemScope, TenantScope, User, UserChange, UserQuery};
use igny8_core::{Error, Result};

use super::columns::Row;
use super::executor::Scoped;
use super::failure::BrokenRule;
use super::listing::{ListSql, SortKey};
use super::{Store, plan, tokens};
use crate::statement::TenantSql;

const USERS: ListSql = ListSql::new("users", "u.*", "igny8_users u", "u");
const CREATED_AT: SortKey = SortKey::number("created_at", "u.created_at");

const USER: TenantSql = TenantSql::new("SELECT * FROM igny8_users WHERE account_id = $1 AND id = $2");
const CREATE: TenantSql = TenantSql::new(
    "INSERT INTO igny8_users
         (account_id, id, email, username, first_name, last_name, role, is_active, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8, $8)
     RETURNING *",
);
const ENTER_LOGIN: TenantSql =
    TenantSql::new("INSERT INTO igny8_logins (account_id, user_id, email) VALUES ($1, $2, $3)");
const DROP_LOGIN: TenantSql =
    TenantSql::new("DELETE FROM igny8_logins WHERE account_id = $1 AND user_id = $2");
const IS_OWNER: TenantSql =
    TenantSql::new("SELECT 1 FROM igny8_accounts WHERE account_id = $1 AND owner_id = $2");
const DELETE: TenantSql = TenantSql::new("DELETE FROM igny8_users WHERE account_id = $1 AND id = $2");
const NOTE_LOGIN: TenantSql =
    TenantSql::new("UPDATE igny8_users SET last_login = $3 WHERE account_id = $1 AND id = $2");

#[async_trait]
impl Users for Store {
    async fn create_user(&self, scope: &TenantScope, user: NewUser) -> Result<User> {
        let mut db = self.write(scope, "create a user").await?;
        plan::admit(&mut db, Limit::Users, 1).await?;
        let created = insert_user(&mut db, &user).await?;
        db.commit().await?;
        Ok(created)
    }

    async fn get_user(&self, scope: &TenantScope, id: UserId) -> Result<User> {
        find(&mut self.read(scope, "read a user").await?, id).await
    }

    async fn list_users(&self, scope: &TenantScope, query: &UserQuery) -> Result<Paged<User>> {
        self.read(scope, "list users")
            .await?
            .list(&USERS)
            .order(&query.order, |()| CREATED_AT, CREATED_AT)
            .page(&query.page, user)
            .await
    }

    async fn update_user(&self, scope: &TenantScope, id: UserId, change: UserChange) -> Result<User> {
        let mut db = self.write(scope, "change a user").await?;
        find(&mut db, id).await?;
        let demotes = change.role.is_some_and(|role| role != Role::Owner) || change.is_active == Some(false);
        if demotes {
            check_not_owner(&mut db, id, "keeps role and access").await?;
        }
        let now = db.now();
        db.update("igny8_users")
            .set("username", change.username)
            .set("first_name", change.first_name)
            .set("last_name", change.last_name)
            .set("role", change.role.map(Role::as_str))
            .set("is_active", change.is_active)
            .always("updated_at", now)
            .of(id)
            .execute()
            .await?;
        let after = find(&mut db, id).await?;
        db.commit().await?;
        Ok(after)
    }

    async fn delete_user(&self, scope: &TenantScope, id: UserId) -> Result<()> {
        let mut db = self.write(scope, "delete a user").await?;
        check_not_owner(&mut db, id, "cannot be deleted").await?;
        if db.query(DELETE).bind(id).execute().await? == 0 {
            return Err(Error::not_found("user", id));
        }
        db.query(DROP_LOGIN).bind(id).execute().await?;
        tokens::forget_user(&mut db, id).await?;
        db.commit().await
    }

    async fn note_login(&self, scope: &TenantScope, id: UserId) -> Result<()> {
        let mut db = self.write(scope, "note a login").await?;
        let now = db.now();
        if db.query(NOTE_LOGIN).bind(id).bind(now).execute().await? == 0 {
            return Err(Error::not_found("user", id));
        }
        db.commit().await
    }
}

/// A user of the account.
pub(super) async fn find(db: &mut Scoped<'_>, id: UserId) -> Result<User> {
    let found = db.query(USER).bind(id).optional(user).await?;
    found.ok_or_else(|| Error::not_found("user", id))
}

/// Notes a login before a tenant is known.
pub(super) async fn record_login(store: &Store, system: &SystemScope, id: UserId) -> Result<()> {
    let mut db = store.system_note(system, "note a login").await?;
    let account = tokens::account_of_user(&mut db, id).await?;
    let account = account.ok_or_else(|| Error::not_found("user", id))?;
    let mut of_account = db.within(account).await?;
    let now = of_account.now();
    if of_account.query(NOTE_LOGIN).bind(id).bind(now).execute().await? == 0 {
        return Err(Error::not_found("user", id));
    }
    db.commit().await
}

/// Writes a new user; whether the plan has room is the caller's to ask.
pub(super) async fn insert_user(db: &mut Scoped<'_>, new: &NewUser) -> Result<User> {
    let now = db.now();
    let id = UserId::new();
    let email = new.email.to_lowercase();
    db.query(ENTER_LOGIN)
        .bind(id)
        .bind(email.as_str())
        .execute()
        .await
        .or_taken(|| Error::conflict("user", format!("the e-mail address `{}` is taken", new.email)))?;
    db.query(CREATE)
        .bind(id)
        .bind(email)
        .bind(new.username.as_str())
        .bind(new.first_name.as_str())
        .bind(new.last_name.as_str())
        .bind(new.role.as_str())
        .bind(now)
        .one(user)
        .await
}

async fn check_not_owner(db: &mut Scoped<'_>, id: UserId, rule: &str) -> Result<()> {
    if db.query(IS_OWNER).bind(id).exists().await? {
        let reason = format!("the account's owner {rule}: give the account another owner first");
        Err(Error::conflict("user", reason))
    } else {
        Ok(())
    }
}

/// A user from its row.
pub(super) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get("id")?,
        account: row.get("account_id")?,
        email: row.get("email")?,
        username: row.get("username")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        role: row.word("role")?,
        is_active: row.get("is_active")?,
        last_login: row.get("last_login")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
