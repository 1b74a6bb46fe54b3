//! The store's tables and their changes, embedded and run once each, in order.
//! One IMMEDIATE transaction holds them all, so of two processes that open at once the second finds the work done.

use igny8_core::{Error, Result};
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::sql::failed;

/// Our own record, so that a host's migrations beside ours do not meet.
const TABLE: &str = "igny8_migrations";

/// Every migration, oldest first. One that was released is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "init", include_str!("migrations/0001_init.sql")),
    (2, "identity", include_str!("migrations/0002_identity.sql")),
    (3, "webhooks", include_str!("migrations/0003_webhooks.sql")),
];

/// Brings the tables up to date.
pub(super) async fn run(pool: &SqlitePool) -> Result<()> {
    let operation = "migrate the database";
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
    // The transaction is the lock.
    migrator.set_locking(false);

    let mut transaction =
        pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| failed(operation, error))?;
    migrator.run_direct(None, &mut *transaction, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => Error::Configuration(format!(
            "the database was migrated to version {version} by a newer release of igny8-storage: update this program"
        )),
        MigrateError::VersionMismatch(version) => Error::Configuration(format!(
            "migration {version} of this program is not the one the database was migrated with: another build of \
             igny8-storage made it"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(operation, error),
        other => Error::storage(operation, other),
    })?;
    transaction.commit().await.map_err(|error| failed(operation, error))
}
