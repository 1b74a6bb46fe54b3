//! `writer/tasks/`.

use igny8_core::ids::TaskId;
use serde_json::{Value, json};

use crate::checks::{guarded, id_of, made, succeeded, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_task_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createTask", "listTasks", "getTask", "replaceTask", "updateTask", "deleteTask"]);
    let owner = town.acme.owner();
    let body = json!({"sector_id": town.acme.sector(), "title": "How to brew", "keywords": ["brew tea"], "word_count": 600});
    let task = made(&owner, "writer/tasks/", body).await;
    assert_eq!((&task.data()["status"], &task.data()["content_type"]), (&json!("pending"), &json!("blog")));
    let path = format!("writer/tasks/{}/", task.id());
    assert_eq!(owner.get(&path).await.data(), task.data());
    for query in [
        "search=BREW%20TEA",
        "status=pending,queued",
        "content_type=blog",
        "ordering=-word_count,title,status",
    ] {
        assert_eq!(owner.get(&format!("writer/tasks/?{query}")).await.results().len(), 1, "{query}");
    }
    let patched = owner.patch(&path, json!({"status": "cancelled", "cluster": null})).await;
    assert_eq!(
        (&patched.data()["status"], &patched.data()["word_count"]),
        (&json!("cancelled"), &json!(600))
    );
    assert_eq!(owner.patch(&path, json!({"status": "published"})).await.refusal(), (400, "illegal_move"));
    let replaced = owner.put(&path, json!({"title": "Brewing"})).await;
    assert_eq!((&replaced.data()["word_count"], &replaced.data()["keywords"]), (&json!(1_000), &json!([])));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn an_article_and_its_images_are_made_of_a_task() {
    let town = Town::new().await;
    town.drives(&["autoGenerateContent", "generateTaskImages"]);
    let owner = town.acme.owner();
    let body =
        json!({"sector_id": town.acme.sector(), "title": "How to brew green tea", "keywords": ["green tea"]});
    let task = id_of(&owner, "writer/tasks/", body).await;
    let started = owner.post("writer/tasks/auto_generate_content/", json!({"ids": [task]})).await;
    succeeded(&owner, &started).await;
    assert_eq!(owner.get(&format!("writer/tasks/{task}/")).await.data()["status"], "generated");
    let article = owner.get(&format!("writer/content/?task_id={task}")).await;
    assert_eq!(article.results()[0]["task"], json!(task));
    let prompts = json!({"ids": [article.results()[0]["id"]]});
    succeeded(&owner, &owner.post("writer/content/generate_image_prompts/", prompts).await).await;
    let started = owner.post("writer/tasks/generate_images/", json!({"ids": [task]})).await;
    succeeded(&owner, &started).await;
    let images = owner.get("writer/images/?status=generated").await;
    assert!(!images.results().is_empty());

    for path in ["writer/tasks/auto_generate_content/", "writer/tasks/generate_images/"] {
        town.globex.owner().post(path, json!({"ids": [task]})).await.complains_of("ids");
        owner.post(path, json!({"ids": "all"})).await.complains_of("ids");
        owner.post(path, json!({"ids": [], "colour": 1})).await.complains_of("colour");
    }
}

#[tokio::test]
async fn many_tasks_are_moved_and_deleted_at_once() {
    let town = Town::new().await;
    town.drives(&["bulkUpdateTasks", "bulkDeleteTasks"]);
    let owner = town.acme.owner();
    let mut ids = Vec::new();
    for title in ["One", "Two"] {
        let body = json!({"sector_id": town.acme.sector(), "title": title});
        ids.push(Value::from(id_of(&owner, "writer/tasks/", body).await));
    }
    let absent = json!(TaskId::new());
    let with_absent = json!([ids[0], ids[1], absent]);
    let moved =
        owner.post("writer/tasks/bulk_update/", json!({"ids": with_absent, "status": "queued"})).await;
    assert_eq!(moved.data()["changed"], json!(ids));
    assert_eq!(moved.data()["refused"][0]["id"], absent);
    let illegal = owner.post("writer/tasks/bulk_update/", json!({"ids": ids, "status": "published"})).await;
    assert_eq!(
        (&illegal.data()["changed"], &illegal.data()["refused"][0]["code"]),
        (&json!([]), &json!("illegal_move"))
    );
    owner
        .post("writer/tasks/bulk_update/", json!({"ids": ids, "status": "done"}))
        .await
        .complains_of("status");
    owner.post("writer/tasks/bulk_delete/", json!({})).await.complains_of("ids");
    let theirs = town.globex.owner().post("writer/tasks/bulk_delete/", json!({"ids": ids})).await;
    assert_eq!(theirs.data()["changed"], json!([]));
    let deleted = owner.post("writer/tasks/bulk_delete/", json!({"ids": with_absent})).await;
    assert_eq!(
        (&deleted.data()["changed"], &deleted.data()["refused"][0]["code"]),
        (&json!(ids), &json!("not_found"))
    );
    assert_eq!(owner.get("writer/tasks/").await.body["count"], 0);
}

#[tokio::test]
async fn tasks_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let sector = town.acme.sector();
    for (body, field) in [
        (json!({"sector_id": sector}), "title"),
        (json!({"title": "Tea"}), "sector_id"),
        (json!({"sector_id": sector, "title": "Tea", "word_count": 5_001}), "word_count"),
        (json!({"sector_id": sector, "title": "Tea", "content_structure": "haiku"}), "content_structure"),
        (json!({"sector_id": sector, "title": "Tea", "keywords": "tea"}), "keywords"),
    ] {
        owner.post("writer/tasks/", body).await.complains_of(field);
    }
    let body = json!({"sector_id": sector, "title": "Tea"});
    let id = id_of(&owner, "writer/tasks/", body.clone()).await;
    let path = format!("writer/tasks/{id}/");
    owner.put(&path, json!({"title": "Tea", "idea": null})).await.complains_of("idea");
    unreadable(&town, &["writer/tasks/", &path]).await;
    let ids = json!({"ids": [id]});
    guarded(
        &town,
        &[
            ("POST", "writer/tasks/", body),
            ("PUT", &path, json!({"title": "Teas"})),
            ("PATCH", &path, json!({"title": "Teas"})),
            ("POST", "writer/tasks/auto_generate_content/", ids.clone()),
            ("POST", "writer/tasks/generate_images/", ids.clone()),
            ("POST", "writer/tasks/bulk_update/", json!({"ids": [id], "status": "queued"})),
            ("POST", "writer/tasks/bulk_delete/", ids),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
