//! Every operation, with ids that are not the caller's in every place that takes one, against ids that exist nowhere.
//! The answers must be the same to the letter, and tell nothing of anybody else's.

use std::collections::BTreeSet;

use igny8_core::tenancy::{Action, Role};
use uuid::Uuid;

use super::document::{Operation, Place, Slot};
use super::request::Request;
use super::rows::Rows;
use super::world::{Caller, MARKER, Own, UNGRANTED, World, is_shared, told};

/// What came of it.
#[derive(Default)]
struct Findings {
    cases: usize,
    /// Cases that are left out because developers may do this by design; `accounts` has tests of its own.
    by_design: usize,
    complaints: Vec<String>,
}

impl Findings {
    fn complain(&mut self, what: String) {
        self.complaints.push(what);
    }

    #[allow(clippy::print_stderr, reason = "the count shows that the matrix has not shrunk")]
    fn conclude(self, what: &str) {
        let Self { cases, by_design, complaints } = self;
        eprintln!("{what}: {cases} cases driven, {by_design} left to developers by design");
        let some: Vec<String> = complaints.iter().take(25).cloned().collect();
        assert!(complaints.is_empty(), "{} complaints, such as:\n{}", complaints.len(), some.join("\n\n"));
    }
}

/// Developers open, read and change every account.
fn is_developers(operation: &Operation, slot: &Slot, caller: &Caller) -> bool {
    let operators = ["getAccount", "replaceAccount", "updateAccount", "closeAccount"];
    caller.role == Role::Developer && slot.kind == "AccountId" && operators.contains(&operation.name.as_str())
}

/// Developers see every account listed.
fn lists_all(operation: &Operation, caller: &Caller) -> bool {
    caller.role == Role::Developer && operation.name == "listAccounts"
}

/// What one must be allowed to do for it.
pub(super) fn action(operation: &Operation) -> Action {
    let below = operation.path.trim_start_matches("/api/v1/");
    let reads = operation.method == "GET";
    let write = |action| if reads { Action::Read } else { action };
    match below.split('/').take(3).collect::<Vec<_>>().as_slice() {
        ["auth", "me" | "change_password", ..] => Action::Read,
        // What of it is for developers alone is refused to others by field.
        ["auth", "accounts", ..]
            if ["replaceAccount", "updateAccount"].contains(&operation.name.as_str()) =>
        {
            Action::ManageUsers
        }
        ["auth", "accounts" | "plans" | "industries", ..] => write(Action::ManageAccounts),
        ["auth", "users", ..] => write(Action::ManageUsers),
        ["auth", "api_keys", ..] | ["system", "metrics", ..] => Action::ManageUsers,
        ["auth", "sites" | "sectors", ..] => write(Action::ManageSites),
        ["auth", "site_access", ..] => Action::ManageSites,
        ["billing", "grant", ..] => Action::GrantCredits,
        ["billing", ..] => Action::ReadBilling,
        ["system", "settings", "integrations"] | ["system", "webhooks", ..] => Action::ManageSettings,
        ["system", "settings", "task_progress"] => write(Action::Cancel),
        ["system", "prompts" | "author_profiles" | "strategies", ..] => write(Action::ManageSettings),
        ["planner" | "writer", ..] => write(Action::Edit),
        ["ai", "functions", ..] => write(Action::Run),
        _ => panic!("say what one must be allowed to do for {} {}", operation.method, operation.path),
    }
}

impl World {
    /// Sends the caller's request with ids that are not theirs, and with one that exists nowhere.
    async fn compare(
        &self,
        operation: &Operation,
        slot: &Slot,
        caller: &Caller,
        ids: &[&String],
        secrets: &BTreeSet<String>,
        found: &mut Findings,
    ) {
        let mut own = Own { rows: self.own.clone(), ..Own::default() };
        let request = Request::of(&self.document, operation, Some(slot), &mut own);
        let nowhere = Uuid::now_v7().to_string();
        let reply = request.send(&caller.client, &nowhere).await;
        let expected = told(&reply, &[&nowhere]);
        let place = format!("{} as {} with {} in {:?}", operation.name, caller.name, slot.kind, slot.place);
        if caller.may(action(operation)) {
            let (in_path, reads) = (matches!(slot.place, Place::Path(_)), operation.method == "GET");
            let harmless = reads || slot.is_list() || operation.name == "revokeSiteAccess";
            if in_path && reply.status != 404 || !in_path && !harmless && reply.status < 400 {
                found.complain(format!("{place}: an id that exists nowhere is answered {expected}"));
            }
        } else if reply.status != 403 && reply.status != 404 {
            found.complain(format!("{place}: who may not is answered {expected}"));
        }
        for id in ids {
            found.cases += 1;
            let reply = request.send(&caller.client, id).await;
            let answer = told(&reply, &[id]);
            if answer != expected {
                found.complain(format!("{place}: {id} is answered {answer}\nnot {expected}"));
            }
            leaks(&place, &answer, secrets, found);
        }
        // The id beside one that is the caller's own.
        if slot.is_list() && caller.name == "owner" {
            let mut answers = Vec::new();
            for id in [&nowhere, ids[0]] {
                found.cases += 1;
                let (_, mine) = self.own_request(operation, Some(slot), false).await;
                let reply = request.beside(&mine).send(&caller.client, id).await;
                let answer = told(&reply, &[id, &mine]);
                leaks(&place, &answer, secrets, found);
                // What became of the own one has a new id each time.
                let data = &reply.body["data"];
                let refused =
                    if data["ideas"].is_object() { &data["ideas"]["refused"] } else { &data["refused"] };
                let refused = refused.to_string().replace(id.as_str(), "<sent>");
                answers.push(match reply.status {
                    200 => refused,
                    // Pictures of tasks: one that is not there has none, so only the run's id differs.
                    202 => {
                        let run = reply.body["task_id"].as_str().unwrap();
                        super::rows::finished(&caller.client, run).await;
                        answer.replace(run, "<run>")
                    }
                    _ => answer,
                });
            }
            if answers[0] != answers[1] {
                found.complain(format!("{place}, beside an own one: {}\nnot {}", answers[1], answers[0]));
            }
        }
    }

    /// What operations without ids tell the caller.
    async fn look(
        &self,
        operation: &Operation,
        caller: &Caller,
        secrets: &BTreeSet<String>,
        found: &mut Findings,
    ) {
        if operation.method != "GET" || operation.path.contains('{') || lists_all(operation, caller) {
            return;
        }
        let mut paths = vec![operation.path.clone()];
        if operation.pages {
            paths.push(format!("{}?page_size=100", operation.path));
        }
        if operation.parameters.iter().any(|parameter| parameter.name == "search") {
            paths.extend([MARKER, UNGRANTED].map(|word| format!("{}?search={word}", operation.path)));
        }
        for path in paths {
            found.cases += 1;
            let reply = caller.client.send("GET", &path, None).await;
            // Where one goes on is told by the search itself.
            let answer = told(&reply, &[]).replace(&format!("search={MARKER}"), "");
            leaks(
                &format!("{path} as {}", caller.name),
                &answer.replace(&format!("search={UNGRANTED}"), ""),
                secrets,
                found,
            );
        }
    }
}

fn leaks(place: &str, answer: &str, secrets: &BTreeSet<String>, found: &mut Findings) {
    let lower = answer.to_lowercase();
    if let Some(secret) = secrets.iter().find(|secret| lower.contains(secret.as_str())) {
        found.complain(format!("{place} tells of `{secret}`: {answer}"));
    }
}

/// Every id, those of the slot's kind first.
fn ids_for<'a>(slot: &Slot, rows: &'a Rows, all: bool) -> Vec<&'a String> {
    let mut ids: Vec<&String> = rows.get(&slot.kind).into_iter().flatten().collect();
    if all || ids.is_empty() {
        ids.extend(rows.iter().filter(|(kind, _)| **kind != slot.kind).flat_map(|(_, ids)| ids));
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_rows_are_answered_as_ones_that_exist_nowhere() {
    let world = World::settle().await;
    let secrets = world.secrets().await;
    let owner = world.town.globex.owner();
    let before = world.snapshot(&owner, &world.foreign).await;
    let mut found = Findings::default();
    for operation in world.document.operations.iter().filter(|operation| !operation.public) {
        for caller in &world.callers {
            world.look(operation, caller, &secrets, &mut found).await;
            for slot in &operation.slots {
                let missing = !is_shared(&slot.kind) && !world.foreign.contains_key(&slot.kind);
                assert!(!missing, "make a row that `{}` of {} can name", slot.kind, operation.name);
                if is_developers(operation, slot, caller) {
                    found.by_design += 1;
                    continue;
                }
                let all = ["owner", "editor", "developer"].contains(&caller.name);
                let ids = ids_for(slot, &world.foreign, all);
                world.compare(operation, slot, caller, &ids, &secrets, &mut found).await;
            }
        }
    }
    let after = world.snapshot(&owner, &world.foreign).await;
    for (path, told) in &before {
        if after.get(path) != Some(told) {
            found.complain(format!(
                "{path} of the other tenant is another now: {:?}, before {told}",
                after.get(path)
            ));
        }
    }
    found.conclude("the other tenant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_a_site_that_was_not_granted_are_answered_as_ones_that_exist_nowhere() {
    let world = World::settle().await;
    let owner = world.town.acme.owner();
    let before = world.snapshot(&owner, &world.ungranted).await;
    let secrets =
        BTreeSet::from_iter(world.ungranted.values().flatten().cloned().chain([UNGRANTED.to_owned()]));
    let mut found = Findings::default();
    for operation in world.document.operations.iter().filter(|operation| !operation.public) {
        for caller in ["editor", "viewer"].map(|name| world.caller(name)) {
            world.look(operation, caller, &secrets, &mut found).await;
            for slot in &operation.slots {
                let ids = ids_for(slot, &world.ungranted, true);
                world.compare(operation, slot, caller, &ids, &secrets, &mut found).await;
            }
        }
    }
    let after = world.snapshot(&owner, &world.ungranted).await;
    for (path, told) in before.iter().filter(|(path, _)| ids_in_path(path)) {
        if after.get(path) != Some(told) {
            found.complain(format!("{path} is another now: {:?}, before {told}", after.get(path)));
        }
    }
    found.conclude("the site that was not granted");
}

fn ids_in_path(path: &str) -> bool {
    !super::rows::ids_in(path).is_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_not_ones_own_cannot_be_named() {
    let world = World::settle().await;
    let secrets = world.secrets().await;
    let theirs = world.town.globex.home.account.to_string();
    let mut found = Findings::default();
    let people = world.callers.iter().filter(|caller| !caller.crosses);
    for caller in people {
        for operation in world.document.operations.iter().filter(|operation| !operation.public) {
            found.cases += 1;
            let mut own = Own { rows: world.own.clone(), ..Own::default() };
            let request = Request::of(&world.document, operation, None, &mut own);
            let nowhere = Uuid::now_v7().to_string();
            let mut answers = Vec::new();
            for account in [&theirs, &nowhere] {
                let client = caller.client.clone().header("x-account-id", account.clone());
                let reply = request.send(&client, "").await;
                assert_eq!(reply.status, 404, "{} as {}: {reply:?}", operation.name, caller.name);
                answers.push(told(&reply, &[account]));
            }
            leaks(&operation.name, &answers[0], &secrets, &mut found);
            if answers[0] != answers[1] {
                found.complain(format!("{} as {}: {answers:?}", operation.name, caller.name));
            }
        }
    }
    found.conclude("X-Account-Id");
}
