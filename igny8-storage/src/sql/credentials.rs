//! Password hashes and the version that tokens are held against.

use igny8_core::identity::Credential;
use igny8_core::ids::UserId;
use igny8_core::tenancy::SystemScope;
use igny8_core::{Error, Result};

use super::columns::Row;
use super::{Store, sessions, tokens, users};
use crate::statement::TenantSql;

const CREDENTIAL: TenantSql =
    TenantSql::new("SELECT * FROM igny8_credentials WHERE account_id = $1 AND user_id = $2");
const SET: TenantSql = TenantSql::new(
    "INSERT INTO igny8_credentials (account_id, user_id, password_hash, token_version, updated_at)
     VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (account_id, user_id) DO UPDATE SET password_hash = excluded.password_hash,
         token_version = igny8_credentials.token_version + 1, updated_at = excluded.updated_at
     RETURNING *",
);

pub(super) async fn find(store: &Store, system: &SystemScope, user: UserId) -> Result<Option<Credential>> {
    let mut db = store.system_read(system, "read a credential").await?;
    let Some(account) = tokens::account_of_user(&mut db, user).await? else { return Ok(None) };
    db.within(account).await?.query(CREDENTIAL).bind(user).optional(credential).await
}

pub(super) async fn set(
    store: &Store,
    system: &SystemScope,
    user: UserId,
    password_hash: &str,
) -> Result<Credential> {
    let mut db = store.system_write(system, "set a credential").await?;
    let account = tokens::account_of_user(&mut db, user).await?;
    let account = account.ok_or_else(|| Error::not_found("user", user))?;
    let mut of_account = db.within(account).await?;
    users::find(&mut of_account, user).await?;
    let now = of_account.now();
    let set = of_account.query(SET).bind(user).bind(password_hash).bind(now).one(credential).await?;
    sessions::close_all(&mut of_account, user).await?;
    db.commit().await?;
    Ok(set)
}

fn credential(row: &Row<'_>) -> Result<Credential> {
    Ok(Credential {
        user: row.get("user_id")?,
        password_hash: row.get("password_hash")?,
        token_version: row.get("token_version")?,
    })
}
