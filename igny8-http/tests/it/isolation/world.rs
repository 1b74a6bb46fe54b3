//! Two tenants with one row of everything, and everybody who might try to reach the other's.
//! A `system_bot` is not among them: it acts for runs and has no login, which `callers_of_their_own` shows.

use std::collections::{BTreeMap, BTreeSet};

use igny8_core::tenancy::{Action, PERMISSIONS, Role};
use serde_json::{Value, json};

use super::document::{Document, Fill, Operation, Slot};
use super::rows::{Maker, Rows, SHARED, ids_in, number};
use crate::client::{Client, Reply};
use crate::town::{PASSWORD, ROLES, Town};

/// Stands in every text of the other tenant.
pub(crate) const MARKER: &str = "globex";

/// Stands in every text of the site that editor and viewer were not granted.
pub(crate) const UNGRANTED: &str = "ungranted";

/// Somebody who sends requests to the first tenant.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    pub(crate) client: Client,
    /// What they are in it.
    pub(crate) role: Role,
    /// Whether they come from the system account.
    pub(crate) crosses: bool,
}

impl Caller {
    /// Whether the role may do this.
    pub(crate) fn may(&self, action: Action) -> bool {
        PERMISSIONS.iter().any(|(role, actions)| *role == self.role && actions.contains(&action))
    }
}

/// The tenants, their rows, and the document of the router under test.
pub(crate) struct World {
    pub(crate) town: Town,
    pub(crate) document: Document,
    pub(crate) callers: Vec<Caller>,
    /// The first tenant's rows, on the site that its editor and viewer were granted.
    pub(crate) own: Rows,
    /// Its rows on the other site.
    pub(crate) ungranted: Rows,
    /// The other tenant's.
    pub(crate) foreign: Rows,
}

impl World {
    pub(crate) async fn settle() -> Self {
        let town = Town::with(|config| config.rate_limit(u32::MAX, u32::MAX)).await;
        let (acme, globex) = (town.acme.owner(), town.globex.owner());
        let foreign = account(&town, &globex, MARKER, "victim").await;
        let mut own = account(&town, &acme, "own", "home").await;
        let catalogue = acme.get("auth/industries/?page_size=100").await;
        let industry = &catalogue.results()[0];
        let plans = acme.get("auth/plans/").await;
        let unlimited = plans.results().iter().find(|plan| plan["slug"] == "unlimited").unwrap();
        let system = town.developer().get("auth/me/").await.data()["home"].as_str().unwrap().to_owned();
        for account in [town.acme.home.account.to_string(), system] {
            let path = format!("auth/accounts/{account}/");
            let changed = town.developer().patch(&path, json!({"plan": unlimited["id"]})).await;
            assert_eq!(changed.status, 200, "{changed:?}");
        }
        for (kind, id) in [
            ("IndustryId", &industry["id"]),
            ("IndustrySectorId", &industry["sectors"][0]["id"]),
            ("PlanId", &unlimited["id"]),
        ] {
            own.insert(kind.to_owned(), vec![id.as_str().unwrap().to_owned()]);
        }
        let ungranted = another_site(&acme).await;
        let document = acme.send("GET", "/openapi.json", None).await.body;
        let functions = acme.get("ai/functions/").await;
        let document = Document::read(&document, functions.results());
        let callers = callers(&town).await;
        Self { town, document, callers, own, ungranted, foreign }
    }

    pub(crate) fn caller(&self, name: &str) -> &Caller {
        self.callers.iter().find(|caller| caller.name == name).expect("a caller of this name")
    }

    /// What nobody but the other tenant may see: its ids, and its marker.
    pub(crate) async fn secrets(&self) -> BTreeSet<String> {
        let theirs = self.snapshot(&self.town.globex.owner(), &self.foreign).await;
        let ours = self.snapshot(&self.town.acme.owner(), &self.own).await;
        let ours: BTreeSet<String> = ours.values().flat_map(|text| ids_in(text)).collect();
        let mut secrets: BTreeSet<String> = theirs.values().flat_map(|text| ids_in(text)).collect();
        secrets.retain(|id| !ours.contains(id));
        assert!(secrets.len() > 30, "the other tenant has rows: {secrets:?}");
        assert!(secrets.contains(&self.town.globex.user(Role::Viewer).to_string()), "and people");
        secrets.insert(self.town.globex.home.account.as_uuid().simple().to_string());
        secrets.insert(MARKER.to_owned());
        secrets
    }

    /// Everything that reading operations tell the client of these rows, by path.
    pub(crate) async fn snapshot(&self, client: &Client, rows: &Rows) -> BTreeMap<String, String> {
        let mut snapshot = BTreeMap::new();
        // What it tells is of the server, and changes with every request.
        let reads =
            self.document.operations.iter().filter(|one| one.method == "GET" && one.name != "getMetrics");
        for operation in reads {
            let slot =
                operation.slots.iter().find(|slot| operation.path.contains(&format!("{{{}}}", slot.name())));
            let ids: Vec<Option<&String>> = match slot {
                Some(slot) => rows.get(&slot.kind).into_iter().flatten().map(Some).collect(),
                None => vec![None],
            };
            for id in ids {
                let mut path = operation.path.replace("{pk}", "openai");
                if let (Some(id), Some(slot)) = (id, slot) {
                    path = path.replace(&format!("{{{}}}", slot.name()), id);
                }
                if operation.pages {
                    path.push_str("?page_size=100");
                }
                let reply = client.send("GET", &path, None).await;
                assert!(
                    reply.status < 300 || !path.contains("openai") && reply.status == 404,
                    "{path}: {reply:?}"
                );
                snapshot.insert(path, told(&reply, &[]));
            }
        }
        snapshot
    }

    /// A maker of rows on the first tenant's granted site.
    pub(crate) fn maker<'a>(&self, client: &'a Client) -> Maker<'a> {
        let home = &self.town.acme.home;
        Maker { client, sector: home.sector.to_string(), site: home.site.to_string(), marker: "own" }
    }
}

/// What an answer tells, but for the request's id; ids that were sent are written as `<sent>`.
pub(crate) fn told(reply: &Reply, sent: &[&str]) -> String {
    let mut told = format!("{}\n", reply.status);
    for (name, value) in &reply.headers {
        if name != "x-request-id" {
            told.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
    }
    let mut body = reply.body.clone();
    let id = body.as_object_mut().and_then(|fields| fields.remove("request_id"));
    match id {
        Some(_) => told.push_str(&body.to_string()),
        None => told.push_str(&reply.text),
    }
    for id in sent {
        told = told.replace(id, "<sent>");
    }
    told
}

async fn account(town: &Town, owner: &Client, marker: &str, name: &str) -> Rows {
    let me = owner.get("auth/me/").await;
    let account = me.data()["account"]["id"].as_str().unwrap().to_owned();
    let developer = town.developer().header("x-account-id", account.clone());
    let grant = json!({"amount": 100_000, "description": format!("{marker} {name}"), "key": "funds"});
    let granted = developer.post("billing/grant/", grant).await;
    assert_eq!(granted.status, 201, "{granted:?}");
    let site = owner.get("auth/sites/").await.results()[0]["id"].as_str().unwrap().to_owned();
    let sectors = owner.get(&format!("auth/sites/{site}/sectors/")).await;
    let sector = sectors.results()[0]["id"].as_str().unwrap().to_owned();
    let maker = Maker { client: owner, sector, site, marker };
    let mut rows = maker.settle(true).await;
    rows.insert("AccountId".to_owned(), vec![account]);
    rows
}

/// A site that no editor or viewer was granted, with rows of its own.
async fn another_site(owner: &Client) -> Rows {
    let site = owner.post("auth/sites/", json!({"name": UNGRANTED})).await.id();
    let sector = owner.post("auth/sectors/", json!({"site_id": site, "name": UNGRANTED})).await.id();
    Maker { client: owner, sector, site, marker: UNGRANTED }.settle(false).await
}

async fn callers(town: &Town) -> Vec<Caller> {
    let mut callers = Vec::new();
    for (role, name) in ROLES.into_iter().zip(["owner", "admin", "editor", "viewer"]) {
        callers.push(Caller { name, client: town.acme.client(role), role, crosses: false });
    }
    let key = json!({"name": "machine", "role": "editor"});
    let key = town.acme.client(Role::Editor).post("auth/api_keys/", key.clone()).await.status;
    assert_eq!(key, 403, "editors make no keys");
    let key = town.acme.owner().post("auth/api_keys/", json!({"name": "machine", "role": "editor"})).await;
    let client = town.anyone().token(key.data()["secret"].as_str().unwrap());
    callers.push(Caller { name: "machine", client, role: Role::Editor, crosses: false });
    callers.push(Caller {
        name: "developer",
        client: town.developer_in(&town.acme),
        role: Role::Developer,
        crosses: true,
    });
    for (role, name) in [(Role::Editor, "system editor"), (Role::Viewer, "system viewer")] {
        let email = format!("{role}@system.example");
        let user = town.developer().post("auth/users/", json!({"email": email, "role": role})).await.id();
        set_password(town, &user).await;
        let client = log_in(town, &email).await.unwrap();
        let client = client.header("x-account-id", town.acme.home.account.to_string());
        callers.push(Caller { name, client, role, crosses: true });
    }
    callers
}

/// Gives a user the password of all.
pub(crate) async fn set_password(town: &Town, user: &str) {
    igny8_http::auth::set_password(&town.igny8, user.parse().unwrap(), &PASSWORD.into()).await.unwrap();
}

/// A client of who has this address, or how the login was refused.
pub(crate) async fn log_in(town: &Town, email: &str) -> Result<Client, Reply> {
    let reply = town.anyone().post("auth/login/", json!({"email": email, "password": PASSWORD})).await;
    match reply.status {
        200 => Ok(town.anyone().token(reply.data()["access"].as_str().unwrap())),
        _ => Err(reply),
    }
}

/// Fills requests with the first tenant's ids. What a new row is needed for is made before: see `wanted`.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) rows: Rows,
    /// Kinds that were asked for and are not there.
    pub(crate) wanted: BTreeSet<String>,
    pub(crate) operation: String,
}

impl Fill for Own {
    fn id(&mut self, kind: &str) -> String {
        match self.rows.get(kind) {
            Some(ids) => ids[0].clone(),
            None => {
                self.wanted.insert(kind.to_owned());
                String::new()
            }
        }
    }

    fn field(&mut self, name: &str) -> Option<Value> {
        let value = match (self.operation.as_str(), name) {
            (_, "email" | "owner_email") if self.operation != "login" => {
                json!(format!("fresh{}@example.org", number()))
            }
            ("login", "email") => json!("editor@system.example"),
            ("login", "password") => json!(PASSWORD),
            (_, "slug") => json!(format!("fresh-{}", number())),
            (_, "role") => json!("viewer"),
            (_, "language") => json!("en"),
            (_, "tone") => json!("friendly"),
            (_, "secret") => json!("long enough for signing"),
            (_, "url") => json!("https://example.org/hook"),
            ("bulkUpdateKeywordStatus", "status") => json!("archived"),
            ("bulkUpdateTasks", "status") => json!("queued"),
            (_, "pk") => json!("openai"),
            (_, "file") => json!(format!("Keyword,Volume\nown file {},10\n", number())),
            _ => return None,
        };
        Some(value)
    }

    fn text(&mut self, name: &str) -> String {
        format!("own {name} {}", number())
    }
}

/// Fields that a request is not acceptable without, though each may be left out: where the id goes, unless it is one of them.
pub(crate) fn companions(operation: &Operation, slot: Option<&Slot>) -> &'static [&'static str] {
    let at = slot.map(Slot::name);
    let function = operation.name.strip_prefix("runFunction:").unwrap_or(&operation.name);
    match function {
        "autoGenerateIdeas" | "autoGenerateContent" | "generateImagePrompts" => &["ids"],
        "generate_ideas" | "generate_content" | "generate_image_prompts" => &["ids"],
        "autoCluster" | "auto_cluster" if at.is_none() => &["ids"],
        "generateImages" | "generate_images" if at.is_none() => &["image_ids"],
        "createImage" if at != Some("content") => &["task"],
        "importKeywords" => &["sector_id"],
        _ => &[],
    }
}

/// Whether the kind belongs to everybody.
pub(crate) fn is_shared(kind: &str) -> bool {
    SHARED.contains(&kind)
}
