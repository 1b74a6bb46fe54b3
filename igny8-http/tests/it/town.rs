//! Two tenants behind one adapter, each with a user of every role, and a developer who may enter both.

use std::collections::BTreeMap;

use axum::Router;
use igny8_ai::Offline;
use igny8_core::ids::UserId;
use igny8_core::ports::Home;
use igny8_core::runs::{WorkerConfig, WorkerHandle};
use igny8_core::tenancy::{NewUser, Role};
use igny8_core::{Igny8, NewAccount};
use igny8_http::auth::{Accounts, set_password};
use igny8_http::{HttpConfig, router};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{ObjectBlobs, SqliteOptions};
use secrecy::SecretString;
use serde_json::json;

use crate::client::Client;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a password for all";

/// The roles that people of a tenant have.
pub(crate) const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Editor, Role::Viewer];

/// A tenant: its account, first site and sector, and its users.
pub(crate) struct Tenant {
    pub(crate) home: Home,
    users: BTreeMap<Role, (UserId, String)>,
    router: Router,
}

impl Tenant {
    /// A client that is logged in as the user of this role.
    pub(crate) fn client(&self, role: Role) -> Client {
        Client::new(self.router.clone()).token(&self.users[&role].1)
    }

    /// The owner's client.
    pub(crate) fn owner(&self) -> Client {
        self.client(Role::Owner)
    }

    /// The user of this role.
    pub(crate) fn user(&self, role: Role) -> UserId {
        self.users[&role].0
    }

    /// The address of the user of this role.
    pub(crate) fn email(&self, role: Role) -> String {
        email(&self.home, role)
    }

    /// The first sector, for bodies.
    pub(crate) fn sector(&self) -> String {
        self.home.sector.to_string()
    }
}

fn email(home: &Home, role: Role) -> String {
    format!("{role}@{}.example", home.account.as_uuid().simple())
}

/// Two tenants and a developer behind one adapter.
pub(crate) struct Town {
    pub(crate) igny8: Igny8,
    pub(crate) acme: Tenant,
    pub(crate) globex: Tenant,
    developer: String,
    _worker: WorkerHandle,
    router: Router,
}

impl Town {
    /// On a database in memory, with a worker and the offline provider.
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    /// With choices of the test's own.
    pub(crate) async fn with(choose: impl FnOnce(HttpConfig) -> HttpConfig) -> Self {
        let key = SecretsKey::from_base64(&SecretsKey::generate_base64()).unwrap();
        let cipher = Cipher::new(key).unwrap();
        let store = SqliteOptions::new("sqlite::memory:").secrets(cipher).open().await.unwrap();
        let igny8 = Igny8::builder(store)
            .text_model(Offline::new())
            .image_model(Offline::new())
            .blobs(ObjectBlobs::memory())
            .build()
            .unwrap();
        let worker = igny8.spawn_worker(WorkerConfig::default());
        let accounts = Accounts::new(&SecretString::from("a secret of thirty-two bytes or more")).unwrap();
        let router = router(igny8.clone(), choose(HttpConfig::accounts(accounts)));
        let system = igny8.open_system_account(NewAccount::named("System").slug("system")).await.unwrap();
        set_password(&igny8, system.owner.id, &PASSWORD.into()).await.unwrap();
        let developer = log_in(&router, &system.owner.email).await;
        let acme = tenant(&igny8, &router, "Acme").await;
        let globex = tenant(&igny8, &router, "Globex").await;
        Self { igny8, acme, globex, developer, router, _worker: worker }
    }

    /// A client without a token.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// The developer's client, in the system account unless another is named by header.
    pub(crate) fn developer(&self) -> Client {
        self.anyone().token(&self.developer)
    }

    /// The developer's client, in this tenant.
    pub(crate) fn developer_in(&self, tenant: &Tenant) -> Client {
        self.developer().header("x-account-id", tenant.home.account.to_string())
    }
}

/// A tenant with a user of every role; editor and viewer may see the first site.
async fn tenant(igny8: &Igny8, router: &Router, name: &str) -> Tenant {
    let site = format!("{}.com", name.to_lowercase());
    let home = igny8.provision(NewAccount::named(name).plan("scale").site(site).sector("tea")).await.unwrap();
    let scope = igny8.enter(&home.owner, home.account).await.unwrap();
    let mut users = BTreeMap::new();
    for role in ROLES {
        let user = match role {
            Role::Owner => home.owner.clone(),
            role => igny8.users(&scope).create(NewUser::new(email(&home, role), role)).await.unwrap(),
        };
        if matches!(role, Role::Editor | Role::Viewer) {
            igny8.account(&scope).grant_site(user.id, home.site).await.unwrap();
        }
        set_password(igny8, user.id, &PASSWORD.into()).await.unwrap();
        users.insert(role, (user.id, log_in(router, &user.email).await));
    }
    Tenant { home, users, router: router.clone() }
}

async fn log_in(router: &Router, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD});
    let reply = Client::new(router.clone()).post("auth/login/", body).await;
    reply.data()["access"].as_str().unwrap().to_owned()
}
