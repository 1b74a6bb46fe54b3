//! The API on a socket of this machine, with somebody logged in, and a client that writes requests byte by byte.
//! What is tested here needs real connections: going away in the middle of one, and keeping a thousand open.

mod storm;
mod wire;

pub use storm::{Storm, storm};
pub use wire::{Answer, ask, request};

use std::net::SocketAddr;

use igny8_ai::Offline;
use igny8_core::ports::Home;
use igny8_core::runs::WorkerConfig;
use igny8_core::sdk::Builder;
use igny8_core::{Igny8, NewAccount};
use igny8_http::auth::{Accounts, set_password};
use igny8_http::{HttpConfig, router};
use serde_json::json;
use tokio::net::TcpListener;

use crate::faults::ground::Opening;
use crate::faults::{Ground, Kind};

/// Everybody's password.
const PASSWORD: &str = "a password for all";

/// A server and who is logged in.
#[derive(Clone, Debug)]
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    /// The SDK behind it.
    pub igny8: Igny8,
    /// The account.
    pub home: Home,
    /// The token of its owner.
    pub owner: String,
    /// The token of a developer.
    pub developer: String,
}

impl Served {
    /// Serves the SDK in tasks of this process, with an account on the plan without limits.
    pub async fn start(igny8: Igny8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accounts = Accounts::new(&"a secret of thirty-two bytes or more".into()).unwrap();
        let config = HttpConfig::accounts(accounts).rate_limit(u32::MAX, u32::MAX).concurrency(10_000);
        let app = router(igny8.clone(), config);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let system = igny8.open_system_account(NewAccount::named("System").slug("system")).await.unwrap();
        let account = NewAccount::named("Acme").plan("unlimited").site("acme.com").sector("tea");
        let home = igny8.provision(account).await.unwrap();
        let mut tokens = Vec::new();
        for user in [&home.owner, &system.owner] {
            set_password(&igny8, user.id, &PASSWORD.into()).await.unwrap();
            let body = json!({"email": user.email, "password": PASSWORD});
            let answer = ask(address, &request("POST", "auth/login/", &[], Some(&body))).await.unwrap();
            tokens.push(answer.body["data"]["access"].as_str().unwrap().to_owned());
        }
        let [owner, developer] = tokens.try_into().unwrap();
        Self { address, igny8, home, owner, developer }
    }

    /// The headers of the owner.
    #[must_use]
    pub fn as_owner(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", self.owner))]
    }

    /// The headers of the developer in the account.
    #[must_use]
    pub fn as_developer(&self) -> Vec<(&'static str, String)> {
        let token = format!("Bearer {}", self.developer);
        vec![("authorization", token), ("x-account-id", self.home.account.to_string())]
    }
}

/// A storm on a new database of this kind, with a worker at work on the runs that are started.
pub async fn storm_on(kind: &Kind, writes: u64, clients: u64, seed: u64) -> Storm {
    let ground = Ground::new(kind).await;
    let opening = Opening { connections: 8, ..Opening::default() };
    let outfit = |builder: Builder| builder.text_model(Offline::new());
    let igny8 = ground.open(&opening, outfit).await;
    let served = Served::start(igny8.clone()).await;
    let worker = igny8.spawn_worker(WorkerConfig::default());
    let again = ground.open(&opening, outfit).await;
    let came = storm(&served, &again, writes, clients, seed).await;
    worker.shutdown().await;
    came
}
