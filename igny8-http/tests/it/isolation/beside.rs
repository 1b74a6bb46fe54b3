//! What travels beside ids: cursors, idempotency keys, entity tags and event ids of another tenant's.
//! None of them opens anything.

use serde_json::json;

use super::world::{MARKER, World, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_tenants_list_leads_to_ones_own_rows_or_nowhere() {
    let world = World::settle().await;
    let secrets = world.secrets().await;
    let mut followed = 0;
    for operation in world.document.operations.iter().filter(|one| one.method == "GET" && one.pages) {
        let theirs = world.town.globex.owner().get(&format!("{}?cursor=&page_size=1", operation.path)).await;
        let Some(next) = theirs.body["next"].as_str().map(str::to_owned) else { continue };
        followed += 1;
        for caller in &world.callers {
            let reply = caller.client.get(&next).await;
            let answer = told(&reply, &[]);
            let leak = secrets.iter().find(|secret| answer.to_lowercase().contains(secret.as_str()));
            // A cursor may hold the place itself, which the caller has sent.
            let sent = leak.is_some_and(|secret| next.contains(secret.as_str()));
            assert!(leak.is_none() || sent, "{next} as {}: {answer}", caller.name);
        }
    }
    assert!(followed >= 8, "only {followed} lists go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_of_another_tenants_is_free() {
    let world = World::settle().await;
    let (theirs, own) = (world.town.globex.owner(), world.town.acme.owner());
    let theirs = theirs.header("idempotency-key", "the same");
    let own = own.header("idempotency-key", "the same");
    let body = json!({"name": format!("{MARKER} profile of a key"), "tone": "friendly", "language": "en"});
    let first = theirs.post("system/author_profiles/", body.clone()).await;
    let other = own.post("system/author_profiles/", body.clone()).await;
    assert_eq!((first.status, other.status), (201, 201));
    assert_ne!(first.id(), other.id());
    assert!(!other.headers.contains_key("idempotency-replayed"));
    assert!(theirs.post("system/author_profiles/", body).await.headers.contains_key("idempotency-replayed"));
    // A run's start is kept under the key by the run itself, too.
    let cluster = world.own["ClusterId"][0].clone();
    let started = own.post("planner/clusters/auto_generate_ideas/", json!({"ids": [cluster]})).await;
    assert_eq!(started.refusal(), (422, "idempotency_key_reused"), "the key is the tenant's own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_browser_has_kept_of_another_tenants_is_not_confirmed() {
    let world = World::settle().await;
    let theirs = world.town.globex.owner();
    let file = format!("writer/images/{}/file/", world.foreign["ImageId"][0]);
    let tag = theirs.get(&file).await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(theirs.header("if-none-match", tag.clone()).get(&file).await.status, 304);
    let run = world.foreign["RunId"][0].clone();
    let stream = format!("system/settings/task_progress/{run}/stream/");
    let article = format!("writer/content/{}/", world.foreign["ContentId"][0]);
    for caller in &world.callers {
        let reply = caller.client.clone().header("if-none-match", tag.clone()).get(&file).await;
        assert_eq!(reply.refusal(), (404, "not_found"));
        let reply = caller.client.clone().header("last-event-id", "0").get(&stream).await;
        assert_eq!(reply.refusal(), (404, "not_found"));
        let patch = json!({"title": "Mine"});
        let reply = caller.client.clone().header("if-match", "\"1-1\"").patch(&article, patch).await;
        assert!([403, 404].contains(&reply.status), "{reply:?}");
    }
}
