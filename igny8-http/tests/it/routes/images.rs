//! `writer/images/`.

use igny8_core::ids::TaskId;
use serde_json::json;

use super::contents::article;
use crate::checks::{guarded, id_of, made, succeeded, unreadable};
use crate::town::Town;

#[tokio::test]
async fn an_image_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createImage", "listImages", "getImage", "replaceImage", "updateImage", "deleteImage"]);
    let owner = town.acme.owner();
    let task = json!({"sector_id": town.acme.sector(), "title": "Green tea"});
    let task = id_of(&owner, "writer/tasks/", task).await;
    let body = json!({"task": task, "image_type": "featured", "prompt": "A cup", "alt": "Cup"});
    let image = made(&owner, "writer/images/", body).await;
    assert_eq!((&image.data()["status"], &image.data()["image_url"]), (&json!("pending"), &json!(null)));
    let path = format!("writer/images/{}/", image.id());
    assert_eq!(owner.get(&path).await.data(), image.data());
    let query = format!("?task_id={task}&image_type=featured&status=pending&ordering=-position,status");
    assert_eq!(owner.get(&format!("writer/images/{query}")).await.results().len(), 1);
    let patched = owner.patch(&path, json!({"alt": "A cup of tea"})).await;
    assert_eq!(
        (&patched.data()["alt"], &patched.data()["prompt"]),
        (&json!("A cup of tea"), &json!("A cup"))
    );
    let replaced = owner.put(&path, json!({"prompt": "A pot"})).await;
    assert_eq!((&replaced.data()["alt"], &replaced.data()["prompt"]), (&json!(""), &json!("A pot")));
    assert_eq!(owner.get(&format!("{path}file/")).await.refusal(), (404, "not_found"));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn an_images_file_is_asked_about_and_sent_when_it_is_new() {
    let town = Town::new().await;
    town.drives(&["generateImages", "getImageFile"]);
    let owner = town.acme.owner();
    let content = article(&owner, &town.acme.sector(), "Green tea").await;
    let body = json!({"content": content, "image_type": "featured", "prompt": "A cup"});
    let image = id_of(&owner, "writer/images/", body).await;
    let start = json!({"image_ids": [image], "content_id": content});
    succeeded(&owner, &owner.post("writer/images/generate_images/", start).await).await;
    let path = format!("writer/images/{image}/file/");
    let file = owner.get(&path).await;
    assert_eq!((file.status, file.header("content-type")), (200, "image/png"), "{:?}", file.headers);
    assert!(file.bytes.starts_with(b"\x89PNG"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("cache-control"), "private, no-cache");
    assert!(file.header("content-security-policy").contains("default-src 'none'"));
    let tag = file.header("etag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let same = owner.clone().header("if-none-match", &*known).get(&path).await;
        assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, &*tag), "{known}");
    }
    let other = owner.clone().header("if-none-match", "\"other\"").get(&path).await;
    assert_eq!(other.bytes, file.bytes);
    assert_eq!(town.globex.owner().get(&path).await.refusal(), (404, "not_found"));
    let address = owner.get(&format!("writer/images/{image}/")).await;
    assert!(address.data()["image_url"].is_string(), "{address:?}");
}

#[tokio::test]
async fn images_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let task = json!({"sector_id": town.acme.sector(), "title": "Green tea"});
    let task = id_of(&owner, "writer/tasks/", task).await;
    for (body, field) in [
        (json!({"image_type": "featured", "prompt": "A cup"}), "task"),
        (json!({"task": task, "content": task, "image_type": "featured", "prompt": "A cup"}), "task"),
        (json!({"task": task, "prompt": "A cup"}), "image_type"),
        (json!({"task": task, "image_type": "round", "prompt": "A cup"}), "image_type"),
        (json!({"task": task, "image_type": "featured", "prompt": ""}), "prompt"),
        (json!({"task": task, "image_type": "featured", "prompt": "A cup", "image_url": "x"}), "image_url"),
    ] {
        owner.post("writer/images/", body).await.complains_of(field);
    }
    let nothing = json!({"task": TaskId::new(), "image_type": "featured", "prompt": "A cup"});
    assert_eq!(owner.post("writer/images/", nothing).await.refusal(), (404, "not_found"));
    let body = json!({"task": task, "image_type": "featured", "prompt": "A cup"});
    assert_eq!(town.globex.owner().post("writer/images/", body.clone()).await.refusal(), (404, "not_found"));
    let id = id_of(&owner, "writer/images/", body.clone()).await;
    let path = format!("writer/images/{id}/");
    let start = json!({"image_ids": [id]});
    town.globex.owner().post("writer/images/generate_images/", start.clone()).await.complains_of("image_ids");
    unreadable(&town, &["writer/images/", &path, &format!("{path}file/")]).await;
    guarded(
        &town,
        &[
            ("POST", "writer/images/", body),
            ("PUT", &path, json!({"prompt": "A pot"})),
            ("PATCH", &path, json!({"prompt": "A pot"})),
            ("POST", "writer/images/generate_images/", start),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
