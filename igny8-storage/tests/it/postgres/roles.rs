//! Whom a store may be opened as, and what it says when the roles or the tables are not in order.

use igny8_core::Error;
use igny8_core::ports::Catalogue as _;
use igny8_storage::{PostgresOptions, PostgresStore};
use igny8_test_postgres::{APPLICATION, OWNER, Server};

use crate::databases::{Database as _, Postgres};

/// A role like the application's, but for one attribute.
async fn role(database: &Postgres, attribute: &str) -> String {
    let name = format!("igny8_test_{}", attribute.to_lowercase().replace(' ', "_"));
    let make = format!(
        "DO $$ BEGIN CREATE ROLE {name} LOGIN PASSWORD '{name}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    );
    database.0.administer(&make).await;
    database.0.administer(&format!("ALTER ROLE {name} {attribute}")).await;
    PostgresStore::migrate(database.0.owner_url(), &name).await.unwrap();
    database.0.url(&name)
}

async fn is_refused(url: String, why: &str) {
    let refused = PostgresStore::open(&url).await;
    let Err(Error::Configuration(reason)) = &refused else { panic!("{refused:?}") };
    assert!(
        reason.contains(why) && reason.contains("CREATE ROLE") && reason.contains("any_role"),
        "{reason}"
    );
    let store = PostgresOptions::new(&url).any_role().open().await.unwrap();
    assert_eq!(store.plans().await.unwrap(), []);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_see_past_row_level_security_are_refused() {
    let Some(database) = Postgres::create().await else { return };
    is_refused(role(&database, "SUPERUSER").await, "is a superuser").await;
    is_refused(role(&database, "BYPASSRLS").await, "has BYPASSRLS").await;
    is_refused(database.0.owner_url(), "owns the tables").await;
    let member = role(&database, "NOSUPERUSER").await;
    database.0.administer(&format!("GRANT {OWNER} TO igny8_test_nosuperuser")).await;
    is_refused(member, "owns the tables").await;
    database.0.administer(&format!("REVOKE {OWNER} FROM igny8_test_nosuperuser")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_there_or_not_ours_are_told() {
    let Some(server) = Server::get().await else { return };
    let database = server.database().await;
    let said = |refused: igny8_core::Result<PostgresStore>| match refused {
        Err(Error::Configuration(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let reason = said(PostgresStore::open(database.application_url()).await);
    assert!(
        reason.contains("0 of the 5 migrations") && reason.contains("PostgresStore::migrate"),
        "{reason}"
    );

    let unknown = PostgresStore::migrate(database.owner_url(), "nobody \"at\" all").await;
    let Err(Error::Configuration(reason)) = unknown else { panic!("{unknown:?}") };
    assert!(reason.contains("CREATE ROLE \"nobody \"\"at\"\" all\""), "{reason}");

    PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
    let future =
        "INSERT INTO igny8.igny8_migrations (version, description, success, checksum, execution_time)
                  VALUES (9999, 'from the future', TRUE, '', 0)";
    database.administer(future).await;
    let reason = said(PostgresStore::open(database.application_url()).await);
    assert!(reason.contains("9999") && reason.contains("update this program"), "{reason}");
    let migrated = PostgresStore::migrate(database.owner_url(), APPLICATION).await;
    assert!(
        matches!(&migrated, Err(Error::Configuration(reason)) if reason.contains("9999")),
        "{migrated:?}"
    );

    let reason = said(PostgresStore::open("mysql://localhost/igny8").await);
    assert!(reason.contains("postgres://role:password@host"), "{reason}");
    let nowhere = PostgresOptions::new("postgres://nobody@127.0.0.1:1/nothing");
    let nowhere = nowhere.acquire_timeout(std::time::Duration::from_millis(200)).open().await;
    assert!(matches!(&nowhere, Err(error) if error.is_retryable()), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_migrate_and_open_at_once() {
    let Some(server) = Server::get().await else { return };
    let database = server.database().await;
    let (owner, application) = (database.owner_url(), database.application_url());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (owner, application) = (owner.clone(), application.clone());
        tasks.spawn(async move {
            let options = PostgresOptions::new(application).schema("Shared schema").connections(2);
            options.migrated_by(owner).open().await
        });
    }
    for store in tasks.join_all().await {
        assert_eq!(store.unwrap().plans().await.unwrap(), []);
    }
}

#[test]
fn no_password_is_shown() {
    let options = PostgresOptions::new("postgres://app:hunter2@localhost/igny8")
        .migrated_by("postgres://o:hunter2@localhost/igny8");
    assert!(!format!("{options:?}").contains("hunter2"));
}
