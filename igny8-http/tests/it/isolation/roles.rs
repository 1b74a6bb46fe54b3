//! Every operation by everybody, with rows of their own: who may is served, who may not is told so, who is nobody gets 401.
//! That they are served shows that the matrix's requests are acceptable but for the foreign id.

use igny8_core::tenancy::Role;
use serde_json::json;

use super::document::Operation;
use super::matrix::action;
use super::request::Request;
use super::rows::finished;
use super::world::{Caller, Own, World, log_in, set_password};
use crate::client::Reply;
use crate::town::Town;

/// Waits for a run that was started, so that the next may work on the same rows.
async fn settle(world: &World, reply: &Reply) {
    if reply.status == 202 {
        finished(&world.town.acme.owner(), reply.body["task_id"].as_str().unwrap()).await;
    }
}

/// Whether the answer is that of somebody who may.
fn is_served(operation: &Operation, caller: &Caller, reply: &Reply) -> bool {
    match operation.name.as_str() {
        // A key acts for who made it, and developers are nobody of this account.
        "createApiKey" if caller.crosses => reply.refusal() == (404, "not_found"),
        // The password that was sent is not the caller's, who shall go on with their token.
        "changePassword" => reply.refusal() == (401, "login_failed"),
        // A site that was not granted cannot be taken back.
        "revokeSiteAccess" => reply.status < 300 || reply.refusal() == (404, "not_found"),
        _ => reply.status < 300,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_does_what_it_may_and_no_more() {
    let world = World::settle().await;
    let mut complaints = Vec::new();
    let mut cases = 0;
    for operation in world.document.operations.iter().filter(|operation| !operation.public) {
        for caller in &world.callers {
            cases += 1;
            let may = caller.may(action(operation));
            let (request, _) = world.own_request(operation, None, caller.role == Role::Developer).await;
            let reply = request.send(&caller.client, "").await;
            settle(&world, &reply).await;
            let right = if may { is_served(operation, caller, &reply) } else { reply.status == 403 };
            if !right {
                complaints.push(format!("{} as {} (may: {may}): {reply:?}", operation.name, caller.name));
            }
        }
    }
    conclude("every role", cases, &complaints);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_place_takes_an_id_of_ones_own() {
    let world = World::settle().await;
    let mut complaints = Vec::new();
    let mut cases = 0;
    for operation in world.document.operations.iter().filter(|operation| !operation.public) {
        for slot in &operation.slots {
            cases += 1;
            let caller = ["owner", "developer"].map(|name| world.caller(name));
            let of_developers = slot.kind == "PlanId" || operation.name == "updateAccount";
            let caller =
                caller.into_iter().find(|one| one.may(action(operation)) && (!of_developers || one.crosses));
            let caller = caller.expect("somebody who may");
            let (request, id) = world.own_request(operation, Some(slot), caller.crosses).await;
            let reply = request.send(&caller.client, &id).await;
            settle(&world, &reply).await;
            if !is_served(operation, caller, &reply) {
                complaints.push(format!("{} with {slot:?}: {reply:?}", operation.name));
            }
        }
    }
    conclude("own ids", cases, &complaints);
}

#[allow(clippy::print_stderr, reason = "the count shows that the matrix has not shrunk")]
fn conclude(what: &str, cases: usize, complaints: &[String]) {
    eprintln!("{what}: {cases} cases driven");
    let some: Vec<&str> = complaints.iter().take(25).map(String::as_str).collect();
    assert!(complaints.is_empty(), "{} complaints, such as:\n{}", complaints.len(), some.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_nothing_but_what_is_documented_as_public() {
    let world = World::settle().await;
    let anyone = world.town.anyone();
    let mut public = Vec::new();
    for operation in &world.document.operations {
        if operation.public {
            public.push(operation.name.as_str());
            continue;
        }
        let mut answers = Vec::new();
        for rows in [&world.own, &world.foreign] {
            let mut own = Own { rows: world.own.clone(), ..Own::default() };
            own.rows.extend(rows.clone());
            let request = Request::of(&world.document, operation, None, &mut own);
            for client in
                [anyone.clone(), anyone.clone().token("no token"), anyone.clone().token("ig8_nobody")]
            {
                let reply = request.send(&client, "").await;
                assert_eq!(reply.refusal(), (401, "unauthenticated"), "{}", operation.name);
                answers.push(reply.body["error"].clone());
            }
        }
        assert_eq!(answers[..3], answers[3..], "{}", operation.name);
    }
    public.sort_unstable();
    assert_eq!(public, ["login", "logout", "refresh", "register"]);
}

/// A `system_bot` acts for runs: it has no login, whatever password or key somebody may have given it.
#[tokio::test]
async fn a_system_bot_cannot_come_in() {
    let town = Town::new().await;
    let developer = town.developer_in(&town.acme);
    let made = developer.post("auth/users/", json!({"email": "bot@example.org", "role": "editor"})).await;
    let path = format!("auth/users/{}/", made.id());
    set_password(&town, &made.id()).await;
    let was_editor = log_in(&town, "bot@example.org").await.unwrap();
    assert_eq!(was_editor.get("auth/me/").await.status, 200);
    let changed = developer.patch(&path, json!({"role": "system_bot"})).await;
    assert_eq!(changed.data()["role"], "system_bot");
    assert_eq!(was_editor.get("auth/me/").await.refusal(), (401, "unauthenticated"));
    assert_eq!(log_in(&town, "bot@example.org").await.err().unwrap().refusal(), (401, "login_failed"));
    let own =
        town.acme.owner().post("auth/users/", json!({"email": "b@example.org", "role": "system_bot"})).await;
    assert_eq!(own.refusal(), (400, "invalid"), "only developers give this role");
    let key = json!({"name": "bot", "role": "system_bot"});
    assert_eq!(town.acme.owner().post("auth/api_keys/", key).await.refusal(), (400, "invalid"));
}
