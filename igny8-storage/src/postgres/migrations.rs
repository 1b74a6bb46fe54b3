//! The store's tables and their changes, embedded and run once each, in order, by the role that owns them.
//! A row of ours is the lock, for not every server that speaks PostgreSQL has advisory locks.

#![allow(clippy::disallowed_methods, reason = "the schema itself and our record of its versions")]

use std::time::{Duration, Instant};

use igny8_core::{Error, Result};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

use super::roles;
use super::sql::failed;
use super::transactions::Setting;

/// Our own record, so that a host's migrations beside ours do not meet.
const TABLE: &str = "igny8_migrations";

/// Every migration, oldest first. One that was released is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "init", include_str!("migrations/0001_init.sql")),
    (2, "row level security", include_str!("migrations/0002_row_level_security.sql")),
    (3, "identity", include_str!("migrations/0003_identity.sql")),
    (4, "webhooks", include_str!("migrations/0004_webhooks.sql")),
    (5, "keyword_lists", include_str!("migrations/0005_keyword_lists.sql")),
];

const LOCK: &str = "CREATE TABLE IF NOT EXISTS igny8_migration_lock (one BOOLEAN PRIMARY KEY CHECK (one));
     INSERT INTO igny8_migration_lock (one) VALUES (TRUE) ON CONFLICT DO NOTHING";

/// How long to go on when another process creates the same at the same moment.
const PATIENCE: Duration = Duration::from_secs(10);

const OPERATION: &str = "migrate the database";

/// Brings the tables up to date and lets the application role use them, in one transaction.
pub(super) async fn run(
    connection: &mut PgConnection,
    setting: &Setting,
    application_role: &str,
) -> Result<()> {
    roles::check_exists(connection, application_role).await?;
    prepare(connection, setting).await.map_err(|error| failed(OPERATION, error))?;

    let mut transaction = connection.begin().await.map_err(|error| failed(OPERATION, error))?;
    for sql in [setting.search_path(), "SELECT one FROM igny8_migration_lock FOR UPDATE".to_owned()] {
        transaction.execute(AssertSqlSafe(sql)).await.map_err(|error| failed(OPERATION, error))?;
    }
    migrator().run_direct(None, &mut *transaction, false).await.map_err(meaning)?;
    roles::grant(&mut transaction, setting, application_role).await?;
    transaction.commit().await.map_err(|error| failed(OPERATION, error))
}

/// Checks that the tables are those of this release, without changing any.
pub(super) async fn check(connection: &mut PgConnection, setting: &Setting) -> Result<()> {
    let operation = "read the database's version";
    let table = format!("{}.{TABLE}", setting.quoted_schema());
    let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(&table)
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| failed(operation, error))?;
    let applied: Vec<(i64, Vec<u8>)> = if exists {
        let sql = format!("SELECT version, checksum FROM {table} ORDER BY version");
        sqlx::query_as(AssertSqlSafe(sql))
            .persistent(false)
            .fetch_all(connection)
            .await
            .map_err(|error| failed(operation, error))?
    } else {
        Vec::new()
    };
    let migrator = migrator();
    for (version, checksum) in &applied {
        match migrator.iter().find(|migration| migration.version == *version) {
            None => return Err(meaning(MigrateError::VersionMissing(*version))),
            Some(known) if *known.checksum != **checksum => {
                return Err(meaning(MigrateError::VersionMismatch(*version)));
            }
            Some(_) => {}
        }
    }
    if applied.len() == MIGRATIONS.len() {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "the schema {} holds {} of the {} migrations of this release: run PostgresStore::migrate with the URL of the \
         role that owns the tables, or open with PostgresOptions::migrated_by",
        setting.schema,
        applied.len(),
        MIGRATIONS.len()
    )))
}

/// The schema, and the row that is the lock.
async fn prepare(connection: &mut PgConnection, setting: &Setting) -> sqlx::Result<()> {
    let schema = setting.quoted_schema();
    let patience = Instant::now();
    loop {
        let known: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
            .bind(&schema)
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
        let create = if known { String::new() } else { format!("CREATE SCHEMA IF NOT EXISTS {schema}; ") };
        let text = format!("BEGIN; {create}{}; {LOCK}; COMMIT", setting.search_path());
        match connection.execute(sqlx::raw_sql(AssertSqlSafe(text).into_sql_str())).await {
            Err(sqlx::Error::Database(fault)) => {
                connection.execute(sqlx::raw_sql("ROLLBACK")).await?;
                // `IF NOT EXISTS` does not see what another transaction is creating.
                if !was_created_meanwhile(fault.code().as_deref()) || patience.elapsed() > PATIENCE {
                    return Err(sqlx::Error::Database(fault));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop),
        }
    }
}

/// Unique violation in a catalogue, duplicate schema, duplicate table.
fn was_created_meanwhile(code: Option<&str>) -> bool {
    matches!(code, Some("23505" | "42P06" | "42P07"))
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}

fn meaning(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Configuration(format!(
            "the database was migrated to version {version} by a newer release of igny8-storage: update this program"
        )),
        MigrateError::VersionMismatch(version) => Error::Configuration(format!(
            "migration {version} of this program is not the one the database was migrated with: another build of \
             igny8-storage made it"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(OPERATION, error),
        other => Error::storage(OPERATION, other),
    }
}
