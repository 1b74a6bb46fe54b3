//! Two tenants behind one adapter, each with a user of every role, and a developer who may enter both.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};

use axum::Router;
use igny8_ai::Offline;
use igny8_core::ids::UserId;
use igny8_core::ports::Home;
use igny8_core::runs::{WorkerConfig, WorkerHandle};
use igny8_core::tenancy::{NewUser, Role};
use igny8_core::{Igny8, NewAccount};
use igny8_http::auth::Accounts;
use igny8_http::{HttpConfig, router};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{ObjectBlobs, SqliteOptions};
use secrecy::SecretString;
use serde_json::json;

use crate::client::{Asked, Client};
use crate::operations;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a password for all";

/// The roles that people of a tenant have.
pub(crate) const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Editor, Role::Viewer];

/// A tenant: its account, first site and sector, and its users.
pub(crate) struct Tenant {
    pub(crate) home: Home,
    users: BTreeMap<Role, (UserId, String)>,
    router: Router,
    asked: Asked,
}

impl Tenant {
    /// A client that is logged in as the user of this role.
    pub(crate) fn client(&self, role: Role) -> Client {
        Client::noting(self.router.clone(), self.asked.clone()).token(&self.users[&role].1)
    }

    /// The owner's client.
    pub(crate) fn owner(&self) -> Client {
        self.client(Role::Owner)
    }

    /// The access token of the user of this role.
    pub(crate) fn token(&self, role: Role) -> &str {
        &self.users[&role].1
    }

    /// The user of this role.
    pub(crate) fn user(&self, role: Role) -> UserId {
        self.users[&role].0
    }

    /// The address of the user of this role.
    pub(crate) fn email(&self, role: Role) -> String {
        if role == Role::Owner { self.home.owner.email.clone() } else { email(&self.home, role) }
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
    asked: Asked,
    driven: Mutex<Vec<&'static str>>,
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
        let router = router(igny8.clone(), choose(HttpConfig::accounts(accounts())));
        let system = igny8.open_system_account(NewAccount::named("System").slug("system")).await.unwrap();
        igny8.identity().set_credential(system.owner.id, password_hash()).await.unwrap();
        let developer = log_in(&router, &system.owner.email).await;
        let asked = Asked::default();
        let acme = tenant(&igny8, &router, &asked, "Acme").await;
        let globex = tenant(&igny8, &router, &asked, "Globex").await;
        let driven = Mutex::default();
        Self { igny8, acme, globex, developer, router, _worker: worker, asked, driven }
    }

    /// A client without a token.
    pub(crate) fn anyone(&self) -> Client {
        Client::noting(self.router.clone(), self.asked.clone())
    }

    /// The router itself, to be nested.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Promises that the test drives these operations of the document to success; it is held to it when the town goes.
    pub(crate) fn drives(&self, operations: &[&'static str]) {
        self.driven.lock().unwrap().extend(operations);
    }

    /// Suspends a tenant: it can be read, and not changed.
    pub(crate) async fn suspend(&self, tenant: &Tenant) {
        let path = format!("auth/accounts/{}/", tenant.home.account);
        let reply = self.developer().patch(&path, json!({"status": "suspended"})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
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

/// Accounts whose tokens are every town's.
pub(crate) fn accounts() -> Accounts {
    Accounts::new(&SecretString::from("a secret of thirty-two bytes or more")).unwrap()
}

impl Drop for Town {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let done = self.asked.lock().unwrap().clone();
        let done = done.iter().filter(|(.., status)| (200..400).contains(status));
        let done: Vec<_> = done.filter_map(|(method, path, _)| operations::of(method, path)).collect();
        for operation in self.driven.lock().unwrap().iter() {
            assert!(
                done.iter().any(|one| one == operation),
                "the test promises {operation}; driven: {done:?}"
            );
        }
    }
}

/// The hash of everybody's password, made with little work: tests log in often.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let little = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, little);
        argon2.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
    })
}

/// A tenant with a user of every role; editor and viewer may see the first site.
async fn tenant(igny8: &Igny8, router: &Router, asked: &Asked, name: &str) -> Tenant {
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
        igny8.identity().set_credential(user.id, password_hash()).await.unwrap();
        users.insert(role, (user.id, log_in(router, &user.email).await));
    }
    Tenant { home, users, router: router.clone(), asked: asked.clone() }
}

async fn log_in(router: &Router, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD});
    let reply = Client::new(router.clone()).post("auth/login/", body).await;
    reply.data()["access"].as_str().unwrap().to_owned()
}
