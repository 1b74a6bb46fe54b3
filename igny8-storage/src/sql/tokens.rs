//! The directory of tokens: whose a token is, by its hash. Sessions and machine keys share it, so that no token is two things.

use chrono::{DateTime, Utc};
use igny8_core::identity::TokenHash;
use igny8_core::ids::{AccountId, UserId};
use igny8_core::{Error, Result};
use uuid::Uuid;

use super::executor::{Scoped, System};
use super::failure::BrokenRule;
use crate::statement::{SystemSql, TenantSql};

const OF_TOKEN: SystemSql = SystemSql::new("SELECT account_id FROM igny8_tokens WHERE token_hash = $1");
const OF_USER: SystemSql = SystemSql::new("SELECT account_id FROM igny8_logins WHERE user_id = $1");
const ENTER: TenantSql = TenantSql::new(
    "INSERT INTO igny8_tokens (account_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)",
);
const FORGET: TenantSql =
    TenantSql::new("DELETE FROM igny8_tokens WHERE account_id = $1 AND token_hash = $2");
const FORGET_USER: TenantSql =
    TenantSql::new("DELETE FROM igny8_tokens WHERE account_id = $1 AND user_id = $2");
const FORGET_FAMILY: TenantSql = TenantSql::new(
    "DELETE FROM igny8_tokens WHERE account_id = $1 AND token_hash IN
         (SELECT token_hash FROM igny8_sessions WHERE account_id = $1 AND family_id = $2)",
);
const FORGET_SESSIONS: TenantSql = TenantSql::new(
    "DELETE FROM igny8_tokens WHERE account_id = $1 AND token_hash IN
         (SELECT token_hash FROM igny8_sessions WHERE account_id = $1 AND user_id = $2)",
);

/// The account that a token is of.
pub(super) async fn account_of(db: &mut System<'_>, token: &TokenHash) -> Result<Option<AccountId>> {
    db.query(OF_TOKEN).bind(*token).optional(|row| row.get("account_id")).await
}

/// The account that a user is of.
pub(super) async fn account_of_user(db: &mut System<'_>, user: UserId) -> Result<Option<AccountId>> {
    db.query(OF_USER).bind(user).optional(|row| row.get("account_id")).await
}

/// Writes a new token.
///
/// # Errors
/// `Conflict` when it is known already, whoever's it is.
pub(super) async fn enter(
    db: &mut Scoped<'_>,
    user: UserId,
    token: TokenHash,
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let entered = db.query(ENTER).bind(user).bind(token).bind(expires_at).execute().await;
    entered.map(drop).or_taken(|| Error::conflict("token", "it is known already: make another"))
}

/// Strikes one token out.
pub(super) async fn forget(db: &mut Scoped<'_>, token: TokenHash) -> Result<()> {
    db.query(FORGET).bind(token).execute().await.map(drop)
}

/// Strikes out every token of a user.
pub(super) async fn forget_user(db: &mut Scoped<'_>, user: UserId) -> Result<()> {
    db.query(FORGET_USER).bind(user).execute().await.map(drop)
}

/// Strikes out the tokens of a family, whose rows must still be there.
pub(super) async fn forget_family(db: &mut Scoped<'_>, family: Uuid) -> Result<()> {
    db.query(FORGET_FAMILY).bind(family).execute().await.map(drop)
}

/// Strikes out the tokens of a user's sessions, whose rows must still be there.
pub(super) async fn forget_sessions(db: &mut Scoped<'_>, user: UserId) -> Result<()> {
    db.query(FORGET_SESSIONS).bind(user).execute().await.map(drop)
}
