//! The application role: what it may do, and why it must not be one that row-level security does not hold.

#![allow(clippy::disallowed_methods, reason = "catalogues and grants: no tenant's row is touched")]

use igny8_core::{Error, Result};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::sql::failed;
use super::transactions::{Setting, quoted};

/// The grants, `{schema}` and `{role}` to be filled in. The ledger can be added to and never be taken from; of an entry
/// only the words that say something about people can be emptied.
const GRANTS: &[&str] = &[
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON igny8_migrations, igny8_migration_lock FROM {role}",
    "REVOKE DELETE ON igny8_accounts, igny8_account_slugs FROM {role}",
    "REVOKE UPDATE, DELETE ON igny8_credit_transactions, igny8_credit_usage_logs FROM {role}",
    "REVOKE DELETE ON igny8_credit_reservations FROM {role}",
    "GRANT UPDATE (description) ON igny8_credit_transactions TO {role}",
    "GRANT UPDATE (details) ON igny8_credit_usage_logs TO {role}",
];

/// What the connection's role is, and whether it owns a table of ours, by itself or as a member.
const ROLE: &str = "SELECT current_user::TEXT AS role,
         (SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname IN (current_user, session_user)) AS superuser,
         (SELECT bool_or(rolbypassrls) FROM pg_roles WHERE rolname IN (current_user, session_user)) AS bypasses,
         EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns";

/// Lets the application role use the tables.
pub(super) async fn grant(connection: &mut PgConnection, setting: &Setting, role: &str) -> Result<()> {
    for text in GRANTS {
        let sql = text.replace("{schema}", &setting.quoted_schema()).replace("{role}", &quoted(role));
        connection
            .execute(AssertSqlSafe(sql))
            .await
            .map_err(|error| failed("grant the application role its rights", error))?;
    }
    Ok(())
}

/// Checks that there is such a role.
pub(super) async fn check_exists(connection: &mut PgConnection, role: &str) -> Result<()> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
        .bind(role)
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(|error| failed("look the application role up", error))?;
    if exists {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "there is no application role `{role}`: make it with CREATE ROLE {} LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS",
        quoted(role)
    )))
}

/// Refuses a role that row-level security does not hold.
pub(super) async fn check_held(connection: &mut PgConnection, setting: &Setting) -> Result<()> {
    let (role, superuser, bypasses, owns): (String, bool, bool, bool) = sqlx::query_as(ROLE)
        .bind(&setting.schema)
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(|error| failed("look the application role up", error))?;
    let why = if superuser {
        "is a superuser"
    } else if bypasses {
        "has BYPASSRLS"
    } else if owns {
        "owns the tables"
    } else {
        return Ok(());
    };
    Err(Error::Configuration(format!(
        "the application role `{role}` {why}, so row-level security would not keep tenants apart: connect with a role of \
         its own (CREATE ROLE igny8_app LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS), which \
         PostgresStore::migrate(owner's URL, \"igny8_app\") lets use the tables; PostgresOptions::any_role() \
         overrides this"
    )))
}
