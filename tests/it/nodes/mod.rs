//! Several processes' worth of SDK on one PostgreSQL, told of each other's doings by LISTEN/NOTIFY or NATS. Where a test is
//! about news, nobody polls before it is over: what happens, happens because the news came.

mod limits;
mod news;
mod outage;

use std::time::Duration;

use igny8_core::ports::Home;
use igny8_core::runs::WorkerConfig;
use igny8_core::sdk::Builder;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, NewAccount};
use igny8_storage::{NatsNotifier, PostgresOptions, PostgresStore};
use igny8_test_postgres::{APPLICATION, Database, Server};
use igny8_tests::NatsServer;
use igny8_tests::desk::brisk;

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// One installation: a database, and what carries news, if anything does.
struct Installation {
    database: Database,
    /// Else the database carries news.
    nats: Option<NatsServer>,
}

/// What carries news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Postgres,
    Nats,
}

impl Installation {
    /// A new one; `None` when tests on PostgreSQL, or with NATS, are left out.
    async fn with(carrier: Carrier) -> Option<Self> {
        let database = Server::get().await?.database().await;
        PostgresStore::migrate(database.owner_url(), APPLICATION).await.unwrap();
        let nats = match carrier {
            Carrier::Nats => Some(NatsServer::start()?),
            Carrier::Postgres => None,
        };
        Some(Self { database, nats })
    }

    /// The SDK as another process would have it.
    async fn node(&self, outfit: impl FnOnce(Builder) -> Builder) -> Igny8 {
        let store =
            PostgresOptions::new(self.database.application_url()).connections(6).open().await.unwrap();
        let notifier = store.notifier();
        let builder = outfit(Igny8::builder(store));
        let builder = match &self.nats {
            Some(server) => builder.notifier(NatsNotifier::connect(server.url(), "igny8").await.unwrap()),
            None => builder.notifier(notifier),
        };
        builder.build().unwrap()
    }
}

/// An account with a site and a sector, entered by its owner.
async fn tenant(igny8: &Igny8, name: &str) -> (Home, TenantScope) {
    let account = NewAccount::named(name).plan("growth").site(format!("{name}.com")).sector("tea");
    let home = igny8.provision(account).await.unwrap();
    let scope = igny8.enter(&home.owner, home.account).await.unwrap();
    (home, scope)
}

/// A worker that looks for nothing by itself.
fn deaf() -> WorkerConfig {
    WorkerConfig { poll: NEVER, heartbeat: NEVER, lease: NEVER, ..brisk() }
}
