//! Sessions: tokens used once each. Whatever changes one takes the account's turn, so that a token is used up by one caller, and none
//! is made beside the closing of its family.

use chrono::{DateTime, Utc};
use igny8_core::identity::{NewSession, Rotation, TokenHash};
use igny8_core::ids::UserId;
use igny8_core::tenancy::SystemScope;
use igny8_core::{Error, Result};
use uuid::Uuid;

use super::executor::Scoped;
use super::{Store, tokens, users};
use crate::statement::TenantSql;

const SESSION: TenantSql = TenantSql::new(
    "SELECT user_id, family_id, expires_at, used_at FROM igny8_sessions WHERE account_id = $1 AND token_hash = $2",
);
const OPEN: TenantSql = TenantSql::new(
    "INSERT INTO igny8_sessions (account_id, token_hash, user_id, family_id, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6)",
);
const USE: TenantSql =
    TenantSql::new("UPDATE igny8_sessions SET used_at = $3 WHERE account_id = $1 AND token_hash = $2");
const CLOSE_FAMILY: TenantSql =
    TenantSql::new("DELETE FROM igny8_sessions WHERE account_id = $1 AND family_id = $2");
const CLOSE_ALL: TenantSql =
    TenantSql::new("DELETE FROM igny8_sessions WHERE account_id = $1 AND user_id = $2");

/// A token as it is stored.
struct Session {
    user: UserId,
    family: Uuid,
    expires_at: DateTime<Utc>,
    is_used: bool,
}

pub(super) async fn open(store: &Store, system: &SystemScope, session: NewSession) -> Result<()> {
    let mut db = store.system_write(system, "open a session").await?;
    let account = tokens::account_of_user(&mut db, session.user).await?;
    let account = account.ok_or_else(|| Error::not_found("user", session.user))?;
    let mut of_account = db.within(account).await?;
    users::find(&mut of_account, session.user).await?;
    insert(&mut of_account, &session, Uuid::now_v7()).await?;
    db.commit().await
}

pub(super) async fn rotate(
    store: &Store,
    system: &SystemScope,
    old: &TokenHash,
    new: TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<Rotation> {
    let mut db = store.system_write(system, "renew a session").await?;
    let Some(account) = tokens::account_of(&mut db, old).await? else { return Ok(Rotation::Unknown) };
    let mut of_account = db.within(account).await?;
    let Some(session) = find(&mut of_account, old).await? else { return Ok(Rotation::Unknown) };
    let (user, now) = (session.user, of_account.now());
    if session.expires_at <= now {
        return Ok(Rotation::Unknown);
    }
    let rotation = if session.is_used {
        close_family(&mut of_account, session.family).await?;
        Rotation::Reused { user }
    } else {
        of_account.query(USE).bind(*old).bind(now).execute().await?;
        insert(&mut of_account, &NewSession { user, token: new, expires_at }, session.family).await?;
        Rotation::Rotated { user }
    };
    db.commit().await?;
    Ok(rotation)
}

pub(super) async fn close(store: &Store, system: &SystemScope, token: &TokenHash) -> Result<()> {
    let mut db = store.system_write(system, "close a session").await?;
    let Some(account) = tokens::account_of(&mut db, token).await? else { return Ok(()) };
    let mut of_account = db.within(account).await?;
    if let Some(session) = find(&mut of_account, token).await? {
        close_family(&mut of_account, session.family).await?;
    }
    db.commit().await
}

pub(super) async fn close_of(store: &Store, system: &SystemScope, user: UserId) -> Result<()> {
    let mut db = store.system_write(system, "close a user's sessions").await?;
    let Some(account) = tokens::account_of_user(&mut db, user).await? else { return Ok(()) };
    close_all(&mut db.within(account).await?, user).await?;
    db.commit().await
}

/// Closes every session of a user.
pub(super) async fn close_all(db: &mut Scoped<'_>, user: UserId) -> Result<()> {
    tokens::forget_sessions(db, user).await?;
    db.query(CLOSE_ALL).bind(user).execute().await.map(drop)
}

async fn close_family(db: &mut Scoped<'_>, family: Uuid) -> Result<()> {
    tokens::forget_family(db, family).await?;
    db.query(CLOSE_FAMILY).bind(family).execute().await.map(drop)
}

async fn insert(db: &mut Scoped<'_>, session: &NewSession, family: Uuid) -> Result<()> {
    tokens::enter(db, session.user, session.token, Some(session.expires_at)).await?;
    let now = db.now();
    db.query(OPEN)
        .bind(session.token)
        .bind(session.user)
        .bind(family)
        .bind(now)
        .bind(session.expires_at)
        .execute()
        .await
        .map(drop)
}

async fn find(db: &mut Scoped<'_>, token: &TokenHash) -> Result<Option<Session>> {
    db.query(SESSION)
        .bind(*token)
        .optional(|row| {
            let used_at: Option<DateTime<Utc>> = row.get("used_at")?;
            Ok(Session {
                user: row.get("user_id")?,
                family: row.get("family_id")?,
                expires_at: row.get("expires_at")?,
                is_used: used_at.is_some(),
            })
        })
        .await
}
