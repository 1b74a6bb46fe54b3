//! `planner/ideas/`.

use igny8_core::ids::IdeaId;
use serde_json::json;

use crate::checks::{guarded, id_of, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn an_idea_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createIdea", "listIdeas", "getIdea", "replaceIdea", "updateIdea", "deleteIdea"]);
    let owner = town.acme.owner();
    let cluster = json!({"sector_id": town.acme.sector(), "name": "Green Tea"});
    let cluster = id_of(&owner, "planner/clusters/", cluster).await;
    let body = json!({"sector_id": town.acme.sector(), "idea_title": "How to brew", "keyword_cluster": cluster,
        "content_structure": "how_to", "target_keywords": ["brew tea"]});
    let idea = made(&owner, "planner/ideas/", body).await;
    let shown = (&idea.data()["content_type"], &idea.data()["estimated_word_count"], &idea.data()["status"]);
    assert_eq!(shown, (&json!("blog"), &json!(1_000), &json!("new")));
    let path = format!("planner/ideas/{}/", idea.id());
    assert_eq!(owner.get(&path).await.data(), idea.data());
    let query =
        format!("?keyword_cluster_id={cluster}&content_structure=how_to&ordering=-idea_title&search=BREW");
    assert_eq!(owner.get(&format!("planner/ideas/{query}")).await.results().len(), 1);
    assert_eq!(owner.get("planner/ideas/?content_type=hub_page").await.results().len(), 0);
    let patched = owner.patch(&path, json!({"keyword_cluster": null, "estimated_word_count": 500})).await;
    assert_eq!(
        (&patched.data()["keyword_cluster"], &patched.data()["idea_title"]),
        (&json!(null), &json!("How to brew"))
    );
    let replaced = owner.put(&path, json!({"idea_title": "Brewing"})).await;
    let shown = (&replaced.data()["estimated_word_count"], &replaced.data()["target_keywords"]);
    assert_eq!(shown, (&json!(1_000), &json!([])));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn ideas_are_queued_to_the_writer_once() {
    let town = Town::new().await;
    town.drives(&["queueToWriter"]);
    let owner = town.acme.owner();
    let idea = json!({"sector_id": town.acme.sector(), "idea_title": "How to brew"});
    let idea = id_of(&owner, "planner/ideas/", idea).await;
    let absent = IdeaId::new();
    let queue = "planner/ideas/queue_to_writer/";
    let queued = owner.post(queue, json!({"ids": [idea, absent]})).await;
    assert_eq!(queued.data()["ideas"]["changed"], json!([idea]));
    assert_eq!(queued.data()["ideas"]["refused"][0]["id"], json!(absent));
    assert_eq!(queued.data()["ideas"]["refused"][0]["code"], "not_found");
    let task = &queued.data()["tasks"][0];
    assert_eq!((&task["title"], &task["idea"]), (&json!("How to brew"), &json!(idea)));
    assert_eq!(owner.get(&format!("planner/ideas/{idea}/")).await.data()["status"], "scheduled");
    let again = owner.post(queue, json!({"ids": [idea]})).await;
    assert_eq!(
        (again.data()["tasks"].clone(), again.data()["ideas"]["changed"].clone()),
        (json!([]), json!([]))
    );
    let theirs = town.globex.owner().post(queue, json!({"ids": [idea]})).await;
    assert_eq!(theirs.data()["ideas"]["refused"][0]["code"], "not_found");
    owner.post(queue, json!({})).await.complains_of("ids");
    owner.post(queue, json!({"ids": ["x"]})).await.complains_of("ids[0]");
}

#[tokio::test]
async fn ideas_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let sector = town.acme.sector();
    for (body, field) in [
        (json!({"sector_id": sector}), "idea_title"),
        (json!({"idea_title": "Tea"}), "sector_id"),
        (
            json!({"sector_id": sector, "idea_title": "Tea", "estimated_word_count": 299}),
            "estimated_word_count",
        ),
        (json!({"sector_id": sector, "idea_title": "Tea", "content_type": "poem"}), "content_type"),
        (json!({"sector_id": sector, "idea_title": "Tea", "status": "used"}), "status"),
    ] {
        owner.post("planner/ideas/", body).await.complains_of(field);
    }
    let foreign = json!({"sector_id": town.globex.sector(), "name": "Tea"});
    let foreign = id_of(&town.globex.owner(), "planner/clusters/", foreign).await;
    let body = json!({"sector_id": sector, "idea_title": "Tea", "keyword_cluster": foreign});
    assert_eq!(owner.post("planner/ideas/", body).await.refusal(), (404, "not_found"));
    let body = json!({"sector_id": sector, "idea_title": "Tea"});
    let id = id_of(&owner, "planner/ideas/", body.clone()).await;
    let path = format!("planner/ideas/{id}/");
    unreadable(&town, &["planner/ideas/", &path]).await;
    guarded(
        &town,
        &[
            ("POST", "planner/ideas/", body),
            ("PUT", &path, json!({"idea_title": "Teas"})),
            ("PATCH", &path, json!({"idea_title": "Teas"})),
            ("POST", "planner/ideas/queue_to_writer/", json!({"ids": [id]})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
